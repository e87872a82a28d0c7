#include "wick/nn/normalization.h"

#include "nn/python_text.h"
#include "nn/require_defined.h"
#include "wick/ops.h"

namespace wick::nn {

namespace {

const LayerNormOptions& sound(const LayerNormOptions& o) {
  if (o.normalized_shape.empty())
    throw OptionError("normalized_shape",
                      "LayerNorm expects normalized_shape to have at least one size, got []");
  checked(o);
  return o;
}

}  // namespace

LayerNorm::LayerNorm(LayerNormOptions o)
    : options(sound(o)),
      weight(o.elementwise_affine ? ones(o.normalized_shape) : Tensor()),
      bias(o.elementwise_affine ? zeros(o.normalized_shape) : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) const {
  if (options.elementwise_affine) require_defined("weight", weight);
  return layer_norm(x, options.normalized_shape, weight, bias, options.eps);
}

std::string LayerNorm::extra_repr() const {
  return python_text(options.normalized_shape) + ", eps=" + python_text(options.eps) +
         ", elementwise_affine=" + (options.elementwise_affine ? "True" : "False");
}

}  // namespace wick::nn
