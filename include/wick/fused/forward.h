/// \file
/// Layers in one pass: what nn::Sequential, nn::Repeat and nn::FeedForward run on while no gradient
/// is recorded.
#pragma once

#include "wick/tensor.h"

namespace wick {

/// The functions of wick/ops.h that can be fused with the linear layer before them: gelu is the
/// exact one, gelu_tanh is gelu(x, "tanh").
enum class Activation : uint8_t { relu, gelu, gelu_tanh, silu, sigmoid, tanh };

/// The arguments of `linear`: a weight [out, in], and a bias [out] or undefined.
struct LinearArguments {
  const Tensor& weight;
  const Tensor& bias;
};

/// activation(linear(x, first.weight, first.bias)), without the linear layer's result in memory:
/// [*, in] -> [*, out], float32.
///
/// Returns an undefined tensor where there is no fused form, and the caller is to compose the
/// operations: for dtypes other than float32, on the meta device, where a gradient would be
/// recorded, for arguments that are undefined, without elements or do not fit together (composing
/// them says why), and under NoFusionGuard. Throws Error where memory is missing, ValueError for a
/// number that is no Activation.
///
///     Tensor y = fused_linear_activation(x, {w, b}, Activation::relu);
///     if (!y.defined()) y = relu(linear(x, w, b));
WICK_API Tensor fused_linear_activation(const Tensor& x, const LinearArguments& first,
                                        Activation activation);

/// linear(activation(linear(x, first...)), second...), a block of rows at a time: the hidden
/// features of a block stay in the cache, and memory for them is at most 4 MiB a thread. Returns an
/// undefined tensor as fused_linear_activation does, and for more than 32768 hidden features, but
/// takes bfloat16 and float16 too: their hidden features are float32 and rounded once, after the
/// activation. The numbers do not depend on the number of threads; they can differ from the
/// composed operations' in the last bits, as those of a product of other rows can.
///
///     Tensor y = fused_feed_forward(x, {w1, b1}, Activation::gelu, {w2, b2});
WICK_API Tensor fused_feed_forward(const Tensor& x, const LinearArguments& first,
                                   Activation activation, const LinearArguments& second);

/// While it lives, layers of this thread run one by one and nothing is fused.
///
///     const NoFusionGuard guard;
class WICK_API NoFusionGuard {
 public:
  NoFusionGuard();
  ~NoFusionGuard();
  NoFusionGuard(const NoFusionGuard&) = delete;
  NoFusionGuard& operator=(const NoFusionGuard&) = delete;

 private:
  bool before_;
};

}  // namespace wick
