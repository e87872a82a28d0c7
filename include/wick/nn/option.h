/// \file
/// How the constructors of layers check their options: which are required, and which values they
/// may have.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wick/error.h"
#include "wick/nn/visitor.h"

namespace wick::nn {

/// The default of an integer option that has to be given: `int64_t in_features = nn::required;`.
/// (A Shape that has to be given is empty by default.)
inline constexpr int64_t required = std::numeric_limits<int64_t>::min();

/// An option of a layer has a value that it must not have. The message is free, and PyTorch's where
/// PyTorch has one; what the option may be is said in a form for programs.
class WICK_API OptionError : public ValueError {
 public:
  OptionError(std::string_view option, const std::string& message);
  ~OptionError() override;

  const std::string& option() const { return option_; }  ///< which option
  std::vector<std::string> choices = {};                 ///< the strings that it may be, if few
  std::optional<double> minimum = {};                    ///< the smallest number that it may be
  std::optional<double> maximum = {};                    ///< the largest
  /// `must be "none" or "tanh"`, `must be between 0 and 1`, `must be at least 0`, or "" if nothing
  /// is known.
  std::string expectation() const;

 private:
  std::string option_;
};

/// Throws OptionError unless `value` is among `choices`; `message` replaces the usual text.
///
///     nn::check_choice("approximate", options.approximate, {"none", "tanh"});
WICK_API void check_choice(std::string_view option, const std::string& value,
                           std::initializer_list<std::string_view> choices,
                           const std::string& message = {});
WICK_API void check_choice(std::string_view option, const std::string& value,
                           std::span<const std::string_view> choices,
                           const std::string& message = {});
/// Throws OptionError unless minimum <= value <= maximum (nan never is), or if the value is
/// `required`, which says that it was not given.
///
///     nn::check_range("p", options.p, 0, 1);
WICK_API void check_range(std::string_view option, double value, double minimum,
                          double maximum = std::numeric_limits<double>::infinity(),
                          const std::string& message = {});
/// The same for an integer.
WICK_API void check_range(std::string_view option, int64_t value, int64_t minimum,
                          int64_t maximum = std::numeric_limits<int64_t>::max(),
                          const std::string& message = {});

namespace detail {
/// Throws OptionError for a value that its rules do not allow.
WICK_API void check_rules(std::string_view name, const Visitor::Option& value,
                          const OptionRules& rules);
}  // namespace detail

/// `options`, once each of them is what its rules in WICK_OPTIONS say (wick/options.h);
/// throws OptionError for the first that is not, and for one that has to be given and was not.
///
///     explicit Dropout(DropoutOptions o) : options(nn::checked(std::move(o))) {}
template <class Options>
Options checked(Options options) {
  struct Check : Visitor {
    void option(std::string_view name, Option value) override {
      detail::check_rules(name, value, this->rules());
    }
  } check;
  options.visit(static_cast<Visitor&>(check));
  return options;
}

}  // namespace wick::nn
