// Running sums.
#include "compute/scan.h"
#include "core/layout.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {

Tensor cumsum(const Tensor& x, Dim dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  const DType dtype = is_floating_point(x.dtype()) ? x.dtype() : DType::int64;
  Tensor y = core::make(x.shape(), dtype, x.device());
  compute::run(compute::Scan{at}, y, x);
  return autograd::record("CumsumBackward0", std::move(y), autograd::wrt(x, [at](const Tensor& g) {
                            return g.dim() == 0 ? g : flip(cumsum(flip(g, at), at), at);
                          }));
}

Tensor Tensor::cumsum(Dim dim) const { return wick::cumsum(*this, dim); }

}  // namespace wick
