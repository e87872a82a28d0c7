/// \file
/// What options may be, as data that stands beside them in WICK_OPTIONS.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "wick/export.h"

namespace wick::nn {

/// What an option of a layer may be. Constructors check it (`checked`), and model files, the JSON
/// Schema and the shape check of model files read it.
struct OptionRules {
  std::optional<double> minimum = {};  ///< the smallest number that it may be; a list's sizes, too
  std::optional<double> maximum = {};  ///< the largest
  bool above = false;                  ///< it has to be above `minimum`
  std::array<const char*, 16> choices = {};  ///< the strings that it may be, up to a null pointer
  /// What to say of another value in place of the usual text; {} stands for the value.
  std::string_view message = {};
  /// It is the size of that dimension of the input, -1 for the last; a list, of those from there
  /// on.
  std::optional<int> input_dim = {};
  std::optional<int> output_dim = {};  ///< the same for the output
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
  /// It is larger than `minimum`.
  OptionField above(double minimum) const {
    OptionField result = at_least(minimum);
    result.rules.above = true;
    return result;
  }
  /// It is neither smaller than `minimum` nor larger than `maximum`.
  OptionField between(double minimum, double maximum) const {
    OptionField result = at_least(minimum);
    result.rules.maximum = maximum;
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

}  // namespace wick::nn
