// CSV at the edges: lengths of what is shown, empty lines and fields at the ends, numbers at the
// ends of their range.
#include <cmath>
#include <limits>
#include <string>

#include "catch.h"
#include "data/csv_number.h"
#include "data/csv_scanner.h"
#include "io/temporary_folder.h"
#include "wick/data/csv.h"
#include "wick/error.h"
#include "wick/io/file.h"
#include "wick/ops.h"

namespace wick::data {
namespace {

const double infinity = std::numeric_limits<double>::infinity();

Tensor read(std::string_view text, CsvOptions options = {.dtype = float64}) {
  return parse_csv(text, options, "x");
}

std::string problem(std::string_view text, CsvOptions options = {.dtype = float64}) {
  try {
    read(text, options);
  } catch (const FileError& error) {
    return error.what();
  }
  return "nothing";
}

std::vector<double> numbers(std::string_view text, CsvOptions options = {.dtype = float64}) {
  return read(text, options).to_vector<double>();
}

}  // namespace

TEST_CASE("CSV: what is shown of a field is cut after 40 characters", "[data][csv]") {
  CHECK(csv::quoted("") == "\"\"");
  CHECK(csv::quoted(std::string(39, 'x')) == "\"" + std::string(39, 'x') + "\"");
  CHECK(csv::quoted(std::string(40, 'x')) == "\"" + std::string(40, 'x') + "\"");
  CHECK(csv::quoted(std::string(41, 'x')) == "\"" + std::string(40, 'x') + "...\"");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "é";
  CHECK(csv::quoted(many) == "\"" + many + "\"");
  CHECK(csv::quoted(many + "x") == "\"" + many + "...\"");
  CHECK(csv::quoted("a\tb\x1f\x7f~ ") == "\"a b??~ \"");
  CHECK(csv::quoted("\xC2\xA0\xC2\x9F\xC1\xBF\xC2") == "\"\xC2\xA0?????\"");
  CHECK(csv::quoted("\xE2\x82\xAC\xE2\x82") == "\"\xE2\x82\xAC??\"");
  CHECK(csv::quoted("\xF0\x9F\xA6\x86\xF4\x80\x80\x80\xF5\x80\x80\x80") ==
        "\"\xF0\x9F\xA6\x86\xF4\x80\x80\x80????\"");
  CHECK(csv::quoted("\xE2\x82x") == "\"??x\"");
}

TEST_CASE("CSV: one line, one field, blanks and ends of lines everywhere", "[data][csv]") {
  CHECK(read("1").shape() == Shape{1, 1});
  CHECK(read("1\n").shape() == Shape{1, 1});
  CHECK(read("\n\n1\n\n").shape() == Shape{1, 1});
  CHECK(read(" \t1 \t\r\n").shape() == Shape{1, 1});
  CHECK(read("1\n2\n3").shape() == Shape{3, 1});
  CHECK(read("1,2").shape() == Shape{1, 2});
  CHECK(read("a\n1").shape() == Shape{1, 1});
  CHECK(problem("a\n") == "x: no line with numbers");
  // A header is a line without a number; one number makes it a line of the table.
  CHECK(problem("a,1\n2,3\n") == "x:1:1: must be a number, got \"a\"");
  CHECK(numbers("a,b\n2,3\n") == std::vector<double>{2, 3});
  CHECK(numbers("a,\n2,3\n") == std::vector<double>{2, 3});
  CHECK(numbers("1,a\n2,3\n", {.header = true, .dtype = float64}) == std::vector<double>{2, 3});
  CHECK(numbers("1\n2\n", {.header = true, .dtype = float64}) == std::vector<double>{2});
  CHECK(numbers("1\n2\n", {.header = false, .dtype = float64}) == std::vector<double>{1, 2});
  CHECK(problem("a\n1,2\n") == "x:2:3: 2 fields here, the lines above have 1");
  CHECK(problem("nan,inf\n1,2\n") == "nothing");
  // Lines that are left out count as lines; a line of blanks is one of them.
  CHECK(numbers("x\n1\n", {.skip_rows = 1, .dtype = float64}) == std::vector<double>{1});
  CHECK(numbers(" \n1\n2\n", {.header = false, .skip_rows = 1, .dtype = float64}) ==
        std::vector<double>{1, 2});
  CHECK(numbers("1\n2", {.header = false, .skip_rows = 1, .dtype = float64}) ==
        std::vector<double>{2});
  CHECK(problem("1\n2", {.header = false, .skip_rows = 2, .dtype = float64}) ==
        "x: no line with numbers");
}

TEST_CASE("CSV: tables that fill their text, and lines that do not", "[data][csv]") {
  // A row takes at least a byte for each field and one behind it; these take no more.
  for (const int64_t columns : {1, 2, 5})
    for (const int64_t rows : {1, 2, 7}) {
      std::string text;
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
          text += std::to_string((r + c) % 10) + (c + 1 == columns ? "\n" : ",");
      const Tensor x = read(text);
      CHECK(x.shape() == Shape{rows, columns});
      text.pop_back();  // without the last end of a line
      CHECK(read(text).equal(x));
      CHECK(read(text + "\n\n\n").equal(x));
      CHECK(read(text + "\n \n").equal(x));
      CHECK(x.is_contiguous());
    }
  CHECK(problem("1,2\n3,4,\n") == "x:2:5: 3 fields here, the lines above have 2");
  CHECK(problem("1,2\n3,4,5,6\n") == "x:2:5: 4 fields here, the lines above have 2");
  CHECK(problem("1,2,3\n4\n") == "x:2:2: 1 field here, the lines above have 3");
  CHECK(problem("1\n2,3\n") == "x:2:3: 2 fields here, the lines above have 1");
}

TEST_CASE("CSV: files of exactly the largest size", "[data][csv]") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "1,2\n");
  CHECK(read_csv(folder / "x", {.max_bytes = 4}).numel() == 2);
  CHECK_THROWS_AS(read_csv(folder / "x", {.max_bytes = 3}), FileError);
  CHECK(parse_csv("1,2\n", {.max_bytes = 1}).numel() == 2);  // which is for files
}

TEST_CASE("CSV: integers at the ends of their dtypes", "[data][csv]") {
  struct Case {
    DType dtype;
    const char* lowest;
    const char* below;
    const char* highest;
    const char* above;
  };
  for (const Case& c : {Case{int64, "-9223372036854775808", "-9223372036854775809",
                             "9223372036854775807", "9223372036854775808"},
                        Case{int32, "-2147483648", "-2147483649", "2147483647", "2147483648"},
                        Case{uint8, "0", "-1", "255", "256"}, Case{bool_, "0", "-1", "1", "2"}}) {
    const CsvOptions options{.dtype = c.dtype};
    CAPTURE(name(c.dtype));
    CHECK(std::to_string(read(c.lowest, options).item<int64_t>()) == c.lowest);
    CHECK(std::to_string(read(c.highest, options).item<int64_t>()) == c.highest);
    CHECK(problem(c.below, options) != "nothing");
    CHECK(problem(c.above, options) != "nothing");
    for (const char* bad : {"0.0", "1e0", "0x1", "nan", "true", ""})
      CHECK(problem(std::string("0,") + bad + "\n", options) != "nothing");
  }
}

TEST_CASE("CSV: numbers with signs, and those that are too large or too small", "[data][csv]") {
  using csv::number_in;
  CHECK(number_in<double>("+1") == 1.0);
  CHECK(number_in<double>("-1") == -1.0);
  CHECK(number_in<int64_t>("+7") == 7);
  for (const char* bad : {"", "+", "-", "++1", "+-1", "-+1", "1+", "1 ", " 1", "1e", "e1", "."}) {
    CHECK_FALSE(number_in<double>(bad));
    CHECK_FALSE(number_in<int64_t>(bad));
  }
  CHECK_FALSE(number_in<int64_t>("9223372036854775808"));
  // The first digit that counts decides between 0 and infinity, whatever the exponent says.
  const std::string zeros(400, '0');
  CHECK(number_in<double>("1e309") == infinity);
  CHECK(number_in<double>("-1e309") == -infinity);
  CHECK(number_in<double>("+1E+309") == infinity);
  CHECK(number_in<double>("1e-400") == 0.0);
  CHECK(std::signbit(*number_in<double>("-1e-400")));
  CHECK(number_in<double>("0." + zeros + "1e800") == infinity);
  CHECK(number_in<double>("0." + zeros + "1e-10") == 0.0);
  CHECK(number_in<double>("1" + zeros + "e-900") == 0.0);
  CHECK(number_in<double>("1" + zeros) == infinity);
  CHECK(number_in<double>("1" + zeros + ".5") == infinity);
  CHECK(number_in<double>("." + zeros + "1") == 0.0);
  CHECK(number_in<double>("1e9223372036854775807") == infinity);
  CHECK(number_in<double>("1e9223372036854775808") == infinity);
  CHECK(number_in<double>("1e-9223372036854775808") == 0.0);
  CHECK(number_in<double>("1e-9223372036854775809") == 0.0);
  CHECK(number_in<float>("1e39") == std::numeric_limits<float>::infinity());
  CHECK(number_in<float>("1e-50") == 0.0F);
  CHECK(number_in<float>("3.4028235e38") == std::numeric_limits<float>::max());
  CHECK(csv::beyond_range<double>("1") == infinity);
  CHECK(csv::beyond_range<double>("0.1") == 0);
  CHECK(csv::beyond_range<double>("0.1e1") == infinity);
  CHECK(csv::beyond_range<double>("10e-1") == infinity);
  CHECK(csv::beyond_range<double>("10e-2") == 0);
}

TEST_CASE("CSV: quotes in every place", "[data][csv]") {
  CHECK(numbers("\"1\"") == std::vector<double>{1});
  CHECK(problem("\" 1\",2\n") == "x:1:1: must be a number, got \" 1\"");  // blanks count there
  CHECK(problem("\"1\"\"\"\n") != "nothing");
  CHECK(numbers("\"a\",\"b,c\"\n\"1\" , \"2\"\n") == std::vector<double>{1, 2});
  CHECK(problem("\"") == "x:1:1: the quote that begins here does not end");
  CHECK(problem("1,\"2") == "x:1:3: the quote that begins here does not end");
  CHECK(problem("\"1\"x\n") ==
        "x:1:4: must be \",\" or the end of the line, after a closing quote");
  CHECK(numbers("\"1\"\t\"2\"\n", {.delimiter = '\t', .dtype = float64}) ==
        std::vector<double>{1, 2});
  CHECK(numbers("\"1\"  \"2\"\n", {.delimiter = ' ', .dtype = float64}) ==
        std::vector<double>{1, 2});
}

TEST_CASE("CSV: every dtype is written so that it is read as it was", "[data][csv]") {
  CHECK(csv_text(tensor({{true, false}})) == "1,0\n");
  CHECK(csv_text(tensor({{255, 0}}, uint8)) == "255,0\n");
  CHECK(csv_text(tensor({INT64_MIN, INT64_MAX})) == "-9223372036854775808,9223372036854775807\n");
  CHECK(csv_text(tensor({0.1}, float32)) == "0.1\n");
  CHECK(csv_text(tensor({0.1}, float64)) == "0.1\n");
  CHECK(csv_text(tensor({1.0 / 3}, float32)) == "0.33333334\n");
  CHECK(csv_text(tensor({1.0 / 3}, float64)) == "0.3333333333333333\n");
  CHECK(csv_text(tensor({1.5, -0.25}, bfloat16)) == "1.5,-0.25\n");
  CHECK(csv_text(tensor({{1}, {2}})) == "1\n2\n");
  CHECK(csv_text(tensor({{1, 2, 3}, {4, 5, 6}}).t()) == "1,4\n2,5\n3,6\n");
  CHECK(csv_text(zeros({0, 3})).empty());
  CHECK(csv_text(zeros({0})).empty());
  for (const DType dtype : {float32, float64, bfloat16, float16}) {
    const Tensor x = (arange(24.) / 7 - 1.5).reshape({6, 4}).to(dtype);
    CHECK(read(csv_text(x), {.dtype = dtype}).equal(x));
    CHECK(read(csv_text(x.t()), {.dtype = dtype}).equal(x.t()));
  }
}

}  // namespace wick::data
