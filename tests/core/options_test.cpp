// Options as data: what rules allow, and the names that WICK_OPTIONS writes down.
#include "wick/options.h"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"

using wick::option;
using wick::OptionRules;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("rules allow numbers within their limits", "[options]") {
  double x = 0;
  const auto allowed = [](const OptionRules& rules) {
    std::vector<double> found;
    for (const double value : {-infinity, -1., 0., 0.5, 1., 2., infinity})
      if (rules.allows(value)) found.push_back(value);
    CHECK(rules.allows(std::nan("")) == (!rules.minimum && !rules.maximum && !rules.finite));
    return found;
  };
  using Numbers = std::vector<double>;
  CHECK(allowed({}) == Numbers{-infinity, -1, 0, 0.5, 1, 2, infinity});
  CHECK(allowed(option(x).at_least(0).rules) == Numbers{0, 0.5, 1, 2, infinity});
  CHECK(allowed(option(x).above(0).rules) == Numbers{0.5, 1, 2, infinity});
  CHECK(allowed(option(x).at_most(1).rules) == Numbers{-infinity, -1, 0, 0.5, 1});
  CHECK(allowed(option(x).below(1).rules) == Numbers{-infinity, -1, 0, 0.5});
  CHECK(allowed(option(x).between(0, 1).rules) == Numbers{0, 0.5, 1});
  CHECK(allowed(option(x).above(0).below(1).rules) == Numbers{0.5});
  CHECK(allowed(option(x).finite().rules) == Numbers{-1, 0, 0.5, 1, 2});
  CHECK(allowed(option(x).at_least(0).finite().rules) == Numbers{0, 0.5, 1, 2});
  CHECK(option(x).at_least(0).finite().rules.within(infinity));
  // `follows` takes the place of all that was said.
  CHECK(allowed(option(x).at_least(2).follows(option(x).below(0).rules).rules) ==
        Numbers{-infinity, -1});
}

TEST_CASE("rules allow integers and texts", "[options]") {
  int64_t n = 0;
  std::string text;
  const auto between = option(n).between(0, 0x1p53).rules;
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{1} << 53})
    CHECK(between.allows(value));
  for (const int64_t value : {int64_t{-1}, (int64_t{1} << 53) + 1, INT64_MAX, INT64_MIN})
    CHECK_FALSE(between.allows(value));
  const auto inner = option(n).above(0).below(2).rules;
  CHECK(inner.allows(int64_t{1}));
  CHECK_FALSE(inner.allows(int64_t{0}));
  CHECK_FALSE(inner.allows(int64_t{2}));
  CHECK(OptionRules().allows(INT64_MIN));
  const auto choice = option(text).one_of("", "a").rules;
  CHECK(choice.allows(""));
  CHECK(choice.allows("a"));
  CHECK_FALSE(choice.allows("A"));
  CHECK(OptionRules().allows("anything"));
}

TEST_CASE("the names of fields are read from what the macro writes down", "[options]") {
  std::string_view names =
      "a, option(b_).says(\"it is {}, (not \\\"b, c\\\")\") , wick::option(c).one_of(\"x\", "
      "\"y\"),d_";
  std::string read;
  while (!names.empty()) read += std::string(wick::detail::next_name(names)) + ";";
  CHECK(read == "a;b;c;d;");
  CHECK(wick::detail::filled("a {} b {}", "1") == "a 1 b {}");
  CHECK(wick::detail::filled("at {i}: {}", "1", "{i}") == "at 1: {}");
  CHECK(wick::detail::filled("none", "1") == "none");
}

TEST_CASE("limits that are no integers bound integers all the same", "[options]") {
  double x = 0;
  const auto allows = [](const OptionRules& rules, int64_t value) { return rules.allows(value); };
  CHECK_FALSE(allows(option(x).at_least(0.5).rules, 0));
  CHECK(allows(option(x).at_least(0.5).rules, 1));
  CHECK(allows(option(x).above(-0.5).rules, 0));
  CHECK(allows(option(x).below(2.5).rules, 2));
  CHECK_FALSE(allows(option(x).below(2.5).rules, 3));
  CHECK_FALSE(allows(option(x).below(2).rules, 2));
  CHECK(allows(option(x).at_most(2.5).rules, 2));
  CHECK_FALSE(allows(option(x).at_most(-2.5).rules, -2));
  CHECK(allows(option(x).at_most(1e30).rules, std::numeric_limits<int64_t>::max()));
  CHECK(allows(option(x).at_least(-1e30).rules, std::numeric_limits<int64_t>::min()));
  CHECK_FALSE(allows(option(x).at_least(1e30).rules, 5));
  CHECK_FALSE(allows(option(x).at_most(-1e30).rules, 5));
  CHECK_FALSE(allows(option(x).above(0x1p63).rules, std::numeric_limits<int64_t>::max()));
}
