#include "wick/nn/dropout.h"

#include "nn/python_text.h"
#include "wick/ops.h"

namespace wick::nn {

Dropout::Dropout(DropoutOptions o) : options(o) {
  check_range("p", o.p, 0, 1,
              "dropout probability has to be between 0 and 1, but got " + python_text(o.p));
}

Tensor Dropout::forward(const Tensor& x) const {
  return options.inplace ? dropout_(x, options.p, training()) : dropout(x, options.p, training());
}

}  // namespace wick::nn
