// Every optimizer with every one of its options: at its limits and beyond, and changed between
// steps.
#include <cmath>
#include <limits>

#include "every_optimizer.h"

namespace {

using namespace any_optimizer;
using Kind = optim::Option::Kind;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double below_0 = -std::numeric_limits<double>::denorm_min();

/// f(options) for the options struct of the optimizer called `name`, with a learning rate.
template <class F>
void with_options(const std::string& name, const F& f) {
  const auto call = [&](auto options) {
    options.lr = 0.1;
    f(options);
  };
  if (name == "SGD") call(optim::SGDOptions());
  if (name == "Adam") call(optim::AdamOptions());
  if (name == "AdamW") call(optim::AdamWOptions());
  if (name == "NAdam") call(optim::NAdamOptions());
  if (name == "RAdam") call(optim::RAdamOptions());
  if (name == "Adamax") call(optim::AdamaxOptions());
  if (name == "RMSprop") call(optim::RMSpropOptions());
  if (name == "Adagrad") call(optim::AdagradOptions());
  if (name == "Adadelta") call(optim::AdadeltaOptions());
}

template <class Options>
bool is_valid(const Options& options) {
  try {
    optim::checked(options);
    return true;
  } catch (const wick::ValueError&) {
    return false;
  }
}

/// Options that make another one count.
json context(std::string_view option) {
  json options = {{"lr", 0.1}};
  if (option == "dampening" || option == "nesterov") options["momentum"] = 0.5;
  if (option == "decoupled_weight_decay") options["weight_decay"] = 0.5;
  if (option == "amsgrad") options["betas"] = {0.9, 0.5};
  return options;
}

/// Another value than the usual one.
json other_value(const optim::Option& option) {
  switch (option.kind()) {
    case Kind::boolean:
      return !option.boolean();
    case Kind::pair:
      return std::array{0.5, 0.75};
    default:
      return option.name() == "eps" ? 0.25 : 0.375;
  }
}

void set(const optim::Option& option, const json& value) {
  if (option.kind() == Kind::number) option.number() = value;
  if (option.kind() == Kind::boolean) option.boolean() = value;
  if (option.kind() == Kind::pair) option.pair() = value.get<std::array<double, 2>>();
}

/// Options of the first group, as they are.
std::vector<optim::Option> options_of(optim::Optimizer& optimizer) {
  const auto list = [&]<class O>(O*) -> std::vector<optim::Option> {
    auto* o = dynamic_cast<O*>(&optimizer);
    return o ? optim::named_options(o->param_groups()[0].options) : std::vector<optim::Option>();
  };
  std::vector<optim::Option> all;
  const auto add = [&](auto* type) {
    for (const optim::Option& option : list(type)) all.push_back(option);
  };
  add(static_cast<optim::SGD*>(nullptr));
  add(static_cast<optim::Adam*>(nullptr));
  add(static_cast<optim::AdamW*>(nullptr));
  add(static_cast<optim::NAdam*>(nullptr));
  add(static_cast<optim::RAdam*>(nullptr));
  add(static_cast<optim::Adamax*>(nullptr));
  add(static_cast<optim::RMSprop*>(nullptr));
  add(static_cast<optim::Adagrad*>(nullptr));
  add(static_cast<optim::Adadelta*>(nullptr));
  return all;
}

}  // namespace

TEST_CASE("numbers in options of optimizers: 0 is valid, less and nan are not",
          "[optim][options]") {
  for (const std::string& name : names())
    with_options(name, [&](auto options) {
      CAPTURE(name);
      CHECK(is_valid(options));
      for (const optim::Option& option : optim::named_options(options)) {
        CAPTURE(option.name());
        if (option.kind() == Kind::number) {
          const double usual = option.number();
          const auto takes = [&](double value) {
            option.number() = value;
            const bool valid = is_valid(options);
            option.number() = usual;
            return valid;
          };
          if (option.name() == "dampening") continue;  // may be anything, as in PyTorch
          CHECK(takes(0));
          CHECK(takes(std::numeric_limits<double>::denorm_min()));
          CHECK_FALSE(takes(below_0));
          CHECK_FALSE(takes(-1));
          CHECK_FALSE(takes(not_a_number));
          CHECK_FALSE(takes(-infinity));
          if (option.name() == "rho") {
            CHECK(takes(1));
            CHECK_FALSE(takes(std::nextafter(1.0, 2.0)));
          }
        }
        if (option.kind() == Kind::pair) {
          const auto usual = option.pair();
          for (const size_t i : {size_t{0}, size_t{1}}) {
            const auto takes = [&](double value) {
              option.pair()[i] = value;
              const bool valid = is_valid(options);
              option.pair() = usual;
              return valid;
            };
            CHECK(takes(0));
            CHECK(takes(std::nextafter(1.0, 0.0)));
            CHECK_FALSE(takes(1));
            CHECK_FALSE(takes(below_0));
            CHECK_FALSE(takes(not_a_number));
          }
        }
      }
      // The error names the option that is wrong.
      options.weight_decay = -0.5;
      CHECK_THROWS_WITH(optim::checked(options), "Invalid weight_decay value: -0.5");
    });
}

TEST_CASE("Nesterov's momentum needs momentum, and no dampening", "[optim][options]") {
  const auto valid = [](double momentum, double dampening) {
    return is_valid(
        optim::SGDOptions{.lr = 1, .momentum = momentum, .dampening = dampening, .nesterov = true});
  };
  CHECK(valid(0.5, 0));
  CHECK(valid(std::numeric_limits<double>::denorm_min(), 0));
  CHECK_FALSE(valid(0, 0));
  CHECK_FALSE(valid(0.5, 0.1));
  CHECK_FALSE(valid(0.5, -0.1));
  CHECK_FALSE(valid(0, 0.1));
}

TEST_CASE(
    "an option that is changed between steps counts from the next step on, in every optimizer",
    "[optim][options]") {
  for (const std::string& name : names()) {
    const auto probe = make(name, {parameter()}, {{"lr", 0.1}});
    for (const optim::Option& option : options_of(*probe)) {
      const std::string key(option.name());
      CAPTURE(name, key);
      const json usual = context(key);
      json changed = usual;
      changed[key] = other_value(option);
      // Changed before the first step it is as if it had been given.
      const Tensor a = parameter(), b = parameter(), c = parameter(), d = parameter();
      const auto given = make(name, {a}, changed);
      const auto set_later = make(name, {b}, usual);
      const auto never = make(name, {c}, usual);
      const auto set_between = make(name, {d}, usual);
      for (const optim::Option& o : options_of(*set_later))
        if (o.name() == key) set(o, changed[key]);
      CHECK(set_later->to_string() == given->to_string());
      run(*given, 1, 8);
      run(*set_later, 1, 8);
      run(*never, 1, 8);
      CHECK(a.equal(b));
      CHECK_FALSE(a.equal(c));  // it does something
      // In the middle it changes what follows, but for where an average begins.
      run(*set_between, 1, 4);
      const Tensor half_way = d.detach().clone();
      for (const optim::Option& o : options_of(*set_between))
        if (o.name() == key) set(o, changed[key]);
      run(*set_between, 4, 8);
      CHECK_FALSE(d.equal(half_way));
      if (key != "initial_accumulator_value") CHECK_FALSE(d.equal(c));
      // RAdam's first five steps, which are not rectified, do not look at eps.
      CHECK(d.equal(a) == (name == "RAdam" && key == "eps"));
      // And is part of the state.
      const Tensor e = c.detach().clone().requires_grad_();
      const auto loaded = make(name, {e}, usual);
      loaded->load_state_dict(set_between->state_dict());
      CHECK(loaded->to_string() == set_between->to_string());
    }
  }
}

TEST_CASE("maximize is the descent of the negative gradient, in every optimizer",
          "[optim][options]") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const Tensor up = parameter(), down = parameter();
    const auto a = make(name, {up}, {{"lr", 0.1}, {"maximize", true}, {"weight_decay", 0.125}});
    const auto b = make(name, {down}, {{"lr", 0.1}, {"weight_decay", 0.125}});
    for (int step = 1; step < 6; ++step) {
      up.set_grad(gradient(up, step));
      down.set_grad(-gradient(down, step));
      a->step();
      b->step();
    }
    CHECK(up.equal(down));
    CHECK(up.grad().equal(gradient(up, 5)));  // gradients are only read
  }
}

TEST_CASE("a learning rate of 0 changes nothing but the averages", "[optim][options]") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const Tensor p = parameter();
    const auto optimizer = make(name, {p}, {{"lr", 0}});
    run(*optimizer, 1, 4);
    CHECK(p.equal(parameter()));
  }
}
