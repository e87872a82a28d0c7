// What constructors say about their options: choices, ranges, and the words for them.
#include "wick/nn/option.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"

namespace {

namespace nn = wick::nn;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The error of `f`, which has to be an OptionError.
template <class F>
nn::OptionError error_of(F f) {
  try {
    f();
  } catch (const nn::OptionError& error) {
    return error;
  }
  FAIL("no error");
  return {"", ""};
}

template <class T>
bool is_taken(T value, T minimum, T maximum) {
  try {
    nn::check_range("x", value, minimum, maximum);
    return true;
  } catch (const nn::OptionError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("check_range takes a number at its limits and none beyond", "[nn][options]") {
  CHECK(is_taken(0.0, 0.0, 1.0));
  CHECK(is_taken(1.0, 0.0, 1.0));
  CHECK(is_taken(-0.0, 0.0, 1.0));
  CHECK(is_taken(0.5, 0.5, 0.5));
  CHECK_FALSE(is_taken(std::nextafter(0.0, -1.0), 0.0, 1.0));
  CHECK_FALSE(is_taken(std::nextafter(1.0, 2.0), 0.0, 1.0));
  CHECK_FALSE(is_taken(not_a_number, 0.0, 1.0));
  CHECK_FALSE(is_taken(not_a_number, -infinity, infinity));
  CHECK(is_taken(infinity, 0.0, infinity));
  CHECK(is_taken(-infinity, -infinity, 0.0));
  CHECK_NOTHROW(nn::check_range("x", infinity, 0));
  CHECK_NOTHROW(nn::check_range("x", 0.0, 0));

  constexpr int64_t least = std::numeric_limits<int64_t>::min() + 1;  // the smallest is `required`
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(is_taken<int64_t>(1, 1, 3));
  CHECK(is_taken<int64_t>(3, 1, 3));
  CHECK_FALSE(is_taken<int64_t>(0, 1, 3));
  CHECK_FALSE(is_taken<int64_t>(4, 1, 3));
  CHECK(is_taken<int64_t>(most, 0, most));
  CHECK(is_taken<int64_t>(least, least, 0));
  CHECK_FALSE(is_taken<int64_t>(most, 0, most - 1));  // one double, but two integers
  CHECK_FALSE(is_taken<int64_t>(least, least + 1, 0));
  CHECK_NOTHROW(nn::check_range("x", most, 0));
}

TEST_CASE("check_range says what the option may be, for people and for programs", "[nn][options]") {
  auto error = error_of([] { nn::check_range("p", 1.5, 0, 1); });
  CHECK(std::string(error.what()) == "p must be between 0 and 1, got 1.5");
  CHECK(error.option() == "p");
  CHECK(error.minimum == 0.0);
  CHECK(error.maximum == 1.0);
  CHECK(error.choices.empty());
  CHECK(error.expectation() == "must be between 0 and 1");

  error = error_of([] { nn::check_range("beta", -1.0, 0.5); });
  CHECK(std::string(error.what()) == "beta must be at least 0.5, got -1.0");
  CHECK(error.minimum == 0.5);
  CHECK_FALSE(error.maximum);

  error = error_of([] { nn::check_range("n", int64_t{-1}, 0); });
  CHECK(std::string(error.what()) == "n must be at least 0, got -1");
  CHECK_FALSE(error.maximum);
  error = error_of([] { nn::check_range("n", int64_t{7}, 1, 6); });
  CHECK(std::string(error.what()) == "n must be between 1 and 6, got 7");
  CHECK(error.maximum == 6.0);

  // A text of one's own; what programs read stays.
  error = error_of([] { nn::check_range("p", not_a_number, 0, 1, "no probability"); });
  CHECK(std::string(error.what()) == "no probability Got: nan");
  CHECK(error.minimum == 0.0);
  CHECK(error.maximum == 1.0);
  error = error_of([] { nn::check_range("n", int64_t{7}, 1, 6, "no die"); });
  CHECK(std::string(error.what()) == "no die Got: 7");
  CHECK(error.minimum == 1.0);
}

TEST_CASE("an integer that has to be given is told as missing, not as out of range",
          "[nn][options]") {
  auto error = error_of([] { nn::check_range("in_features", nn::required, 3, 5, "mine"); });
  CHECK(std::string(error.what()) == "in_features must be given");
  CHECK(error.option() == "in_features");
  CHECK(error.minimum == 3.0);
  // The number next to it is a number.
  error = error_of([] { nn::check_range("n", nn::required + 1, 0); });
  CHECK(std::string(error.what()) == "n must be at least 0, got -9223372036854775807");
}

TEST_CASE("check_choice takes what is among the choices, letter for letter", "[nn][options]") {
  CHECK_NOTHROW(nn::check_choice("mode", "none", {"none", "mean", "sum"}));
  CHECK_NOTHROW(nn::check_choice("mode", "sum", {"none", "mean", "sum"}));
  for (const char* bad : {"", "Mean", "mea", "means", "none "})
    CHECK_THROWS_AS(nn::check_choice("mode", bad, {"none", "mean", "sum"}), nn::OptionError);
  auto error = error_of([] { nn::check_choice("mode", "max", {"none", "mean", "sum"}); });
  CHECK(std::string(error.what()) == "mode must be \"none\", \"mean\" or \"sum\", got \"max\"");
  CHECK(error.option() == "mode");
  CHECK(error.choices == std::vector<std::string>{"none", "mean", "sum"});
  error = error_of([] { nn::check_choice("mode", "max", {"none"}, "another text"); });
  CHECK(std::string(error.what()) == "another text Got: \"max\"");
  CHECK(error.choices == std::vector<std::string>{"none"});
  CHECK(error.expectation() == "must be \"none\"");
  error = error_of([] { nn::check_choice("mode", "max", {"a", "b"}); });
  CHECK(error.expectation() == "must be \"a\" or \"b\"");
}

TEST_CASE("the words for what an option may be", "[nn][options]") {
  nn::OptionError error("x", "text");
  CHECK(error.expectation().empty());
  error.maximum = 2.5;
  CHECK(error.expectation() == "must be at most 2.5");
  error.minimum = -1e20;  // whole, but no integer of 64 bits
  CHECK(error.expectation() == "must be between -1e+20 and 2.5");
  error.maximum = {};
  error.minimum = 999'999'999'999'999.0;
  CHECK(error.expectation() == "must be at least 999999999999999");
  error.minimum = 1e15;
  CHECK(error.expectation() == "must be at least 1000000000000000.0");
  error.choices = {"a"};  // choices say more than a range
  CHECK(error.expectation() == "must be \"a\"");
  const wick::ValueError& base = error;  // and it is caught as one
  CHECK(std::string(base.what()) == "text");
}
