#include "nn/model/json_text.h"

#include "catch.h"

namespace {

using wick::nn::model::JsonValue;
using wick::nn::model::Problems;
using Kind = JsonValue::Kind;

JsonValue parsed(std::string_view text) {
  Problems problems("text", text);
  JsonValue value = wick::nn::model::parse_json(text, problems);
  problems.throw_if_any();
  return value;
}

/// The text between the places of the value.
std::string_view span(std::string_view text, const JsonValue& value) {
  return text.substr(value.begin, value.end - value.begin);
}

}  // namespace

TEST_CASE("every value knows where it stands", "[json_text]") {
  constexpr std::string_view text =
      "\n { \"a\" : [ 1 ,-2.5e3,true , null,\"x\\\"]\" ] , \"b\":{} ,\"c\": {\"d\":[[]]}, "
      "\"e\":12345}  ";
  const JsonValue root = parsed(text);
  CHECK(span(text, root) == text.substr(2, text.size() - 4));
  REQUIRE(root.members.size() == 4);
  const JsonValue& list = root.find("a")->value;
  CHECK(span(text, list) == "[ 1 ,-2.5e3,true , null,\"x\\\"]\" ]");
  REQUIRE(list.items.size() == 5);
  CHECK(span(text, list.items[0]) == "1");
  CHECK(span(text, list.items[1]) == "-2.5e3");
  CHECK(list.items[1].real == -2500);
  CHECK(span(text, list.items[2]) == "true");
  CHECK(span(text, list.items[3]) == "null");
  CHECK(span(text, list.items[4]) == "\"x\\\"]\"");
  CHECK(list.items[4].text == "x\"]");
  CHECK(span(text, root.find("b")->value) == "{}");
  CHECK(span(text, root.find("c")->value.find("d")->value.items[0]) == "[]");
  CHECK(span(text, root.find("e")->value) == "12345");
  CHECK(text.substr(root.find("e")->begin, 3) == "\"e\"");
  CHECK(root.find("f") == nullptr);
}

TEST_CASE("a number alone, at the end of the text", "[json_text]") {
  CHECK(span("42", parsed("42")) == "42");
  CHECK(span(" 42\n", parsed(" 42\n")) == "42");
  CHECK(parsed("9223372036854775807").integer == INT64_MAX);
  CHECK(parsed("-9223372036854775808").integer == INT64_MIN);
  CHECK(parsed("9223372036854775808").is(Kind::real));
}

TEST_CASE("columns count characters", "[json_text][errors]") {
  Problems problems("f", "\"ü€😀\" x");
  problems.add(12, "", "here");
  CHECK_THROWS_WITH(problems.throw_if_any(), "f:1:7: here");
}

TEST_CASE("problems are sorted, and told once", "[json_text][errors]") {
  Problems problems("f", "one\ntwo\n");
  problems.add(5, "/b", "second");
  problems.add(0, "/a", "first");
  problems.add(5, "/b", "second");
  problems.add(8, "", "at the end");
  CHECK(problems.count() == 3);
  CHECK_THROWS_WITH(problems.throw_if_any(),
                    "f:1:1: /a: first\nf:2:2: /b: second\nf:3:1: at the end");
}

TEST_CASE("repeated keys are told, with the pointer to them", "[json_text][errors]") {
  CHECK_THROWS_WITH(parsed("{\"a\": [{\"x\": 1, \"y\": 2, \"x\": 3}]}"),
                    "text:1:25: /a/0/x: the key \"x\" is there twice in this object");
}
