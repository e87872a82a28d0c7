// Derivatives in one pass over memory, for backward passes that are not recorded themselves; where
// they are, the derivatives that are composed of ops stand in.
#pragma once

#include "kernels/pointwise/unary_grad.h"
#include "wick/autograd.h"
#include "wick/tensor.h"

namespace wick::ops {

/// True if nothing is recorded, so that a fused derivative may be used.
inline bool may_fuse(const Tensor& g, const Tensor& v) {
  return !autograd::detail::is_recorded(g) && !autograd::detail::is_recorded(v);
}

/// g * f'(v), with v as kernels::unary_grad says.
Tensor unary_gradient(kernels::UnaryGrad op, const Tensor& g, const Tensor& v);
Tensor softplus_gradient(const Tensor& g, const Tensor& x, double beta, double threshold);

}  // namespace wick::ops
