#include "wick/nn/linear.h"

#include <cmath>

#include "nn/require_defined.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/init.h"
#include "wick/ops.h"

namespace wick::nn {

namespace {

const LinearOptions& sound(const LinearOptions& o) {
  // PyTorch's text for a tensor that cannot be made.
  const auto check = [&o](std::string_view name, int64_t value) {
    check_range(name, value, 0, std::numeric_limits<int64_t>::max(),
                fmt::format("Trying to create tensor with negative dimension {}: [{}, {}]", value,
                            o.out_features, o.in_features));
  };
  check("in_features", o.in_features);
  check("out_features", o.out_features);
  return o;
}

}  // namespace

Linear::Linear(LinearOptions o)
    : options(sound(o)),
      weight(empty({o.out_features, o.in_features})),
      bias(o.bias ? empty({o.out_features}) : Tensor()) {
  reset_parameters();
}

void Linear::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const double bound =
      options.in_features > 0 ? 1 / std::sqrt(static_cast<double>(options.in_features)) : 0;
  init::uniform_(bias, -bound, bound);
}

Tensor Linear::forward(const Tensor& x) const {
  require_defined("weight", weight);
  return linear(x, weight, bias);
}

}  // namespace wick::nn
