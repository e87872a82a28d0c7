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

/// The gradient of softmax's (log_softmax's) argument from its result y, along `dim`.
Tensor softmax_gradient(const Tensor& g, const Tensor& y, int64_t dim, bool log);

/// The gradients of layer_norm's arguments; those of weight and bias with n elements each.
struct LayerNormGradients {
  Tensor x, weight, bias;
};

/// Those that are asked for, in one pass over g and x, whose rows were scaled by `scales` (a
/// RowScale each); weight may be undefined.
LayerNormGradients layer_norm_gradients(const Tensor& g, const Tensor& x, const Tensor& weight,
                                        const Tensor& scales, bool of_x, bool of_parameters);

}  // namespace wick::ops
