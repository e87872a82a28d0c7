/// \file
/// Options as data: WICK_OPTIONS names the fields of an options struct once, and what they may be
/// stands beside their names. Layers, optimizers and schedulers read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wick/export.h"

namespace wick {

/// What an option may be. Constructors check it, and model files, the JSON Schema and the shape
/// check of model files read it.
struct WICK_API OptionRules {
  std::optional<double> minimum = {};        ///< the smallest number that it may be; a list's, too
  std::optional<double> maximum = {};        ///< the largest
  bool above = false;                        ///< it has to be above `minimum`
  bool below = false;                        ///< it has to be below `maximum`
  bool finite = false;                       ///< it is not infinite, and not nan
  std::array<const char*, 16> choices = {};  ///< the strings that it may be, up to a null pointer
  /// What to say of another value in place of the usual text; {} stands for the value. Of a list of
  /// an optimizer, {i} stands for its place.
  std::string_view message = {};
  /// It is the size of that dimension of the input, -1 for the last; a list, of those from there
  /// on.
  std::optional<int> input_dim = {};
  std::optional<int> output_dim = {};  ///< the same for the output

  /// Whether it may have this value. nan is within no limits.
  bool allows(double value) const;
  bool allows(int64_t value) const;
  bool allows(std::string_view value) const;
  /// Whether the number is within the limits, finite or not.
  bool within(double value) const;
  /// The smallest and the largest integer within the limits, if there are any.
  int64_t least() const;
  int64_t most() const;
};

/// An option with its rules: what `option` makes.
template <class T>
struct OptionField {
  T& field;
  OptionRules rules = {};

  /// It is at least `minimum`. nan never is.
  OptionField at_least(double minimum) const {
    OptionField result = *this;
    result.rules.minimum = minimum;
    return result;
  }
  /// It is at most `maximum`.
  OptionField at_most(double maximum) const {
    OptionField result = *this;
    result.rules.maximum = maximum;
    return result;
  }
  /// It is larger than `minimum`.
  OptionField above(double minimum) const {
    OptionField result = at_least(minimum);
    result.rules.above = true;
    return result;
  }
  /// It is smaller than `maximum`.
  OptionField below(double maximum) const {
    OptionField result = at_most(maximum);
    result.rules.below = true;
    return result;
  }
  /// It is neither smaller than `minimum` nor larger than `maximum`.
  OptionField between(double minimum, double maximum) const {
    return at_least(minimum).at_most(maximum);
  }
  /// It is neither infinite nor nan.
  OptionField finite() const {
    OptionField result = *this;
    result.rules.finite = true;
    return result;
  }
  /// It is one of these strings, 15 at most.
  template <size_t... sizes>
  OptionField one_of(const char (&... choices)[sizes]) const {
    static_assert(sizeof...(sizes) > 0 && sizeof...(sizes) < 16);
    OptionField result = *this;
    result.rules.choices = {choices...};
    return result;
  }
  /// It is what these rules say, in place of what was said before.
  OptionField follows(const OptionRules& others) const { return {field, others}; }
  /// What an error says; {} stands for the value that is wrong.
  OptionField says(std::string_view message) const {
    OptionField result = *this;
    result.rules.message = message;
    return result;
  }
  /// It is the size of dimension `dim` of the input; a negative one counts from the end.
  OptionField size_of_input(int dim) const {
    OptionField result = *this;
    result.rules.input_dim = dim;
    return result;
  }
  /// It is the size of dimension `dim` of the output.
  OptionField size_of_output(int dim) const {
    OptionField result = *this;
    result.rules.output_dim = dim;
    return result;
  }
};

/// For WICK_OPTIONS: an option of which more is said than its name.
///
///     struct ScaleOptions {
///       double factor = 1;
///       std::string mode = "linear";
///       WICK_OPTIONS(nn::option(factor).between(-10, 10), nn::option(mode).one_of("linear",
///       "log"))
///     };
template <class T>
OptionField<T> option(T& field) {
  return {field};
}

namespace detail {

/// Where the first item of a list ends: at a comma that stands in no brackets and no text.
constexpr size_t end_of_item(std::string_view list) {
  int depth = 0;
  bool text = false;
  for (size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (text && c == '\\')
      ++i;  // and what it stands before
    else if (c == '"')
      text = !text;
    else if (!text && (c == '(' || c == '{'))
      ++depth;
    else if (!text && (c == ')' || c == '}'))
      --depth;
    else if (!text && c == ',' && depth == 0)
      return i;
  }
  return list.size();
}

/// Takes the first name off the list that WICK_OPTIONS and WICK_MODULE write: that of a field, or
/// of the one in option(..), without a trailing underscore.
constexpr std::string_view next_name(std::string_view& names) {
  const size_t end = end_of_item(names);
  std::string_view name = names.substr(0, end);
  names.remove_prefix(end < names.size() ? end + 1 : names.size());
  if (const size_t open = name.find('('); open != name.npos)  // option(name).at_least(..)
    name = name.substr(open + 1, name.find(')') - open - 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with('_') || name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

/// The names in the WICK_OPTIONS of the struct.
template <class Options>
constexpr auto names_of_options() {
  constexpr auto count = [] {
    size_t number = 0;
    for (std::string_view list = Options::option_list_(); !list.empty(); ++number) next_name(list);
    return number;
  }();
  std::array<std::string_view, count> names = {};
  std::string_view list = Options::option_list_();
  for (std::string_view& name : names) name = next_name(list);
  return names;
}

/// `message` with `value` in the place of `mark`.
WICK_API std::string filled(std::string_view message, std::string_view value,
                            std::string_view mark = "{}");
}  // namespace detail

}  // namespace wick

/// Names the fields of an options struct, once. Options structs stand at namespace scope, and every
/// field has a default:
/// `struct DropoutOptions { double p = 0.5; bool inplace = false; WICK_OPTIONS(p, inplace) };`
/// Limits, choices and the like stand beside the name: `WICK_OPTIONS(nn::option(p).between(0, 1),
/// inplace)`. Which types fields may have is up to who reads them: wick/nn/visitor.h for layers,
/// wick/optim/option.h for optimizers.
#define WICK_OPTIONS(...)                                                      \
  static constexpr std::string_view option_list_() { return "" #__VA_ARGS__; } \
  template <class Visitor_>                                                    \
  void visit(Visitor_& visitor_) {                                             \
    visitor_.each("" #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__);                 \
  }
