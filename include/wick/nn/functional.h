/// \file
/// The stateless forms of the layers, as torch.nn.functional; each is described in wick/ops.h.
///
///     namespace F = wick::nn::functional;
///     F::linear(x, layer.weight, layer.bias)
#pragma once

#include "wick/nn/functional_loss.h"
#include "wick/ops.h"

namespace wick::nn::functional {

using wick::erf;
using wick::gelu;
using wick::layer_norm;
using wick::linear;
using wick::log_softmax;
using wick::sigmoid;
using wick::softmax;
using wick::softplus;
using wick::tanh;

/// max(x, 0); `inplace` writes into x.
inline Tensor relu(const Tensor& x, bool inplace = false) {
  return inplace ? wick::relu_(x) : wick::relu(x);
}
/// x sigmoid(x); `inplace` writes into x.
inline Tensor silu(const Tensor& x, bool inplace = false) {
  return inplace ? wick::silu_(x) : wick::silu(x);
}
/// wick::dropout, in place if `inplace`. `training` is true unless given, as in PyTorch: pass the
/// module's own. Throws ValueError unless 0 <= p <= 1.
inline Tensor dropout(const Tensor& x, double p = 0.5, bool training = true, bool inplace = false) {
  return inplace ? wick::dropout_(x, p, training) : wick::dropout(x, p, training);
}
/// x / max(norm(x, p, dim), eps), floating dtypes; zeros stay zeros.
WICK_API Tensor normalize(const Tensor& x, double p = 2, Dim dim = 1, double eps = 1e-12);
/// A new last dimension of `num_classes` (the largest class + 1 unless given), 1 at the class of
/// each int64 element and 0 elsewhere, as int64. Throws TypeError for other dtypes, ValueError for
/// classes out of range and for empty or meta input without `num_classes`.
WICK_API Tensor one_hot(const Tensor& classes, std::optional<int64_t> num_classes = {});

}  // namespace wick::nn::functional
