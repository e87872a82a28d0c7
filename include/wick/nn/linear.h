/// \file
/// Linear and Identity.
#pragma once

#include "wick/nn/module.h"
#include "wick/nn/option.h"

namespace wick::nn {

/// Arguments of Linear.
struct LinearOptions {
  int64_t in_features = required;   ///< at least 0
  int64_t out_features = required;  ///< at least 0
  bool bias = true;                 ///< whether b is added
  WICK_OPTIONS(option(in_features).at_least(0).size_of_input(-1),
               option(out_features).at_least(0).size_of_output(-1), bias)
};

/// y = x W^T + b on the last dimension: [*, in_features] -> [*, out_features]. W has shape
/// [out_features, in_features]; both start uniform in +-1/sqrt(in_features), with PyTorch's numbers
/// for a seed (https://pytorch.org/docs/stable/generated/torch.nn.Linear.html), float32 until to()
/// converts them. Throws OptionError for negative sizes.
///
///     nn::Linear fc(3, 4);
///     nn::Linear({.in_features = 3, .out_features = 4, .bias = false});
struct WICK_API Linear : Module {
  using Options = LinearOptions;
  explicit Linear(LinearOptions options);
  Linear(int64_t in_features, int64_t out_features, bool with_bias = true)
      : Linear(LinearOptions{in_features, out_features, with_bias}) {}
  /// Throws ShapeError for an x whose last dimension is not in_features, TypeError for one whose
  /// dtype is not the weight's.
  Tensor forward(const Tensor& x) const override;
  /// Draws new weights, as the constructor does.
  void reset_parameters();

  LinearOptions options;
  Parameter weight;  ///< [out_features, in_features]
  Parameter bias;    ///< [out_features], or undefined
  WICK_MODULE(Linear, options, weight, bias)
};

/// Returns its input.
///
///     nn::Identity()(x)  // x
struct WICK_API Identity : Module {
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Identity)
};

}  // namespace wick::nn
