// Model files at the edges: lengths of what is shown, numbers that are just integers, as many sizes
// as there may be; how a text is laid out; the shapes that are tried.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "io/temporary_folder.h"
#include "nn/model/json_text.h"
#include "nn/model/option_json.h"
#include "nn/model/pretty_json.h"
#include "nn/model/shapes.h"
#include "nn/model/weights.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace model = wick::nn::model;
using model::JsonValue;
using wick::Shape;
using wick::Tensor;

JsonValue parsed(std::string_view text) {
  model::Problems problems("x", text);
  JsonValue value = model::parse_json(text, problems);
  problems.throw_if_any();
  return value;
}

std::string shown(const std::string& text) { return model::shown(parsed(text), text); }

/// The problems of a text, or "".
std::string problems_of(std::string_view text, const nn::ModelOptions& options = {}) {
  try {
    nn::from_json(text, options);
    return "";
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
}

/// Reads `text` into an option; "" if it fits.
template <class T>
std::string read(const std::string& text, T& option) {
  return model::read_option(parsed(text), nn::Visitor::Option(&option));
}

std::string sizes(int64_t count) {
  std::string text = "[1";
  for (int64_t i = 1; i < count; ++i) text += ", 1";
  return text + "]";
}

}  // namespace

TEST_CASE("values are shown as they stand, up to 40 bytes", "[json_text]") {
  CHECK(shown("1.50") == "1.50");
  CHECK(shown("\"a\"") == "\"a\"");
  CHECK(shown("{}") == "an object");
  CHECK(shown("[1, 2]") == "[1, 2]");
  CHECK(shown("[1,\n 2]") == "[1,  2]");
  const std::string exact = "\"" + std::string(38, 'x') + "\"";
  CHECK(shown(exact) == exact);
  const std::string longer = "\"" + std::string(39, 'x') + "\"";
  CHECK(shown(longer) == "\"" + std::string(39, 'x') + "...");
  // Not in the middle of a character.
  CHECK(shown("\"" + std::string(38, 'x') + "é\"") == "\"" + std::string(38, 'x') + "...");
  CHECK(shown("\"" + std::string(36, 'x') + "漢漢\"") == "\"" + std::string(36, 'x') + "漢...");
  std::string list = "[" + std::string(38, '1') + "]";
  list[10] = ',';
  list[20] = ',';
  CHECK(shown(list) == list);
  CHECK(shown("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]") == "a list");
  CHECK(model::quoted_name("a\"b\n") == "\"a\\\"b\\n\"");
  CHECK(model::quoted_name(std::string(40, 'k')) == "\"" + std::string(40, 'k') + "\"");
  CHECK(model::quoted_name(std::string(41, 'k')) == "\"" + std::string(40, 'k') + "...\"");
}

TEST_CASE("pointers are escaped, and cut after 100 bytes of a key", "[json_text]") {
  CHECK(model::child_pointer("", "a") == "/a");
  CHECK(model::child_pointer("/x", "a/b~c") == "/x/a~1b~0c");
  CHECK(model::child_pointer("/x", "") == "/x/");
  CHECK(model::child_pointer("/x", 12) == "/x/12");
  CHECK(model::child_pointer("", std::string(100, 'k')) == "/" + std::string(100, 'k'));
  CHECK(model::child_pointer("", std::string(101, 'k')) == "/" + std::string(100, 'k') + "...");
}

TEST_CASE("problems: the first hundred are told, all are counted", "[json_text]") {
  const std::string text(500, ' ');
  for (const size_t count : {size_t{1}, size_t{99}, size_t{100}, size_t{101}, size_t{250}}) {
    model::Problems problems("f", text);
    CHECK(problems.count() == 0);
    CHECK_NOTHROW(problems.throw_if_any());
    for (size_t i = 0; i < count; ++i) {
      CHECK(problems.full() == (i >= 100));
      problems.add(i, "/p", "wrong");
      problems.add(i, "/other", "wrong");  // the same place and text: told once
    }
    CHECK(problems.count() >= count);
    try {
      problems.throw_if_any();
      FAIL("not thrown");
    } catch (const wick::ModelFileError& error) {
      CHECK(error.problems().size() == std::min<size_t>(count, 100));
      CHECK(error.problems()[0].column == 1);
      CHECK(error.problems()[0].line == 1);
      CHECK(error.problems().back().column == static_cast<int64_t>(std::min<size_t>(count, 100)));
    }
  }
  // A place behind the end, and lines.
  model::Problems problems("f", "a\nbc\n");
  problems.add(100, "", "end");
  problems.add(2, "", "b");
  problems.add(1, "", "first");
  problems.add(3, "", "c");
  try {
    problems.throw_if_any();
    FAIL("not thrown");
  } catch (const wick::ModelFileError& error) {
    std::string places;
    for (const auto& p : error.problems())
      places += fmt::format("{}:{} {},", p.line, p.column, p.message);
    CHECK(places == "1:2 first,2:1 b,2:2 c,3:1 end,");
  }
}

TEST_CASE("options take numbers that are what they say", "[model_file][options]") {
  int64_t integer = 0;
  CHECK(read("9007199254740992.0", integer).empty());
  CHECK(integer == int64_t{1} << 53);
  CHECK(read("-9007199254740992.0", integer).empty());
  CHECK(integer == -(int64_t{1} << 53));
  CHECK(read("9007199254740994.0", integer) == "must be an integer");  // one of several
  CHECK(read("9223372036854775807", integer).empty());
  CHECK(integer == INT64_MAX);
  CHECK(read("-9223372036854775808", integer).empty());
  CHECK(read("9223372036854775808", integer) == "must be an integer");
  CHECK(read("5e2", integer).empty());
  CHECK(integer == 500);
  CHECK(read("0.5", integer) == "must be an integer");
  CHECK(integer == 500);
  double number = 0;
  CHECK(read("3", number).empty());
  CHECK(number == 3);
  CHECK(read("-1.5e3", number).empty());
  CHECK(number == -1500);
  for (const char* bad : {"true", "null", "\"1\"", "[1]", "{}"}) {
    CHECK(read(bad, number) == "must be a number");
    CHECK(read(bad, integer) == "must be an integer");
  }
  bool boolean = false;
  CHECK(read("true", boolean).empty());
  CHECK(boolean);
  for (const char* bad : {"1", "0", "null", "\"true\""})
    CHECK(read(bad, boolean) == "must be true or false");
  std::string text;
  CHECK(read("\"a\\u00e9\"", text).empty());
  CHECK(text == "aé");
  CHECK(read("1", text) == "must be a string");
  std::optional<int64_t> maybe = 3;
  CHECK(read("null", maybe).empty());
  CHECK_FALSE(maybe);
  CHECK(read("4", maybe).empty());
  CHECK(maybe == 4);
  CHECK(read("4.5", maybe) == "must be an integer or null");
  CHECK(maybe == 4);
  std::optional<double> perhaps;
  CHECK(read("0.5", perhaps).empty());
  CHECK(perhaps == 0.5);
  CHECK(read("true", perhaps) == "must be a number or null");
}

TEST_CASE("options that are shapes take a size, or as many as a tensor has dimensions",
          "[model_file][options]") {
  Shape shape;
  CHECK(read("7", shape).empty());
  CHECK(shape == Shape{7});
  CHECK(read("[]", shape).empty());
  CHECK(shape == Shape{});
  CHECK(read("[2, 3.0]", shape).empty());
  CHECK(shape == Shape{2, 3});
  CHECK(read(sizes(16), shape).empty());
  CHECK(shape.size() == 16);
  for (const std::string& bad : {sizes(17), std::string("[1, \"2\"]"), std::string("[[1]]"),
                                 std::string("null"), std::string("\"3\""), std::string("0.5")})
    CHECK(read(bad, shape) == "must be a list of at most 16 integers");
  CHECK(shape.size() == 16);
  // The input of a file too: sizes of at least 0, and names.
  const auto input = [](const std::string& list) {
    return problems_of(R"({"model": {"type": "Identity"}, "input": )" + list + "}");
  };
  for (const std::string& good :
       {sizes(16), std::string("[]"), std::string("[0]"), std::string("[\"n\", 3, \"n\"]")})
    CHECK(input(good) == "");
  for (const std::string& bad :
       {sizes(17), std::string("3"), std::string("[-1]"), std::string("[\"\"]"),
        std::string("[1.5]"), std::string("null"), std::string("[null]"), std::string("[true]")}) {
    CAPTURE(bad);
    CHECK_THAT(input(bad), ContainsSubstring("/input"));
  }
}

TEST_CASE("free sizes are tried with numbers of their own", "[model_file]") {
  CHECK(model::sample_shape({}) == Shape{});
  CHECK(model::sample_shape({{.size = 4}, {.size = 0}}) == Shape{4, 0});
  CHECK(model::sample_shape({{.name = "b"}, {.size = 4}, {.name = "s"}, {.name = "b"}}) ==
        Shape{2, 4, 3, 2});
  std::vector<nn::InputSize> all;
  for (int i = 0; i < 16; ++i) all.push_back({.name = std::string(1, static_cast<char>('a' + i))});
  const Shape shape = model::sample_shape(all);
  CHECK(shape[0] == 2);
  CHECK(shape[15] == 53);
  for (size_t i = 1; i < 16; ++i) CHECK(shape.begin()[i] > shape.begin()[i - 1]);
}

TEST_CASE("a text is broken at 100 columns", "[model_file]") {
  const auto line = [](size_t letters) {
    return model::Json{{"a", {{"k", std::string(letters, 'x')}, {"n", 1}}}};
  };
  // "  " and {"k": "xxx", "n": 1}: the key "a" before it does not count.
  const std::string fits = model::pretty_json(line(81));
  const std::string broken = model::pretty_json(line(82));
  CHECK(fits == "{\n  \"a\": {\"k\": \"" + std::string(81, 'x') + "\", \"n\": 1}\n}\n");
  CHECK(broken ==
        "{\n  \"a\": {\n    \"k\": \"" + std::string(82, 'x') + "\",\n    \"n\": 1\n  }\n}\n");
  CHECK(model::pretty_json(model::Json::object()) == "{}\n");
  CHECK(model::pretty_json(model::Json::array()) == "[]\n");
  CHECK(model::pretty_json(model::Json{1, 2}) == "[\n  1,\n  2\n]\n");
  CHECK(model::pretty_json(model::Json{{"a", {1, 2}}, {"b", model::Json::array()}}) ==
        "{\n  \"a\": [1, 2],\n  \"b\": []\n}\n");
  CHECK(model::pretty_json(model::Json{{"a", std::vector{model::Json{{"b", 1}}}}}) ==
        "{\n  \"a\": [\n    {\"b\": 1}\n  ]\n}\n");
  CHECK(model::pretty_json(model::Json(5)) == "5\n");
}

TEST_CASE("paths in a model file are relative to its folder", "[model_file]") {
  CHECK(model::resolve("", "w") == "w");
  CHECK(model::resolve("dir", "w") == "dir/w");
  CHECK(model::resolve("dir/", "w") == "dir/w");
  CHECK(model::resolve("/", "w") == "/w");
  CHECK(model::resolve("dir", "/w") == "/w");
  CHECK(model::resolve("dir", "sub/w") == "dir/sub/w");
}

TEST_CASE("a file with its model is written as it is, and comes back", "[model_file]") {
  nn::ModelFile file{.model = nn::Linear(3, 2)};
  file.schema = "s.json";
  file.input = {{{.name = "n"}, {.size = 3}}};
  file.tests = {{.input = "x.npy", .output = "y.npy"},
                {.input = "a", .output = "b", .atol = 0, .rtol = 0.5}};
  file.metadata = R"({"by": "me", "n": [1, 2]})";
  const std::string text = file.to_json();
  const auto json = nlohmann::json::parse(text);
  CHECK(json["$schema"] == "s.json");
  CHECK(json["version"] == 1);
  CHECK(json["input"] == nlohmann::json({"n", 3}));
  CHECK_FALSE(json["tests"][0].contains("atol"));
  CHECK_FALSE(json["tests"][0].contains("rtol"));
  CHECK(json["tests"][1]["atol"] == 0);
  CHECK(json["tests"][1]["rtol"] == 0.5);
  CHECK(json["metadata"]["n"][1] == 2);
  CHECK_FALSE(json.contains("weights"));
  CHECK_FALSE(json.contains("dtype"));
  const nn::ModelFile again = nn::ModelFile::parse(text, {.run_tests = false});
  CHECK(again.schema == "s.json");
  REQUIRE(again.input);
  CHECK((*again.input)[0].name == "n");
  CHECK((*again.input)[1].size == 3);
  REQUIRE(again.tests.size() == 2);
  CHECK(again.tests[0].atol == 1e-5);
  CHECK(again.tests[0].rtol == 1.3e-6);
  CHECK(again.tests[1].atol == 0);
  CHECK(again.tests[1].rtol == 0.5);
  CHECK(again.to_json() == text);
  file.metadata = "{";
  CHECK_THROWS_AS(file.to_json(), wick::ValueError);
  file.metadata = "";
  file.tests[1].atol = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(file.to_json(), wick::ValueError);
  CHECK_THROWS_AS(nn::to_json(nn::Repeat(0, nn::ReLU())), wick::Error);
  // Tolerances of at least 0.
  const auto tolerance = [](std::string_view value) {
    return problems_of(
        fmt::format(
            R"({{"model": {{"type": "Identity"}}, "tests": [{{"input": "x", "output": "y", {}}}]}})",
            value),
        {.run_tests = false});
  };
  CHECK(tolerance(R"("atol": 0, "rtol": 0)") == "");
  CHECK_THAT(tolerance(R"("atol": -1e-300)"),
             ContainsSubstring("/tests/0/atol: must be a number of at least 0"));
  CHECK_THAT(tolerance(R"("rtol": -1)"), ContainsSubstring("/tests/0/rtol"));
  CHECK_THAT(tolerance(R"("rtoll": 1)"), ContainsSubstring("rtoll"));
}
