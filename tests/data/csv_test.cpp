#include "wick/data/csv.h"

#include <clocale>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/error.h"
#include "wick/io/file.h"
#include "wick/ops.h"

namespace wick::data {
namespace {

Tensor read(std::string_view text, CsvOptions options = {.dtype = float64}) {
  return parse_csv(text, options, "x.csv");
}

std::vector<double> numbers(std::string_view text) { return read(text).to_vector<double>(); }

/// What parse_csv says is wrong.
std::string problem(std::string_view text, CsvOptions options = {.dtype = float64}) {
  try {
    read(text, options);
  } catch (const FileError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("CSV: rows of numbers", "[data][csv]") {
  const Tensor x = read("1,2,3\n4,5.5,-6e2\n");
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == float64);
  CHECK(x.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5.5, -600});
  CHECK(read("7").shape() == Shape{1, 1});
}

TEST_CASE("CSV: what spreadsheets and editors leave in a file", "[data][csv]") {
  const std::vector<double> expected{1, 2, 3, 4};
  CHECK(numbers("1,2\r\n3,4\r\n") == expected);
  CHECK(numbers("\n 1 ,\t2\n\n3,4\n  \n") == expected);
  CHECK(numbers("\xEF\xBB\xBF"
                "1,2\n3,4") == expected);
  CHECK(numbers("\"1\",\"2\"\n\"3\",4") == expected);
  CHECK(numbers("width,height\n1,2\n3,4\n") == expected);
  CHECK(numbers("inf,-INF\n")[1] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("CSV: the place of a mistake", "[data][csv]") {
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
  // A byte order mark takes no column, in the first line or behind it.
  CHECK(problem("\xEF\xBB\xBF"
                "1,x\n") == "x.csv:1:3: must be a number, got \"x\"");
  CHECK(problem("\xEF\xBB\xBF"
                "1,2\n3,x\n") == "x.csv:2:3: must be a number, got \"x\"");
}

TEST_CASE("CSV: files without numbers", "[data][csv]") {
  for (const std::string_view text : {"", "\n\n", "a,b\n", "\xEF\xBB\xBF", ",\n"})
    CHECK(problem(text) == "x.csv: no line with numbers");
  CHECK(problem("a,b\nc,d\n") == "x.csv:2:1: must be a number, got \"c\"");
}

TEST_CASE("CSV: long and strange fields do not fill the screen", "[data][csv]") {
  const std::string text = "1," + std::string(1000, 'y') + "\n";
  CHECK(problem(text) == "x.csv:1:3: must be a number, got \"" + std::string(40, 'y') + "...\"");
  CHECK(problem("1,\x1b[31m\n") == "x.csv:1:3: must be a number, got \"?[31m\"");
}

TEST_CASE("CSV: written and read back", "[data][csv]") {
  CHECK(csv_text(tensor({{1., 2.5}, {0.1, -3e-9}})) == "1,2.5\n0.1,-3e-09\n");
  CHECK(csv_text(tensor({{1, 2}, {3, 4}})) == "1,2\n3,4\n");
  CHECK(csv_text(tensor({1., 2.})) == "1,2\n");
  CHECK(csv_text(tensor(5.0)) == "5\n");
  CHECK(csv_text(zeros({2, 0})).empty());
  const Tensor x = tensor({{0.1, 1.0 / 3}, {1e300, -0.0}}, float64);
  CHECK(read(csv_text(x)).equal(x));
  CHECK_THROWS_AS(csv_text(zeros({1, 1, 1})), ValueError);
}

TEST_CASE("CSV: delimiters, headers and skipped lines", "[data][csv]") {
  const std::vector<double> expected{1, 2, 3, 4};
  const auto with = [](std::string_view text, CsvOptions options) {
    options.dtype = float64;
    return read(text, options).to_vector<double>();
  };
  CHECK(with("1;2\n3 ; 4\n", {.delimiter = ';'}) == expected);
  CHECK(with("1\t2\n3\t 4\n", {.delimiter = '\t'}) == expected);
  CHECK(with("  1   2\n3 \t4  \r\n", {.delimiter = ' '}) == expected);
  CHECK(with("\"1\" \"2\"\n3 4", {.delimiter = ' '}) == expected);
  CHECK(problem("1\t\n", {.delimiter = '\t'}) ==
        "x.csv:1:3: must be a number, but the field is empty");

  CHECK(with("1,2\n3,4\n1,2\n3,4\n", {.header = true, .skip_rows = 1}) ==
        std::vector<double>{1, 2, 3, 4});
  CHECK(with("made by hand\n\"a, b\",\"c\nd \"\"e\"\"\"\n1,2\n3,4\n", {.skip_rows = 1}) ==
        expected);
  CHECK(problem("a,b\n1,2\n", {.header = false}) == "x.csv:1:1: must be a number, got \"a\"");
  CHECK(problem("1,2\n", {.header = true}) == "x.csv: no line with numbers");
  CHECK(problem("1,2\n3,4\n", {.skip_rows = 2}) == "x.csv: no line with numbers");
  CHECK(problem("1,2\n", {.skip_rows = INT64_MAX}) == "x.csv: no line with numbers");
  // An error is told where it is in the file, whatever was left out and however long a field is.
  CHECK(problem("made\nby hand\n\"a\nb\",c\n1,2\n3,x\n", {.skip_rows = 2}) ==
        "x.csv:6:3: must be a number, got \"x\"");

  for (const char c : {'1', '.', '-', '+', 'e', 'N', '"', '\n', '\r', '\0'})
    CHECK_THROWS_AS(parse_csv("1", {.delimiter = c}), ValueError);
  CHECK_THROWS_AS(parse_csv("1", {.skip_rows = -1}), ValueError);
  CHECK_THROWS_AS(read_csv("no such file", {.skip_rows = -1}), ValueError);
}

TEST_CASE("CSV: dtypes", "[data][csv]") {
  const CsvOptions integers{.dtype = int64};
  const Tensor large = read("9223372036854775807,-9223372036854775808\n", integers);
  CHECK(large.to_vector<int64_t>() == std::vector<int64_t>{INT64_MAX, INT64_MIN});
  CHECK(problem("9223372036854775808\n", integers) ==
        "x.csv:1:1: must be an integer that int64 holds, got \"9223372036854775808\"");
  CHECK(problem("1.5\n", integers) ==
        "x.csv:1:1: must be an integer that int64 holds, got \"1.5\"");
  CHECK(read("+7\n", {.dtype = int32}).item<int64_t>() == 7);
  CHECK(problem("2147483648\n", {.dtype = int32}) ==
        "x.csv:1:1: must be an integer that int32 holds, got \"2147483648\"");
  CHECK(read("0,255\n", {.dtype = uint8}).to_vector<uint8_t>() == std::vector<uint8_t>{0, 255});
  CHECK(problem("256\n", {.dtype = uint8}) ==
        "x.csv:1:1: must be an integer from 0 to 255, got \"256\"");
  CHECK(problem("0,-1\n", {.dtype = uint8}) ==
        "x.csv:1:3: must be an integer from 0 to 255, got \"-1\"");
  CHECK(read("0,1\n", {.dtype = bool_}).to_vector<bool>() == std::vector<bool>{false, true});
  CHECK(problem("0,2\n", {.dtype = bool_}) == "x.csv:1:3: must be 0 or 1, got \"2\"");
  CHECK(read("0.1\n", {.dtype = bfloat16}).equal(tensor({{0.1}}, bfloat16)));
  CHECK(read("0.1\n", {.dtype = float16}).equal(tensor({{0.1}}, float16)));
  for (const DType dtype : {float32, float64, bfloat16, float16, int64, int32, uint8, bool_})
    CHECK(read("1,0\n", {.dtype = dtype}).dtype() == dtype);
  CHECK(parse_csv("1,2").dtype() == float32);
}

TEST_CASE("CSV: numbers at the ends of their range, in any locale", "[data][csv]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // where there is such a locale, it has a decimal comma
  const std::vector<double> found = numbers(
      "1e400,-1e400,1e-400,5e-324,1.7976931348623157e308,0.5,+.5,5.,0e99999999999999999999\n");
  std::setlocale(LC_ALL, "C");
  CHECK(found == std::vector<double>{infinity, -infinity, 0, 5e-324, 1.7976931348623157e308, 0.5,
                                     0.5, 5, 0});
  CHECK(std::signbit(numbers("-1e-400\n")[0]));
  CHECK(numbers("0." + std::string(400, '0') + "1\n")[0] == 0);
  CHECK(numbers("1" + std::string(400, '0') + "\n")[0] == infinity);
  CHECK(numbers("0." + std::string(400, '0') + "1e401\n")[0] == 1);
  CHECK(numbers("1e-99999999999999999999\n")[0] == 0);
  CHECK(numbers("1e99999999999999999999\n")[0] == infinity);
  CHECK(std::isnan(numbers("nan\n")[0]));
  // The nearest float32, which the nearest float64 rounded again is not.
  const Tensor x = read("1.000000059604644775390625000000000000001\n", {.dtype = float32});
  CHECK(x.item<float>() == 1.00000012F);
  CHECK(read("1e39,-1e39,1e-50\n", {.dtype = float32}).to_vector<double>() ==
        std::vector<double>{infinity, -infinity, 0});
  for (const char* text :
       {"+-1", "-+1", "--1", "+", "-", ".", "e5", "1e", "0x10", "1_000", "1 2", "1\r2"})
    CHECK_THROWS_AS(numbers(text + std::string(",5\n")), FileError);
}

TEST_CASE("CSV: quotes", "[data][csv]") {
  CHECK(problem("1,\"2\n3,4\n") == "x.csv:1:3: the quote that begins here does not end");
  CHECK(problem("1,\"\"\n") == "x.csv:1:3: must be a number, but the field is empty");
  CHECK(problem("1,\"2\" 3,4\n") ==
        "x.csv:1:7: must be \",\" or the end of the line, after a closing quote");
  CHECK(problem("1,\"2\"3,4\n") ==
        "x.csv:1:6: must be \",\" or the end of the line, after a closing quote");
  CHECK(problem("1 \"2\"3\n", {.delimiter = ' '}) ==
        "x.csv:1:6: must be \" \" or the end of the line, after a closing quote");
  CHECK(problem("1,\"2\"\"\"\n") == "x.csv:1:3: must be a number, got \"2\"\"\"");
  CHECK(problem("1,2\n\"3\"\n") == "x.csv:2:4: 1 field here, the lines above have 2");
}

TEST_CASE("CSV: a header wider than all that follows", "[data][csv]") {
  const std::string header = std::string(1000, ',') + "a\n";
  CHECK(problem(header + "1\n") == "x.csv:2:2: 1 field here, the lines above have 1001");
  CHECK(problem(header + "1,2,3\n4,5\n") == "x.csv:2:6: 3 fields here, the lines above have 1001");
}

TEST_CASE("CSV: files", "[data][csv]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.csv";
  const Tensor x = tensor({{1.5, -2.0}, {3.25, 1e-7}});
  write_csv(path, x);
  CHECK(read_csv(path).equal(x));
  CHECK(io::read_file(path) == csv_text(x));
  CHECK(read_csv(path, {.max_bytes = static_cast<int64_t>(csv_text(x).size())}).equal(x));
  CHECK_THROWS_AS(read_csv(path, {.max_bytes = 5}), FileError);
  CHECK_THROWS_AS(read_csv(folder / "none.csv"), FileError);
  CHECK_THROWS_AS(write_csv(folder / "no folder/x.csv", x), FileError);
  CHECK_THROWS_AS(write_csv(path, zeros({2}, {.device = meta})), ValueError);
  CHECK_THROWS_AS(write_csv(path, Tensor()), ValueError);
  CHECK(read_csv(path).equal(x));
  io::write_file(path, "1,2\n3,x\n");
  CHECK_THROWS_WITH(read_csv(path), path + ":2:3: must be a number, got \"x\"");
}

TEST_CASE("CSV: any table, written in any of the ways it can be, is read as it was",
          "[data][csv]") {
  std::mt19937_64 random(7);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    const DType dtype = std::array{float64, float32, int64}[static_cast<size_t>(below(3))];
    const int64_t rows = 1 + below(20), columns = 1 + below(9);
    // All bit patterns of floats, but for nan, which equals nothing.
    const Tensor bits = empty({rows, columns}, int64).random_();
    const Tensor x = dtype == int64     ? bits
                     : dtype == float64 ? tensor(1.0, float64).div(bits).mul(bits.remainder(977))
                                        : bits.to(float32).mul(1e-10).pow(3);
    REQUIRE_FALSE(any(isnan(x)).item<bool>());
    CHECK(read(csv_text(x), {.dtype = dtype}).equal(x));

    const char delimiter = std::array{',', ';', '\t', ' ', '|'}[static_cast<size_t>(below(5))];
    std::string text = below(2) ? "\xEF\xBB\xBF" : "";
    if (below(2)) {
      for (int64_t i = 0; i < columns; ++i) text += (i ? std::string(1, delimiter) : "") + "name";
      text += "\n";
    }
    for (const char c : csv_text(x)) {
      const std::string blanks(static_cast<size_t>(below(3)), ' ');
      if (c == ',')
        text += blanks + delimiter + blanks;
      else if (c == '\n')
        text += blanks + (below(2) ? "\r\n" : "\n") + (below(5) ? "" : " \n");
      else
        text += c;
    }
    CHECK(read(text, {.delimiter = delimiter, .dtype = dtype}).equal(x));
  }
}

TEST_CASE("CSV: any bytes give a table or a FileError", "[data][csv]") {
  std::mt19937_64 random(8);
  constexpr std::string_view letters = "0123456789,,,,\n\n\n\"\" .-e\r\tx\xC3\xA9;";
  int tables = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    for (const CsvOptions& options : {CsvOptions{}, CsvOptions{.delimiter = ' ', .dtype = int64}}) {
      try {
        const Tensor x = read(text, options);
        CHECK((x.dim() == 2 && x.numel() > 0 && x.is_contiguous()));
        ++tables;
      } catch (const FileError&) {
      }
    }
  }
  CHECK(tables > 100);
}

}  // namespace wick::data
