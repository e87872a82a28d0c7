#include "compute/rows.h"

namespace wick::compute {

Tensor with_last(const Tensor& x, int64_t dim) {
  const int64_t last = x.dim() - 1;
  if (dim >= last) return x;
  Shape order;
  for (int64_t d = 0; d < last; ++d) order.push_back(d == dim ? last : d);
  order.push_back(dim);
  return permuted(x, order);
}

Tensor staged(const Tensor& out, DType dtype) {
  return out.dtype() == dtype && out.is_contiguous() ? out : core::make(out.shape(), dtype);
}

void deliver(const Tensor& out, const Tensor& result) {
  if (!result.is_same(out)) Copy()(out, result);
}

}  // namespace wick::compute
