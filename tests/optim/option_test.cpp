// The options of an optimizer of one's own: what its WICK_OPTIONS says is checked, and how.
#include "wick/optim/option.h"

#include <cmath>
#include <sstream>

#include "catch.h"
#include "wick/nn/option.h"
#include "wick/optim/lr_scheduler_base.h"
#include "wick/optim/sgd.h"

namespace {

namespace optim = wick::optim;
using wick::option;

struct ManyOptions {
  optim::Required<double> lr = {};
  double free = 1;
  double part = 0.5;
  double scale = 1;
  int64_t count = 1;
  int64_t size = 1;
  std::string mode_ = "a";
  std::string kind = "x";
  std::array<double, 2> pair = {0.5, 0.5};
  std::vector<double> list = {1};
  std::optional<int64_t> limit = {};
  optim::PerGroup rates = {};
  bool flag = false;
  WICK_OPTIONS(option(lr).follows(optim::rules::learning_rate), free,
               option(part).between(0, 1).says("a part of 1"), option(scale).finite(),
               option(count).at_least(1), option(size).below(8).says("{} is too large"),
               option(mode_).one_of("a", "b"), option(kind).one_of("x").says("what is {}?"),
               option(pair).at_least(0).below(1).says("{i}: {}"), option(list).above(0),
               option(limit).at_least(0), option(rates).at_least(0), flag)

  void check() const {
    if (flag && count == 1) throw wick::ValueError("a flag needs a count");
  }
};

const ManyOptions right{.lr = 1, .rates = {1, 2}};

/// What is said of `right` with one option set to something else.
template <class T, class V>
std::string told(T ManyOptions::*field, V value) {
  ManyOptions options = right;
  options.*field = value;
  try {
    optim::checked(options);
  } catch (const wick::ValueError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("options are what the rules beside them say", "[optim][options]") {
  using M = ManyOptions;
  const double nan = std::nan("");
  CHECK(optim::checked(right).lr == 1);
  CHECK(told(&M::lr, -1) == "Invalid learning rate: -1");
  CHECK(told(&M::lr, wick::inf) == "Invalid learning rate: inf");
  CHECK(told(&M::lr, nan) == "Invalid learning rate: nan");
  CHECK(told(&M::free, nan).empty());
  CHECK(told(&M::part, 1).empty());
  CHECK(told(&M::part, 1.5) == "a part of 1");
  CHECK(told(&M::part, nan) == "a part of 1");
  CHECK(told(&M::scale, -wick::inf) == "Expected a finite scale, but got -inf");
  CHECK(told(&M::count, 0) == "count must be at least 1, got 0");
  CHECK(told(&M::size, 7).empty());
  CHECK(told(&M::size, 8) == "8 is too large");
  CHECK(told(&M::mode_, "c") == "mode must be \"a\" or \"b\", got \"c\"");
  CHECK(told(&M::kind, "y") == "what is y?");
  CHECK(told(&M::pair, std::array{0.0, 1.0}) == "1: 1.0");
  CHECK(told(&M::pair, std::array{-0.5, 1.0}) == "0: -0.5");
  CHECK(told(&M::list, std::vector<double>{}).empty());
  CHECK(told(&M::list, std::vector<double>{1, 0}) == "list must be above 0, got 0.0");
  CHECK(told(&M::limit, 0).empty());
  CHECK(told(&M::limit, -1) == "limit must be at least 0, got -1");
  CHECK(told(&M::rates, optim::PerGroup{1, -1}) == "rates must be at least 0, got -1.0");
  CHECK(told(&M::flag, true) == "a flag needs a count");
}

TEST_CASE("a message that does not show the value is about the limits", "[optim][options]") {
  struct Told {
    static std::string of(double value) {
      wick::OptionRules rules{.maximum = 1, .finite = true, .message = "too large"};
      optim::detail::OptionList list;
      list.items.push_back({optim::Option("factor", value), rules});
      try {
        optim::detail::check(list, "");
      } catch (const wick::ValueError& error) {
        return error.what();
      }
      return "";
    }
  };
  CHECK(Told::of(1).empty());
  CHECK(Told::of(2) == "too large");
  CHECK(Told::of(wick::inf) == "too large");
  CHECK(Told::of(-wick::inf) == "Expected a finite factor, but got -inf");
}

TEST_CASE("options that have to be given", "[optim][options]") {
  CHECK_THROWS_WITH(optim::checked(ManyOptions{}),
                    "parameter group didn't specify a value of required optimization parameter lr");
  CHECK_THROWS_WITH(optim::checked(ManyOptions{}, "it"), "it needs a value of lr");
  CHECK_THROWS_WITH(optim::checked(ManyOptions{.lr = 1}, "it"), "it needs a value of rates");

  // Required is used as what it holds.
  optim::SGDOptions options;
  CHECK_FALSE(options.lr.given());
  options.lr = 0.5;
  CHECK(options.lr.given());
  CHECK(options.lr == 0.5);
  options.lr *= 0.5;
  CHECK(options.lr * 2 == 0.5);
  ((options.lr += 1) -= 0.75) /= 2;
  CHECK(options.lr == 0.25);
  const double copy = options.lr;
  CHECK(copy == 0.25);
  // Nobody sets it by a reference, which would not be noticed.
  CHECK_FALSE(std::is_convertible_v<optim::Required<double>&, double&>);
  CHECK(std::pow(options.lr, 2) == 0.0625);
  CHECK(fmt::format("{} {:.1f}", options.lr, options.lr) == "0.25 0.2");
  std::ostringstream out;
  out << options.lr;
  CHECK(out.str() == "0.25");
}

TEST_CASE("errors of options say which it is, and what it may be", "[optim][options]") {
  const auto error_of = [](ManyOptions options) {
    try {
      optim::checked(std::move(options));
    } catch (const wick::nn::OptionError& error) {
      return error;
    }
    return wick::nn::OptionError("none", "");
  };
  ManyOptions options = right;
  options.part = 2;
  CHECK(error_of(options).option() == "part");
  CHECK(error_of(options).expectation() == "must be between 0 and 1");
  options = right;
  options.kind = "y";
  CHECK(error_of(options).choices == std::vector<std::string>{"x"});
  CHECK(error_of({}).option() == "lr");
}

TEST_CASE("the options of a struct by name", "[optim][options]") {
  ManyOptions options = right;
  std::string names;
  for (const optim::Option& named : optim::named_options(options))
    names += std::string(named.name()) + "=" + named.to_string() + " ";
  CHECK(names ==
        "lr=1 free=1 part=0.5 scale=1 count=1 size=1 mode=a kind=x pair=(0.5, 0.5) list=[1] "
        "rates=[1, 2] flag=False ");
  options.limit = 3;
  for (const optim::Option& named : optim::named_options(options))
    if (named.name() == "limit") named.integer() = 4;
  CHECK(options.limit == 4);
}
