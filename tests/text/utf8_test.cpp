#include "text/utf8.h"

#include "catch.h"

using namespace wick;
using namespace std::string_literals;

TEST_CASE("utf8::is_valid: the first and last characters of every length", "[text][limits]") {
  for (const std::string& good :
       {""s, "a"s, "\x7f"s, "\0"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s,
        "\xEE\x80\x80"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s, "aé漢🦆"s})
    CHECK(utf8::is_valid(good));
  for (const std::string& bad :
       {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\x7F"s, "\xC2\xC0"s,
        "\xE0\x9F\xBF"s, "\xE0\xA0"s, "\xED\xA0\x80"s, "\xED\xBF\xBF"s, "\xF0\x8F\xBF\xBF"s,
        "\xF0\x90\x80"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xFF"s, "a\x80"s}) {
    CHECK_FALSE(utf8::is_valid(bad));
    CHECK_FALSE(utf8::is_valid("x" + bad + "y"));
  }
}

TEST_CASE("utf8: characters, and what is none", "[text]") {
  CHECK(utf8::character("") == 0);
  CHECK(utf8::character("ab") == 1);
  CHECK(utf8::character("\u00e9x") == 2);
  CHECK(utf8::character("\u20acx") == 3);
  CHECK(utf8::character("\U0001f600") == 4);
  CHECK(utf8::character("\xe2\x82") == 0);      // cut off
  CHECK(utf8::character("\xc0\x80") == 0);      // overlong
  CHECK(utf8::character("\xed\xa0\x80") == 0);  // a surrogate
  CHECK(utf8::character("\xf4\x90\x80\x80") == 0);
}

TEST_CASE("utf8: control characters are not shown", "[text]") {
  CHECK(utf8::control("\x1b[0m") == 1);
  CHECK(utf8::control("\x7f") == 1);
  CHECK(utf8::control("\u0085") == 2);
  CHECK(utf8::control("\u00a0") == 0);
  CHECK(utf8::control("") == 0);
  CHECK(utf8::shown("\u0085") == 0);
  CHECK(utf8::shown("a") == 1);
}

TEST_CASE("utf8: length, prefix and append agree", "[text]") {
  std::string text;
  for (const uint32_t code : {0x41U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xffffU, 0x10000U, 0x10ffffU})
    utf8::append(text, code);
  CHECK(utf8::is_valid(text));
  CHECK(utf8::length(text) == 8);
  CHECK(text.size() == 2 * (1 + 2 + 3 + 4));
  for (size_t bytes = 0; bytes <= text.size() + 1; ++bytes) {
    const std::string_view part = utf8::prefix(text, bytes);
    CHECK(utf8::is_valid(part));
    CHECK(part.size() <= bytes);
    CHECK(part.size() + 4 > std::min(bytes, text.size()));
  }
}
