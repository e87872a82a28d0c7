// Results that are not written where they belong at once.
#pragma once

#include "compute/copy.h"

namespace wick::compute {

/// Where a primitive that writes contiguous elements of `dtype` puts them: out itself if it is so,
/// otherwise a new tensor, for deliver().
inline Tensor staged(const Tensor& out, DType dtype) {
  return out.dtype() == dtype && out.is_contiguous() ? out : core::make(out.shape(), dtype);
}

/// Copies to out what was written elsewhere.
inline void deliver(const Tensor& out, const Tensor& result) {
  if (!result.is_same(out)) Copy()(out, result);
}

}  // namespace wick::compute
