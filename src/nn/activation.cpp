#include "wick/nn/activation.h"

namespace wick::nn {
namespace {

int64_t softmax_dim(const SoftmaxOptions& options, const Tensor& x) {
  if (options.dim) return *options.dim;
  return x.dim() == 0 || x.dim() == 1 || x.dim() == 3 ? 0 : 1;
}

}  // namespace

GELU::GELU(GELUOptions o) : options(std::move(o)) {
  check_choice("approximate", options.approximate, {"none", "tanh"},
               "approximate argument must be either none or tanh.");
}

Tensor Softmax::forward(const Tensor& x) const { return softmax(x, softmax_dim(options, x)); }
Tensor LogSoftmax::forward(const Tensor& x) const {
  return log_softmax(x, softmax_dim(options, x));
}

}  // namespace wick::nn
