// Derivatives in one pass over memory, for backward passes that are not recorded themselves; where
// they are, the derivatives that are composed of ops stand in.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "kernels/unary_grad.h"
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

/// The gradient of softmax's (log_softmax's) argument from its result y, along `dim`.
Tensor softmax_gradient(const Tensor& g, const Tensor& y, int64_t dim, bool log);

/// The gradients of layer_norm's weight and bias, each of n elements, which one function works out
/// and others ask for: they belong to the gradient that they were worked out from.
class ParameterGradients {
 public:
  struct Pair {
    Tensor weight, bias;
  };
  void put(const Tensor& g, Pair pair);
  /// What was put for g. Until the next put(), and while g lives.
  std::optional<Pair> find(const Tensor& g) const;

 private:
  mutable std::mutex mutex_;  // several threads may go backward through one graph
  std::weak_ptr<TensorImpl> of_;
  uint64_t version_ = 0;
  Pair pair_;
};

/// The gradient of layer_norm's x, rows of which were scaled by `scales` (a RowScale each); weight
/// may be undefined. Puts the others into `parameters`, unless it is null.
Tensor layer_norm_gradient(const Tensor& g, const Tensor& x, const Tensor& weight,
                           const Tensor& scales, ParameterGradients* parameters);
/// The others only, which it puts there as well.
ParameterGradients::Pair layer_norm_parameter_gradients(const Tensor& g, const Tensor& x,
                                                        const Tensor& scales,
                                                        ParameterGradients& parameters);

}  // namespace wick::ops
