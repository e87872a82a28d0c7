/// \file
/// LayerNorm.
#pragma once

#include <concepts>

#include "wick/nn/module.h"
#include "wick/nn/option.h"

namespace wick::nn {

/// Arguments of LayerNorm.
struct LayerNormOptions {
  Shape normalized_shape = {};  ///< must be given

  double eps = 1e-5;
  bool elementwise_affine = true;  ///< learn a weight (ones at first) and a bias (zeros)
  WICK_OPTIONS(option(normalized_shape).at_least(0).size_of_input(-1), eps, elementwise_affine)
};

/// (x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, whose sizes are
/// `normalized_shape` (Ba, Kiros, Hinton 2016); the variance is the biased one. Throws OptionError
/// for an empty shape, and for one with negative sizes.
///
///     nn::LayerNorm(512)(x)
///     nn::LayerNorm(Shape{3, 4}, 1e-6)(y)
struct WICK_API LayerNorm : Module {
  using Options = LayerNormOptions;
  explicit LayerNorm(LayerNormOptions options);
  explicit LayerNorm(int64_t features, double eps = 1e-5, bool elementwise_affine = true)
      : LayerNorm(LayerNormOptions{{features}, eps, elementwise_affine}) {}
  template <std::same_as<Shape> S>  // a template, so that braces mean the options
  explicit LayerNorm(const S& normalized_shape, double eps = 1e-5, bool elementwise_affine = true)
      : LayerNorm(LayerNormOptions{normalized_shape, eps, elementwise_affine}) {}
  Tensor forward(const Tensor& x) const override;
  std::string extra_repr() const override;

  LayerNormOptions options;
  Parameter weight;  ///< normalized_shape, or undefined
  Parameter bias;    ///< normalized_shape, or undefined
  WICK_MODULE(LayerNorm, options, weight, bias)
};

}  // namespace wick::nn
