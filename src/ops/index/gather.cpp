// gather and index_select: picking along one dimension.
#include "compute/index.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/index/index.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

void check_gather(const Tensor& x, int64_t dim, const Tensor& index) {
  if (index.dtype() != DType::int64)
    core::fail<TypeError>("gather(): Expected dtype int64 for index, got {}", name(index.dtype()));
  if (index.numel() == 0) return;
  if (std::max<int64_t>(index.dim(), 1) != std::max<int64_t>(x.dim(), 1))
    core::fail<ShapeError>(
        "Index tensor must have the same number of dimensions as input tensor, got {} and {}",
        index.shape(), x.shape());
  for (int64_t d = 0; d < std::min(x.dim(), index.dim()); ++d)
    if (d != dim && index.size(d) > x.size(d))
      core::fail<ShapeError>(
          "Size does not match at dimension {} expected index {} to be smaller than self {} apart "
          "from dimension {}",
          d, index.shape(), x.shape(), dim);
}

}  // namespace

Tensor gather(const Tensor& x, Dim dim, const Tensor& index) {
  const int64_t d = core::wrap_dim(dim, x.shape().size());
  check_gather(x, d, index);
  const int64_t size = x.dim() == 0 ? 1 : x.size(d);
  const Tensor out = core::make(index.shape(), x.dtype(), ops::common_device(x, index));
  ops::check_positions(index, 0, size, d);
  compute::run(compute::Gather{d}, out, x, index);
  return autograd::record("GatherBackward0", out,
                          autograd::wrt(x, [shape = x.shape(), d, index = autograd::Saved(index)](
                                               const Tensor& g, const autograd::SumSoFar& so_far) {
                            return ops::scatter_sum(shape, d, index, g, so_far);
                          }));
}

Tensor index_select(const Tensor& x, Dim dim, const Tensor& index) {
  const int64_t d = core::wrap_dim(dim, x.shape().size());
  if (index.dim() > 1) throw IndexError("index_select(): Index is supposed to be a vector");
  if (index.dtype() != DType::int64 && index.dtype() != DType::int32)
    core::fail<TypeError>("index_select(): Expected dtype int32 or int64 for index, got {}",
                          name(index.dtype()));
  if (x.dim() == 0 && index.numel() != 1)
    core::fail<IndexError>("index_select(): Index to scalar can have only 1 value, got {} value(s)",
                           index.numel());
  Shape shape = x.shape();
  if (x.dim() > 0) shape[d] = index.numel();
  const Tensor out = core::make(shape, x.dtype(), ops::common_device(x, index));
  ops::check_positions(index, 0, x.dim() == 0 ? 1 : x.size(d), d);
  compute::run(compute::IndexSelect{d}, out, x, index);
  return autograd::record("IndexSelectBackward0", out,
                          autograd::wrt(x, [shape = x.shape(), d, index = autograd::Saved(index)](
                                               const Tensor& g, const autograd::SumSoFar& so_far) {
                            if (shape.empty()) return ops::new_zeros(g, shape) + sum(g);
                            std::vector<Index> places(static_cast<size_t>(d), Index(all));
                            places.emplace_back(index.get().reshape({-1}).to(DType::int64));
                            return ops::added_to_gradient(g, so_far, shape, [&](const Tensor& to) {
                              to.index_put_(places, g, true);
                            });
                          }));
}

Tensor Tensor::gather(Dim dim, const Tensor& index) const {
  return wick::gather(*this, dim, index);
}
Tensor Tensor::index_select(Dim dim, const Tensor& index) const {
  return wick::index_select(*this, dim, index);
}

}  // namespace wick
