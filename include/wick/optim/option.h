/// \file
/// Options of optimizers and schedulers: what WICK_OPTIONS says of them is checked, printed, and
/// stored in state dicts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/format.h"
#include "wick/options.h"
#include "wick/scalar.h"
#include "wick/tensor.h"

namespace wick::optim {

class PerGroup;
namespace detail {
class OptionList;
class OptionPlaces;
}  // namespace detail

/// An option that has to be given: `Required<double> lr = {};` has no default. It is used as the
/// number that it holds; there is no reference to that one, through which it would be set
/// unnoticed.
template <class T>
class Required {
 public:
  Required() = default;
  Required(T value) : value_(value), given_(true) {}
  operator const T&() const { return value_; }
  operator Scalar() const { return value_; }  // tensor * options.lr
  bool given() const { return given_; }
  Required& operator+=(T by) { return *this = value_ + by; }
  Required& operator-=(T by) { return *this = value_ - by; }
  Required& operator*=(T by) { return *this = value_ * by; }
  Required& operator/=(T by) { return *this = value_ / by; }

 private:
  friend class detail::OptionList;
  friend class detail::OptionPlaces;
  T value_ = {};
  bool given_ = false;
};

/// A named place that holds an option or a number: what a state dict stores and a printed optimizer
/// shows. As tensors: a double is a 0-d float64, an integer a 0-d int64, a bool a 0-d bool, a text
/// its bytes (1-d uint8), a pair and a list 1-d float64.
class WICK_API Option {
 public:
  enum class Kind : uint8_t { number, integer, boolean, text, pair, list };

  Option(std::string_view name, double& place) : Option(name, Kind::number, &place) {}
  Option(std::string_view name, int64_t& place) : Option(name, Kind::integer, &place) {}
  Option(std::string_view name, bool& place) : Option(name, Kind::boolean, &place) {}
  Option(std::string_view name, std::string& place) : Option(name, Kind::text, &place) {}
  Option(std::string_view name, std::array<double, 2>& place) : Option(name, Kind::pair, &place) {}
  Option(std::string_view name, std::vector<double>& place) : Option(name, Kind::list, &place) {}

  std::string_view name() const { return name_; }
  Kind kind() const { return kind_; }
  double& number() const { return *static_cast<double*>(place_); }
  int64_t& integer() const { return *static_cast<int64_t*>(place_); }
  bool& boolean() const { return *static_cast<bool*>(place_); }
  std::string& text() const { return *static_cast<std::string*>(place_); }
  std::array<double, 2>& pair() const { return *static_cast<std::array<double, 2>*>(place_); }
  std::vector<double>& list() const { return *static_cast<std::vector<double>*>(place_); }

  /// The value as a tensor on the cpu.
  Tensor to_tensor() const;
  /// "0.1", "True", "(0.9, 0.999)", "None" for an empty text.
  std::string to_string() const;

 private:
  Option(std::string_view name, Kind kind, void* place) : name_(name), kind_(kind), place_(place) {}
  std::string_view name_;
  Kind kind_;
  void* place_;
};

/// What the options of several optimizers may be, with PyTorch's messages, for
/// `option(lr).follows(rules::learning_rate)`.
namespace rules {
inline constexpr OptionRules learning_rate = {
    .minimum = 0, .finite = true, .message = "Invalid learning rate: {}"};
inline constexpr OptionRules weight_decay = {
    .minimum = 0, .finite = true, .message = "Invalid weight_decay value: {}"};
inline constexpr OptionRules epsilon = {
    .minimum = 0, .finite = true, .message = "Invalid epsilon value: {}"};
inline constexpr OptionRules betas = {.minimum = 0,
                                      .maximum = 1,
                                      .below = true,
                                      .message = "Invalid beta parameter at index {i}: {}"};
}  // namespace rules

namespace detail {

/// What the WICK_OPTIONS of a struct names.
class WICK_API OptionList {
 public:
  /// An option, and what it may be.
  struct Item {
    Option option;
    OptionRules rules = {};
    bool given = true;
  };
  std::vector<Item> items = {};

  /// What WICK_OPTIONS calls.
  template <class... Fields>
  void each([[maybe_unused]] std::string_view names, Fields&&... fields) {
    if constexpr ((is_option(static_cast<std::remove_reference_t<Fields>*>(nullptr)) && ...))
      (take(wick::detail::next_name(names), fields), ...);
    else
      (require_option<std::remove_reference_t<Fields>>(), ...);
  }

 private:
  template <class T>
  void take(std::string_view name, OptionField<T>& field) {
    add(name, field.field, field.rules);
  }
  template <class T>
  void take(std::string_view name, T& field) {
    add(name, field, {});
  }

  template <class T>
  requires std::is_constructible_v<Option, std::string_view, T&>
  void add(std::string_view name, T& field, const OptionRules& rules) {
    items.push_back({Option(name, field), rules});
  }
  template <class T>
  requires std::is_constructible_v<Option, std::string_view, T&>
  void add(std::string_view name, Required<T>& field, const OptionRules& rules) {
    items.push_back({Option(name, field.value_), rules, field.given_});
  }
  /// Is an option only where it has a value.
  template <class T>
  requires std::is_constructible_v<Option, std::string_view, T&>
  void add(std::string_view name, std::optional<T>& field, const OptionRules& rules) {
    if (field) add(name, *field, rules);
  }
  void add(std::string_view name, PerGroup& field, const OptionRules& rules);

  template <class T>
  static constexpr bool is_option(T*) {
    return requires(OptionList & list, T & field) {
      list.add(std::string_view(), field, OptionRules());
    };
  }
  template <class T>
  static constexpr bool is_option(OptionField<T>*) {
    return is_option(static_cast<T*>(nullptr));
  }
  template <class T>
  static void require_option() {
    static_assert(
        is_option(static_cast<T*>(nullptr)),
        "the WICK_OPTIONS of an optimizer or a scheduler lists fields of these types only, alone "
        "or in wick::option(..): bool, int64_t (for int), double (for float), std::string, "
        "std::array<double, 2>, std::vector<double>, optim::PerGroup, and std::optional and "
        "optim::Required of those; leave other fields out");
  }
};

/// Where the options of a struct are, without their rules: what schedulers ask for at every step.
class WICK_API OptionPlaces {
 public:
  explicit OptionPlaces(const std::string_view* names) : name_(names) {}
  std::vector<Option> found = {};

  template <class... Fields>
  void each(std::string_view, Fields&&... fields) {
    // Of others, OptionList says that they are none.
    if constexpr (requires { (this->take(std::string_view(), fields), ...); })
      (take(*name_++, fields), ...);
  }

 private:
  template <class T>
  void take(std::string_view name, const OptionField<T>& field) {
    take(name, field.field);
  }
  template <class T>
  void take(std::string_view name, Required<T>& field) {
    take(name, field.value_);
  }
  template <class T>
  void take(std::string_view name, std::optional<T>& field) {
    if (field) take(name, *field);
  }
  void take(std::string_view name, PerGroup& field);
  template <class T>
  requires std::is_constructible_v<Option, std::string_view, T&>
  void take(std::string_view name, T& field) { found.emplace_back(name, field); }

  const std::string_view* name_;
};

template <class Options>
concept HasOptions = requires(Options& options, OptionList& list) {
  options.visit(list);
};

template <class Options>
OptionList list(Options& options) {
  static_assert(HasOptions<Options>,
                "name the fields of the options struct: WICK_OPTIONS(lr, ..), see wick/options.h");
  OptionList found;
  if constexpr (HasOptions<Options>) options.visit(found);
  return found;
}

/// Throws nn::OptionError for the first option that has to be given and was not, or that its rules
/// do not allow.
WICK_API void check(const OptionList& options, std::string_view who);

/// `value` formatted with a fmt spec such as ".3f".
WICK_API std::string format_number(double value, std::string_view spec);

}  // namespace detail

/// The options that the WICK_OPTIONS of the struct names, in that order, and where they are.
template <class Options>
std::vector<Option> named_options(Options& options) {
  if constexpr (requires { Options::option_list_(); }) {
    static constexpr auto names = wick::detail::names_of_options<Options>();
    detail::OptionPlaces places{names.data()};
    places.found.reserve(names.size());
    options.visit(places);
    return std::move(places.found);
  } else {
    return {};  // `checked` says what is missing
  }
}

/// `options`, once each of them is what its rules in WICK_OPTIONS say, and what their own
/// `void check() const` says of several at once, where the struct has one. Throws ValueError for
/// what is not (nn::OptionError where a rule is broken), and for what has to be given and was not:
/// the text of that names `who` needs it, or a parameter group.
template <class Options>
Options checked(Options options, std::string_view who = {}) {
  detail::check(detail::list(options), who);
  if constexpr (requires { options.check(); }) options.check();
  return options;
}

}  // namespace wick::optim

/// Prints the number.
template <>
struct fmt::formatter<wick::optim::Required<double>> : wick::detail::SpecFormatter {
  template <class Context>
  auto format(const wick::optim::Required<double>& value, Context& context) const {
    return append(wick::optim::detail::format_number(value, spec), context);
  }
};
