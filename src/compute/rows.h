// What the primitives that work on contiguous rows share.
#pragma once

#include <algorithm>

#include "compute/copy.h"

namespace wick::compute {

/// The elements of x as T, which is its dtype's type; null if x is undefined.
template <class T>
T* elements(const Tensor& x) {
  return x.defined() ? reinterpret_cast<T*>(core::bytes(x)) : nullptr;
}

/// Rows of n elements that one task works on: few enough to share out, many enough to be worth it.
inline int64_t row_block(int64_t n) { return std::max<int64_t>(1, 8192 / n); }

/// A view of x with `dim` and the last dimension exchanged.
Tensor with_last(const Tensor& x, int64_t dim);

/// Where a primitive that writes contiguous elements of `dtype` puts them: out itself if it is so,
/// otherwise a new tensor, for deliver().
Tensor staged(const Tensor& out, DType dtype);

/// Copies to out what was written elsewhere.
void deliver(const Tensor& out, const Tensor& result);

}  // namespace wick::compute
