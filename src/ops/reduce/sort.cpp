// Sorting, and the k largest.
#include "compute/sort.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/index/index.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// The first k along `dim` (already wrapped) in row-major order.
ValuesIndices first_sorted(const Tensor& x, int64_t dim, int64_t k, bool descending,
                           bool with_values = true) {
  Shape shape = x.shape();
  if (x.dim() > 0) shape[dim] = k;
  ValuesIndices result;
  if (with_values) result.values = core::make(shape, x.dtype(), x.device());
  result.indices = core::make(shape, DType::int64, x.device());
  compute::run(compute::Sort{dim, descending}, result.indices, result.values, x);
  return result;
}

/// The derivative with respect to x of elements that were taken from `indices` along a dimension.
auto placed(const Tensor& x, int64_t dim, const Tensor& indices) {
  return autograd::wrt(x, [shape = x.shape(), dim, at = autograd::Saved(indices)](
                              const Tensor& g, const autograd::SumSoFar& so_far) {
    return ops::scatter_sum(shape, dim, at, g, so_far);
  });
}

}  // namespace

ValuesIndices sort(const Tensor& x, Dim dim, bool descending) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  ValuesIndices result = first_sorted(x, at, x.dim() == 0 ? 1 : x.size(at), descending);
  result.values =
      autograd::record("SortBackward0", std::move(result.values), placed(x, at, result.indices));
  return result;
}

Tensor argsort(const Tensor& x, Dim dim, bool descending) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  return first_sorted(x, at, x.dim() == 0 ? 1 : x.size(at), descending, false).indices;
}

ValuesIndices topk(const Tensor& x, int64_t k, Dim dim, bool largest) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  const int64_t size = x.dim() == 0 ? 1 : x.size(at);
  if (k < 0 || k > size)
    core::fail<IndexError>("selected index k out of range: {} of the {} in dimension {}", k, size,
                           at);
  ValuesIndices result = first_sorted(x, at, k, largest);
  result.values =
      autograd::record("TopkBackward0", std::move(result.values), placed(x, at, result.indices));
  return result;
}

ValuesIndices Tensor::sort(Dim dim, bool descending) const {
  return wick::sort(*this, dim, descending);
}
Tensor Tensor::argsort(Dim dim, bool descending) const {
  return wick::argsort(*this, dim, descending);
}
ValuesIndices Tensor::topk(int64_t k, Dim dim, bool largest) const {
  return wick::topk(*this, k, dim, largest);
}

}  // namespace wick
