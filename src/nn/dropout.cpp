#include "wick/nn/dropout.h"

#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn {

Dropout::Dropout(DropoutOptions o) : options(checked(o)) {}

Tensor Dropout::forward(const Tensor& x) const {
  return options.inplace ? dropout_(x, options.p, training()) : dropout(x, options.p, training());
}

}  // namespace wick::nn
