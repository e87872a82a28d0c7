// Derivatives in one pass over memory are for backward passes that are not recorded themselves;
// where they are, the derivatives that are composed of ops stand in.
#pragma once

#include "wick/autograd.h"
#include "wick/tensor.h"

namespace wick::ops {

/// True if nothing is recorded, so that a fused derivative may be used.
inline bool may_fuse(const Tensor& g, const Tensor& v) {
  return !autograd::detail::is_recorded(g) && !autograd::detail::is_recorded(v);
}

}  // namespace wick::ops
