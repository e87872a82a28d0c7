#include "wick/optim/option.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "wick/nn/option.h"
#include "wick/ops.h"
#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {
namespace {

Tensor row(const double* values, size_t count) {
  const Tensor result =
      empty({static_cast<int64_t>(count)}, {.dtype = float64, .device = Device::cpu});
  std::copy_n(values, count, result.data_ptr<double>());
  return result;
}

}  // namespace

Tensor Option::to_tensor() const {
  const Device cpu = Device::cpu;
  switch (kind_) {
    case Kind::number:
      return full({}, number(), {.dtype = float64, .device = cpu});
    case Kind::integer:
      return full({}, integer(), {.dtype = int64, .device = cpu});
    case Kind::boolean:
      return full({}, boolean(), {.dtype = bool_, .device = cpu});
    case Kind::text: {
      const auto length = static_cast<int64_t>(text().size());
      const Tensor bytes = empty({length}, {.dtype = uint8, .device = cpu});
      std::copy_n(text().data(), length, bytes.data_ptr<uint8_t>());
      return bytes;
    }
    case Kind::pair:
      return row(pair().data(), 2);
    case Kind::list:
      return row(list().data(), list().size());
  }
  return {};
}

std::string Option::to_string() const {
  switch (kind_) {
    case Kind::number:
      return fmt::format("{}", number());
    case Kind::integer:
      return std::to_string(integer());
    case Kind::boolean:
      return boolean() ? "True" : "False";
    case Kind::text:
      return text().empty() ? "None" : text();
    case Kind::pair:
      return fmt::format("({}, {})", python_repr(pair()[0]), python_repr(pair()[1]));
    case Kind::list:
      return fmt::format("[{}]", fmt::join(list(), ", "));
  }
  return {};
}

// -- What options may be -----------------------------------------------------------------------

namespace detail {

void OptionPlaces::take(std::string_view name, PerGroup& field) { take(name, field.values_); }

void OptionList::add(std::string_view name, PerGroup& field, const OptionRules& rules) {
  items.push_back({Option(name, field.values_), rules, !field.values_.empty()});
}

namespace {

/// Of a value that the rules do not allow: what they say, with the value as `shown`.
[[noreturn]] void fail(std::string_view name, const OptionRules& rules, const std::string& shown) {
  nn::OptionError error(name, wick::detail::filled(rules.message, shown));
  if (!rules.above) error.minimum = rules.minimum;
  if (!rules.below) error.maximum = rules.maximum;
  for (const char* choice : rules.choices)
    if (choice) error.choices.emplace_back(choice);
  throw error;
}

void check(std::string_view name, double value, const OptionRules& rules,
           const std::string& shown) {
  if (rules.allows(value)) return;
  const bool outside = !rules.within(value);
  // A text without the value is about the limits.
  if (!rules.message.empty() && (outside || rules.message.find("{}") != rules.message.npos))
    fail(name, rules, shown);
  if (rules.finite && !std::isfinite(value))
    throw nn::OptionError(name, fmt::format("Expected a finite {}, but got {}", name, shown));
  nn::detail::check_rules(name, &value, rules);
}

void check(std::string_view name, std::span<const double> values, OptionRules rules,
           std::string (*show)(double)) {
  const std::string_view message = rules.message;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string here = wick::detail::filled(message, std::to_string(i), "{i}");
    rules.message = here;
    check(name, values[i], rules, show(values[i]));
  }
}

std::string plain(double value) { return fmt::format("{}", value); }

void check(const OptionList::Item& item) {
  const auto& [option, rules, given] = item;
  const std::string_view name = option.name();
  switch (option.kind()) {
    case Option::Kind::number:
      return check(name, option.number(), rules, plain(option.number()));
    case Option::Kind::integer:
      if (rules.allows(option.integer())) return;
      if (rules.message.empty()) nn::detail::check_rules(name, &option.integer(), rules);
      fail(name, rules, std::to_string(option.integer()));
    case Option::Kind::text:
      if (rules.allows(option.text())) return;
      if (rules.message.empty()) nn::detail::check_rules(name, &option.text(), rules);
      fail(name, rules, option.text());
    case Option::Kind::pair:
      return check(name, option.pair(), rules, python_repr);
    case Option::Kind::list:
      return check(name, option.list(), rules, plain);
    case Option::Kind::boolean:
      return;
  }
}

}  // namespace

void check(const OptionList& options, std::string_view who) {
  for (const OptionList::Item& item : options.items) {
    const std::string_view name = item.option.name();
    if (!item.given)
      throw nn::OptionError(
          name, who.empty() ? fmt::format("parameter group didn't specify a value of required "
                                          "optimization parameter {}",
                                          name)
                            : fmt::format("{} needs a value of {}", who, name));
    check(item);
  }
}

std::string format_number(double value, std::string_view spec) {
  return fmt::format(fmt::runtime(fmt::format("{{:{}}}", spec)), value);
}

}  // namespace detail

}  // namespace wick::optim
