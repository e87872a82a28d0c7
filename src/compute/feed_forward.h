// Linear layers with what follows them, in one pass.
#pragma once

#include "compute/primitive.h"
#include "kernels/pointwise/unary.h"

namespace wick::compute {

/// out = activation(x weight^T + bias) for x [*, in], weight [out, in] and bias [out] or undefined,
/// all float32; x has at least one dimension, out is contiguous.
struct LinearActivation {
  static constexpr std::string_view name = "linear_activation";
  kernels::Unary activation;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& weight,
                  const Tensor& bias) const;
};

/// out = activation(x weight1^T + bias1) weight2^T + bias2, a block of rows at a time, in float32
/// or one of the half types. The hidden features of these are float32 up to the activation and
/// rounded once then. Shapes as in LinearActivation.
struct FeedForward {
  static constexpr std::string_view name = "feed_forward";
  kernels::Unary activation;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& weight1, const Tensor& bias1,
                  const Tensor& weight2, const Tensor& bias2) const;
};

}  // namespace wick::compute
