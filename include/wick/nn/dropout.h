/// \file
/// Dropout.
#pragma once

#include "wick/nn/module.h"
#include "wick/nn/option.h"

namespace wick::nn {

/// Arguments of Dropout.
struct DropoutOptions {
  double p = 0.5;        ///< probability of an element to be zeroed
  bool inplace = false;  ///< overwrite the input
  WICK_OPTIONS(
      option(p).between(0, 1).says("dropout probability has to be between 0 and 1, but got {}"),
      inplace)
};

/// In training mode zeroes elements with probability p and multiplies the others by 1/(1-p); in
/// eval mode returns its input (Srivastava et al. 2014). Masks are PyTorch's for a seed. Throws
/// OptionError unless 0 <= p <= 1.
///
///     nn::Dropout(0.1)(x)
struct WICK_API Dropout : Module {
  using Options = DropoutOptions;
  explicit Dropout(DropoutOptions options);
  explicit Dropout(double p = 0.5) : Dropout(DropoutOptions{p, false}) {}
  Tensor forward(const Tensor& x) const override;

  DropoutOptions options;
  WICK_MODULE(Dropout, options)
};

}  // namespace wick::nn
