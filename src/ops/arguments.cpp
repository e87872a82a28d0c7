#include "ops/arguments.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/dispatch.h"
#include "core/tensor_impl.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

/// The C++ type as PyTorch's messages have it; the half types are called as everywhere.
std::string_view cpp_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float";
    case DType::float64:
      return "double";
    case DType::int64:
      return "int64_t";
    case DType::int32:
      return "int";
    case DType::uint8:
      return "uint8_t";
    case DType::bool_:
      return "bool";
    default:
      return core::scalar_type_name(dtype);
  }
}

template <class T>
bool overflows_as(Scalar value, HalfOverflow half) {
  using Limits = std::numeric_limits<T>;
  const double number = value.to_double();
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double>) {
    return false;
  } else if constexpr (std::is_integral_v<T>) {
    if (value.is_floating())  // nan is in no range
      return !(number >= static_cast<double>(Limits::min()) &&
               number < 2 * static_cast<double>(Limits::max() / 2 + 1));
    const int64_t integer = value.to_int64();
    const int64_t high = Limits::max();
    return integer > high || integer < (std::is_signed_v<T> ? int64_t{Limits::min()} : -high);
  } else {
    constexpr double largest = std::is_same_v<T, Half> ? 65504
                               : std::is_same_v<T, BFloat16>
                                   ? 0x1.FEp+127
                                   : double{std::numeric_limits<float>::max()};
    return std::isfinite(number) && std::abs(number) > largest &&
           (std::is_same_v<T, float> || half == HalfOverflow::error);
  }
}

}  // namespace

Device common_device(std::span<const Tensor> tensors) {
  const bool meta =
      std::any_of(tensors.begin(), tensors.end(), [](const Tensor& x) { return x.is_meta(); });
  return meta ? Device::meta : Device::cpu;
}

Tensor new_zeros(const Tensor& x, const Shape& shape) {
  return zeros(shape, {.dtype = x.dtype(), .device = x.device()});
}

Tensor original(const Tensor& x) { return autograd::detail::is_recorded(x) ? x.clone() : x; }

void check_same_dtype(const Tensor& expected, const Tensor& x) {
  if (expected.dtype() != x.dtype())
    core::fail<TypeError>("expected scalar type {} but found {}",
                          core::scalar_type_name(expected.dtype()),
                          core::scalar_type_name(x.dtype()));
}

void fail_not_implemented(std::string_view kernel, DType dtype) {
  core::fail<TypeError>("\"{}\" not implemented for '{}'", kernel, core::scalar_type_name(dtype));
}

bool overflows(Scalar value, DType dtype, HalfOverflow half) {
  return core::dispatch(
      dtype, [&](auto tag) { return overflows_as<typename decltype(tag)::type>(value, half); });
}

void check_fits(Scalar value, DType dtype, HalfOverflow half) {
  if (overflows(value, dtype, half))
    core::fail<ValueError>("value cannot be converted to type {} without overflow",
                           cpp_name(dtype));
}

}  // namespace wick::ops
