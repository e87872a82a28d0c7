#include "ops/print/element_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/dispatch.h"
#include "core/tensor_impl.h"
#include "text/utf8.h"

namespace wick::ops {
namespace {

/// Appends the elements that are shown, in the order in which they are printed.
template <class T>
void gather(const TensorImpl& x, const PrintStyle& style, size_t dim, const T* at,
            std::vector<Scalar>& out) {
  if (dim == x.shape.size()) {
    out.emplace_back(*at);
    return;
  }
  const auto d = static_cast<int64_t>(dim);
  for_each_shown(
      style, x.shape[d], [&](int64_t i) { gather(x, style, dim + 1, at + i * x.strides[d], out); },
      [] {});
}

std::vector<Scalar> shown_elements(const TensorImpl& x, const PrintStyle& style) {
  std::vector<Scalar> out;
  if (x.dtype == DType::bool_) {
    // A byte that came from outside may be neither 0 nor 1.
    gather(x, style, 0, reinterpret_cast<const uint8_t*>(x.data()), out);
    for (Scalar& value : out) value = Scalar(value.to_bool());
    return out;
  }
  core::dispatch(x.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    gather(x, style, 0, reinterpret_cast<const T*>(x.data()), out);
  });
  return out;
}

/// The value, with a nan's sign removed: PyTorch does not show it.
double printable(const Scalar& value) {
  const double v = value.to_double();
  return std::isnan(v) ? std::numeric_limits<double>::quiet_NaN() : v;
}

/// How floating numbers look. PyTorch's _Formatter calls `integral` int_mode.
struct Notation {
  bool integral = true;
  bool scientific = false;
};

std::string float_text(double value, Notation notation, int precision) {
  if (notation.scientific) return fmt::format("{:.{}e}", value, precision);
  if (!notation.integral) return fmt::format("{:.{}f}", value, precision);
  return fmt::format("{:.0f}{}", value, std::isfinite(value) ? "." : "");
}

/// The notation that suits these numbers: non-zero, finite, and at least one.
Notation choose_notation(const std::vector<double>& numbers) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  bool integral = true;
  for (const double v : numbers) {
    low = std::min(low, std::abs(v));
    high = std::max(high, std::abs(v));
    integral = integral && v == std::ceil(v);
  }
  return {integral, high / low > 1000 || high > 1e8 || (!integral && low < 1e-4)};
}

ElementTexts float_texts(const std::vector<Scalar>& values, const PrintOptions& options) {
  std::vector<double> numbers;  // zeros, nan and inf take no part in the choice of width
  for (const Scalar& value : values) {
    const double v = value.to_double();
    if (std::isfinite(v) && v != 0) numbers.push_back(v);
  }
  ElementTexts texts;
  Notation notation;
  if (!numbers.empty()) notation = choose_notation(numbers);
  for (const double v : numbers)
    texts.width = std::max(texts.width, float_text(v, notation, options.precision).size());
  // Only now, as in PyTorch: the width stays that of the notation it would have chosen, and zeros
  // alone are never scientific.
  if (options.sci_mode && !numbers.empty()) notation.scientific = *options.sci_mode;
  for (const Scalar& value : values)
    texts.items.push_back(float_text(printable(value), notation, options.precision));
  return texts;
}

ElementTexts plain_texts(const std::vector<Scalar>& values) {
  ElementTexts texts;
  for (const Scalar& value : values) {
    if (value.kind() == Scalar::Kind::boolean) {
      texts.items.emplace_back(value.to_bool() ? "True" : "False");
    } else {
      texts.items.push_back(fmt::to_string(value.to_int64()));
    }
    texts.width = std::max(texts.width, texts.items.back().size());
  }
  return texts;
}

template <class T>
std::string format_with(const std::string& format, T value) {
  return fmt::vformat(format, fmt::make_format_args(value));
}

/// fmt pads nan and inf on the right where it pads numbers on the left.
std::string aligned_as_number(std::string text, std::string_view spec) {
  if (spec.find_first_of("<^") != std::string_view::npos) return text;
  const size_t end = text.find_last_not_of(' ') + 1;
  std::rotate(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), text.end());
  return text;
}

ElementTexts spec_texts(const std::vector<Scalar>& values, std::string_view spec) {
  if (spec.find_first_of("{}") != std::string_view::npos) detail::invalid_format_spec();
  const std::string format = fmt::format("{{:{}}}", spec);
  const bool as_float = std::string_view("aAeEfFgG").find(spec.back()) != std::string_view::npos;
  ElementTexts texts;
  for (const Scalar& value : values) {
    if (value.is_floating() || as_float) {
      const double v = printable(value);
      const std::string text = format_with(format, v);
      texts.items.push_back(std::isfinite(v) ? text : aligned_as_number(text, spec));
    } else if (value.kind() == Scalar::Kind::boolean) {
      texts.items.push_back(format_with(format, value.to_bool()));
    } else {
      texts.items.push_back(format_with(format, value.to_int64()));
    }
    texts.width = std::max(texts.width, utf8::length(texts.items.back()));
  }
  return texts;
}

}  // namespace

ElementTexts element_texts(const Tensor& t, const PrintStyle& style, std::string_view spec) {
  const std::vector<Scalar> values = shown_elements(t.impl(), style);
  if (!spec.empty()) return spec_texts(values, spec);
  return t.is_floating_point() ? float_texts(values, style.options) : plain_texts(values);
}

void check_element_spec(DType dtype, std::string_view spec) {
  if (spec.empty()) return;
  if (is_floating_point(dtype)) {
    spec_texts({Scalar(0.0)}, spec);
  } else {
    spec_texts({dtype == DType::bool_ ? Scalar(false) : Scalar(0)}, spec);
  }
}

}  // namespace wick::ops
