// What many operations ask about their arguments, and how they refuse them.
#pragma once

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

/// Zeros of `shape` in x's dtype and on its device.
Tensor new_zeros(const Tensor& x, const Shape& shape);

/// x as it is before it is overwritten, if a derivative will want that.
Tensor original(const Tensor& x);

/// Throws TypeError unless the dtypes are equal.
void check_same_dtype(const Tensor& expected, const Tensor& x);

/// Throws TypeError: PyTorch's `kernel` does not know the dtype, and neither does wick.
[[noreturn]] void fail_not_implemented(std::string_view kernel, DType dtype);

/// Throws ValueError: an element of `dtype` cannot hold the number.
[[noreturn]] void fail_overflow(DType dtype);

}  // namespace wick::ops
