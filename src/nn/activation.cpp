#include "wick/nn/activation.h"

#include <fmt/format.h>

#include "wick/warning.h"

namespace wick::nn {
namespace {

int64_t softmax_dim(const char* name, const SoftmaxOptions& options, const Tensor& x) {
  if (options.dim) return *options.dim;
  if (hears_warnings())
    warn("dim", fmt::format("Implicit dimension choice for {} has been deprecated. Change the call "
                            "to include dim=X as an argument.",
                            name));
  return x.dim() == 0 || x.dim() == 1 || x.dim() == 3 ? 0 : 1;
}

}  // namespace

GELU::GELU(GELUOptions o) : options(checked(std::move(o))) {}

Tensor Softmax::forward(const Tensor& x) const {
  return softmax(x, softmax_dim("softmax", options, x));
}
Tensor LogSoftmax::forward(const Tensor& x) const {
  return log_softmax(x, softmax_dim("log_softmax", options, x));
}

}  // namespace wick::nn
