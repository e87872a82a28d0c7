#include "wick/nn/option.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "nn/model/problems.h"
#include "nn/python_text.h"
#include "wick/format.h"

namespace wick::nn {

using wick::detail::filled;

namespace {

/// Whole numbers without a point.
std::string number_text(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<int64_t>(value));
  return python_text(value);
}

/// A message of PyTorch's, which need not say what was given, and that.
std::string with_value(std::string message, std::string_view value, const std::string& shown) {
  const size_t at = message.find(value);
  const auto in_word = [&](size_t i) {
    return i < message.size() && std::isalnum(static_cast<unsigned char>(message[i]));
  };
  if (at == message.npos || value.empty() || in_word(at - 1) || in_word(at + value.size()))
    return message + " Got: " + shown;
  // A value that came out of a file may be as long as the file.
  if (value.size() > model::longest_name_shown)
    message.replace(at, value.size(), model::shortened(value, model::longest_name_shown));
  return message;
}

[[noreturn]] void out_of_range(std::string_view option, const std::string& value, double minimum,
                               double maximum, const std::string& message) {
  OptionError error(option, message.empty() ? "" : with_value(message, value, value));
  error.minimum = minimum;
  if (std::isfinite(maximum)) error.maximum = maximum;
  if (!message.empty()) throw error;
  OptionError described(option, fmt::format("{} {}, got {}", option, error.expectation(), value));
  described.minimum = error.minimum;
  described.maximum = error.maximum;
  throw described;
}

}  // namespace

OptionError::OptionError(std::string_view option, const std::string& message)
    : ValueError(message), option_(option) {}
OptionError::~OptionError() = default;

std::string OptionError::expectation() const {
  if (!choices.empty()) {
    std::string text = "must be ";
    for (size_t i = 0; i < choices.size(); ++i) {
      if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
      text += "\"" + choices[i] + "\"";
    }
    return text;
  }
  if (minimum && maximum)
    return fmt::format("must be between {} and {}", number_text(*minimum), number_text(*maximum));
  if (minimum) return fmt::format("must be at least {}", number_text(*minimum));
  if (maximum) return fmt::format("must be at most {}", number_text(*maximum));
  return "";
}

void check_choice(std::string_view option, const std::string& value,
                  std::span<const std::string_view> choices, const std::string& message) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  const std::string shown = model::quoted_name(value, model::longest_name_shown);
  OptionError error(option, message.empty() ? "" : with_value(message, value, shown));
  error.choices.assign(choices.begin(), choices.end());
  if (!message.empty()) throw error;
  OptionError described(option, fmt::format("{} {}, got {}", option, error.expectation(), shown));
  described.choices = error.choices;
  throw described;
}

void check_choice(std::string_view option, const std::string& value,
                  std::initializer_list<std::string_view> choices, const std::string& message) {
  check_choice(option, value, std::span(choices.begin(), choices.size()), message);
}

void check_range(std::string_view option, double value, double minimum, double maximum,
                 const std::string& message) {
  if (!(value >= minimum && value <= maximum))
    out_of_range(option, python_text(value), minimum, maximum, message);
}

void check_range(std::string_view option, int64_t value, int64_t minimum, int64_t maximum,
                 const std::string& message) {
  const double most = maximum == std::numeric_limits<int64_t>::max()
                          ? std::numeric_limits<double>::infinity()
                          : static_cast<double>(maximum);
  if (value == required) {
    OptionError error(option, fmt::format("{} must be given", option));
    error.minimum = static_cast<double>(minimum);
    throw error;
  }
  if (value < minimum || value > maximum)
    out_of_range(option, std::to_string(value), static_cast<double>(minimum), most, message);
}

namespace {

/// "above 0 and at most 1", "finite"
std::string limits(const OptionRules& rules) {
  std::string text;
  if (rules.minimum)
    text = fmt::format("{} {}", rules.above ? "above" : "at least", number_text(*rules.minimum));
  if (rules.maximum)
    text += fmt::format("{}{} {}", text.empty() ? "" : " and ", rules.below ? "below" : "at most",
                        number_text(*rules.maximum));
  if (rules.finite) text += text.empty() ? "finite" : " and finite";
  return text;
}

/// Of a value that is not within limits of which an OptionError's minimum and maximum say too
/// little.
[[noreturn]] void outside(std::string_view name, const std::string& shown,
                          const OptionRules& rules) {
  const std::string message = filled(rules.message, shown);
  throw OptionError(name, message.empty()
                              ? fmt::format("{} must be {}, got {}", name, limits(rules), shown)
                              : with_value(message, shown, shown));
}

void check(std::string_view name, double value, const OptionRules& rules) {
  if (rules.allows(value)) return;
  const std::string shown = python_text(value);
  if (!rules.minimum || rules.above || rules.below || rules.within(value))
    outside(name, shown, rules);
  const double most = rules.maximum.value_or(std::numeric_limits<double>::infinity());
  out_of_range(name, shown, *rules.minimum, most, filled(rules.message, shown));
}

void check(std::string_view name, int64_t value, const OptionRules& rules) {
  if (!rules.minimum && !rules.allows(value) && value != required)
    outside(name, std::to_string(value), rules);
  constexpr int64_t any = required + 1;
  const int64_t least = rules.minimum ? std::max(rules.least(), any) : any;
  check_range(name, value, least, rules.most(), filled(rules.message, std::to_string(value)));
}

void check(std::string_view name, const std::string& value, const OptionRules& rules) {
  std::vector<std::string_view> choices;
  for (const char* choice : rules.choices)
    if (choice) choices.emplace_back(choice);
  if (!choices.empty()) check_choice(name, value, choices, filled(rules.message, value));
}

void check(std::string_view name, const Shape& value, const OptionRules& rules) {
  for (const int64_t size : value) check(name, size, rules);
}

void check(std::string_view, bool, const OptionRules&) {}
void check(std::string_view, DType, const OptionRules&) {}

void check(std::string_view name, const StringOrShape& value, const OptionRules& rules) {
  std::visit([&](const auto& v) { check(name, v, rules); }, value);
}

template <class T>
void check(std::string_view name, const std::optional<T>& value, const OptionRules& rules) {
  if (value) check(name, *value, rules);
}
template <class T>
void check(std::string_view name, const std::vector<T>& value, const OptionRules& rules) {
  for (const T& item : value) check(name, item, rules);
}

}  // namespace

void detail::check_rules(std::string_view name, const Visitor::Option& value,
                         const OptionRules& rules) {
  std::visit([&](const auto* v) { check(name, *v, rules); }, value);
}

}  // namespace wick::nn
