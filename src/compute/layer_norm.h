// Layer normalisation and its derivatives.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// y = (x - mean) / sqrt(var + eps) * weight + bias for each row of `n` elements of x. Floating;
/// weight and bias, of x's dtype, have n elements or are undefined. y has x's shape and dtype;
/// `scales`, [rows, 2] of float64, gets the rows' kernels::RowScale unless undefined.
struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  static constexpr size_t outputs = 2;
  int64_t n;
  double eps;
  void operator()(const Tensor& y, const Tensor& scales, const Tensor& x, const Tensor& weight,
                  const Tensor& bias) const;
};

/// The derivatives of layer_norm's arguments from g, x and `scales`, in one pass; those of weight
/// and bias, with n elements each, are both given or undefined.
struct LayerNormGradient {
  static constexpr std::string_view name = "layer_norm_gradient";
  static constexpr size_t outputs = 3;
  void operator()(const Tensor& dx, const Tensor& dweight, const Tensor& dbias, const Tensor& g,
                  const Tensor& x, const Tensor& weight, const Tensor& scales) const;
};

/// Those of weight and bias alone.
struct LayerNormParameterGradient {
  static constexpr std::string_view name = "layer_norm_parameter_gradient";
  static constexpr size_t outputs = 2;
  void operator()(const Tensor& dweight, const Tensor& dbias, const Tensor& g, const Tensor& x,
                  const Tensor& scales) const;
};

}  // namespace wick::compute
