#include "wick/nn/normalization.h"

#include "nn/python_text.h"
#include "wick/ops.h"

namespace wick::nn {

LayerNorm::LayerNorm(LayerNormOptions o)
    : options(o),
      weight(o.elementwise_affine ? ones(o.normalized_shape) : Tensor()),
      bias(o.elementwise_affine ? zeros(o.normalized_shape) : Tensor()) {
  if (o.normalized_shape.empty())
    throw ValueError("LayerNorm expects normalized_shape to have at least one size, got []");
}

Tensor LayerNorm::forward(const Tensor& x) const {
  return layer_norm(x, options.normalized_shape, weight, bias, options.eps);
}

std::string LayerNorm::extra_repr() const {
  return python_text(options.normalized_shape) + ", eps=" + python_text(options.eps) +
         ", elementwise_affine=" + (options.elementwise_affine ? "True" : "False");
}

}  // namespace wick::nn
