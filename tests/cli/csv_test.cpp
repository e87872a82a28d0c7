#include "cli/csv.h"

#include <catch.h>

#include "wick/error.h"
#include "wick/ops.h"

namespace wick::cli {
namespace {

std::vector<double> numbers(std::string_view text) {
  return parse_csv(text, "x.csv").to_vector<double>();
}

/// What parse_csv says is wrong.
std::string problem(std::string_view text) {
  try {
    parse_csv(text, "x.csv");
  } catch (const FileError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("CSV: rows of numbers") {
  const Tensor x = parse_csv("1,2,3\n4,5.5,-6e2\n", "x.csv");
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == float64);
  CHECK(x.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5.5, -600});
  CHECK(parse_csv("7", "x.csv").shape() == Shape{1, 1});
}

TEST_CASE("CSV: what spreadsheets and editors leave in a file") {
  const std::vector<double> expected{1, 2, 3, 4};
  CHECK(numbers("1,2\r\n3,4\r\n") == expected);
  CHECK(numbers("\n 1 ,\t2\n\n3,4\n  \n") == expected);
  CHECK(numbers("\xEF\xBB\xBF"
                "1,2\n3,4") == expected);
  CHECK(numbers("\"1\",\"2\"\n\"3\",4") == expected);
  CHECK(numbers("width,height\n1,2\n3,4\n") == expected);
  CHECK(numbers("inf,-INF\n")[1] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("CSV: the place of a mistake") {
  CHECK(problem("1,2\n3,x\n") == "x.csv:2:3: must be a number, got \"x\"");
  CHECK(problem("1,2\n3,  four\n") == "x.csv:2:5: must be a number, got \"four\"");
  CHECK(problem("a,b\n\n3,4\n5,\n") == "x.csv:4:3: must be a number, but the field is empty");
  CHECK(problem("1,2\n3\n") == "x.csv:2:2: 1 field here, the lines above have 2");
  CHECK(problem("1,2\n3,4,5\n") == "x.csv:2:5: 3 fields here, the lines above have 2");
  CHECK(problem("a,b,c\n1,2\n") == "x.csv:2:4: 2 fields here, the lines above have 3");
  CHECK(problem("1;2\n3;4\n") == "x.csv:2:1: must be a number, got \"3;4\"");
  CHECK(problem("1,é,x\n") == "x.csv:1:3: must be a number, got \"é\"");
  CHECK(problem("1,é 2é,x\n") == "x.csv:1:3: must be a number, got \"é 2é\"");
  CHECK(problem("1,1e5x\n") == "x.csv:1:3: must be a number, got \"1e5x\"");
}

TEST_CASE("CSV: files without numbers") {
  for (const std::string_view text : {"", "\n\n", "a,b\n", "\xEF\xBB\xBF", ",\n"})
    CHECK(problem(text) == "x.csv: no line with numbers");
  CHECK(problem("a,b\nc,d\n") == "x.csv:2:1: must be a number, got \"c\"");
}

TEST_CASE("CSV: long and strange fields do not fill the screen") {
  const std::string text = "1," + std::string(1000, 'y') + "\n";
  CHECK(problem(text) == "x.csv:1:3: must be a number, got \"" + std::string(40, 'y') + "...\"");
  CHECK(problem("1,\x1b[31m\n") == "x.csv:1:3: must be a number, got \"?[31m\"");
}

TEST_CASE("CSV: written and read back") {
  CHECK(csv_text(tensor({{1., 2.5}, {0.1, -3e-9}})) == "1,2.5\n0.1,-3e-09\n");
  CHECK(csv_text(tensor({{1, 2}, {3, 4}})) == "1,2\n3,4\n");
  CHECK(csv_text(tensor({1., 2.})) == "1,2\n");
  CHECK(csv_text(tensor(5.0)) == "5\n");
  CHECK(csv_text(zeros({2, 0})).empty());
  const Tensor x = tensor({{0.1, 1.0 / 3}, {1e300, -0.0}}, float64);
  CHECK(parse_csv(csv_text(x), "x.csv").equal(x));
  CHECK_THROWS_AS(csv_text(zeros({1, 1, 1})), ValueError);
}

}  // namespace wick::cli
