// What many operations ask about their arguments, and how they refuse them.
#pragma once

#include <span>
#include <string_view>

#include "wick/tensor.h"

namespace wick::ops {

/// True for the dtypes that masks have.
inline bool is_mask(const Tensor& x) {
  return x.dtype() == DType::bool_ || x.dtype() == DType::uint8;
}

/// Where the result of an operation on both is: on meta if one of them is.
inline Device common_device(const Tensor& a, const Tensor& b) {
  return a.is_meta() || b.is_meta() ? Device::meta : Device::cpu;
}

/// The same for three; c may be undefined.
inline Device common_device(const Tensor& a, const Tensor& b, const Tensor& c) {
  return c.defined() && c.is_meta() ? Device::meta : common_device(a, b);
}

/// The same for any number.
Device common_device(std::span<const Tensor> tensors);

/// Zeros of `shape` in x's dtype and on its device.
Tensor new_zeros(const Tensor& x, const Shape& shape);

/// x as it is before it is overwritten, if a derivative will want that.
Tensor original(const Tensor& x);

/// Throws TypeError unless the dtypes are equal.
void check_same_dtype(const Tensor& expected, const Tensor& x);

/// Throws TypeError: PyTorch's `kernel` does not know the dtype, and neither does wick.
[[noreturn]] void fail_not_implemented(std::string_view kernel, DType dtype);

/// What the half types make of a number that is too large for them: infinity, or an error, as
/// PyTorch's operations differ in.
enum class HalfOverflow : uint8_t { infinity, error };

/// True if an element of `dtype` cannot hold the number, by PyTorch's rule: fractions are cut off,
/// -1 as uint8 is 255 (but -1.0 and -256 are too small), every number is a bool.
bool overflows(Scalar value, DType dtype, HalfOverflow half = HalfOverflow::infinity);

/// Throws ValueError if it is so.
void check_fits(Scalar value, DType dtype, HalfOverflow half = HalfOverflow::infinity);

}  // namespace wick::ops
