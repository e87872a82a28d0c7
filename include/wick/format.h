/// \file
/// fmt formatters and std::ostream output for wick's types, and set_printoptions. The texts are
/// PyTorch's with `torch.` dropped. The one header that includes fmt.
#pragma once

#include <fmt/core.h>

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "wick/tensor.h"

namespace wick {

/// How tensors print: torch.set_printoptions, with its defaults.
struct PrintOptions {
  int precision = 4;               ///< digits after the point, at most 1074 (a double has no more)
  int64_t threshold = 1000;        ///< with more elements, a summary is printed
  int64_t edgeitems = 3;           ///< elements shown at each end of a summarised dimension
  int64_t linewidth = 80;          ///< columns of a line
  std::optional<bool> sci_mode{};  ///< scientific notation: always, never, or where it helps
};

/// Sets the options of all threads; throws ValueError for negative ones.
/// `set_printoptions({.precision = 2})` leaves the others at their defaults, and
/// `set_printoptions({})` brings all of them back.
WICK_API void set_printoptions(const PrintOptions& options);
/// The options in force.
WICK_API PrintOptions get_printoptions();

namespace detail {
WICK_API std::ostream& write(std::ostream& out, std::string_view text);
}  // namespace detail

/// The elements of `t` formatted one by one with a fmt spec such as "8.4f", in the layout of
/// print, columns aligned; a 0-d tensor gives just its number. Floating elements are formatted as
/// double, integers as int64_t (as double if the spec ends in one of aAeEfFgG, as in Python) and
/// bools as bool. An empty spec gives what print gives: PyTorch's text with `torch.` dropped, and
/// `[ Tensor (undefined) ]` for an undefined tensor. Throws fmt::format_error for a spec that does
/// not fit the elements; widths taken from arguments ("{:{}}") are not supported.
WICK_API std::string format_tensor(const Tensor& t, std::string_view spec = {});

/// Writes `format_tensor(t)`.
WICK_API std::ostream& operator<<(std::ostream& out, const Tensor& t);
/// Writes "[32, 100, 512]".
WICK_API std::ostream& operator<<(std::ostream& out, const Shape& shape);
/// Writes "float32".
WICK_API std::ostream& operator<<(std::ostream& out, DType dtype);
/// Writes "cpu" or "meta".
WICK_API std::ostream& operator<<(std::ostream& out, Device device);

/// `value` as Python prints it: the shortest digits that read back as the same double, always
/// recognisable as a float: "1.0", "0.1", "1e-05", "inf", "nan".
WICK_API std::string python_repr(double value);

/// Types that print as their to_string(): modules, parameters, reports, scalars.
template <class T>
concept Printable = requires(const T& value) {
  typename T::wick_printable;
  value.to_string();
};

template <Printable T>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return detail::write(out, value.to_string());
}
namespace nn {
using wick::operator<<;  // where argument-dependent lookup finds it for modules
}

namespace detail {
/// Throws fmt::format_error, which fmt/core.h does not define.
[[noreturn]] WICK_API void invalid_format_spec();
/// `text` formatted with a fmt spec for strings, such as ">20".
WICK_API std::string format_text(std::string_view text, std::string_view spec);

/// A formatter that keeps its spec as text: with fmt/core.h alone, fmt's own formatters of strings
/// are declared and not defined.
struct SpecFormatter {
  constexpr auto parse(fmt::format_parse_context& context) {
    auto it = context.begin();
    while (it != context.end() && *it != '}') {
      if (*it == '{') invalid_format_spec();
      ++it;
    }
    spec = {context.begin(), static_cast<size_t>(it - context.begin())};
    return it;
  }
  template <class Context>
  static auto append(std::string_view text, Context& context) {
    auto out = context.out();
    for (const char c : text) *out++ = c;
    return out;
  }

  std::string_view spec;
};

/// What prints as text of its own.
struct TextFormatter : SpecFormatter {
  template <class Context>
  auto formatted(std::string_view text, Context& context) const {
    if (spec.empty()) return append(text, context);
    return append(format_text(text, spec), context);
  }
};
}  // namespace detail

}  // namespace wick

template <>
struct fmt::formatter<wick::Shape> : wick::detail::TextFormatter {
  template <class Context>
  auto format(const wick::Shape& shape, Context& context) const {
    return formatted(shape.to_string(), context);
  }
};

template <>
struct fmt::formatter<wick::Dims> : fmt::formatter<wick::Shape> {};

template <>
struct fmt::formatter<wick::DType> : wick::detail::TextFormatter {
  template <class Context>
  auto format(wick::DType dtype, Context& context) const {
    return formatted(wick::name(dtype), context);
  }
};

template <>
struct fmt::formatter<wick::Device> : wick::detail::TextFormatter {
  template <class Context>
  auto format(wick::Device device, Context& context) const {
    return formatted(wick::name(device), context);
  }
};

template <>
struct fmt::formatter<wick::Tensor> : wick::detail::SpecFormatter {
  template <class Context>
  auto format(const wick::Tensor& t, Context& context) const {
    return append(wick::format_tensor(t, spec), context);
  }
};

template <>
struct fmt::formatter<wick::Indexed> : fmt::formatter<wick::Tensor> {};

template <wick::Printable T>
struct fmt::formatter<T> : wick::detail::TextFormatter {
  template <class Context>
  auto format(const T& value, Context& context) const {
    return formatted(value.to_string(), context);
  }
};
