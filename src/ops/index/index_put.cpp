// Writing by index: x(mask) = value, index_put_.
#include "autograd/node.h"
#include "autograd/views.h"
#include "compute/index.h"
#include "core/check.h"
#include "ops/index/index.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// `value` without leading dimensions of size 1 that the result does not have; it broadcasts to the
/// result's shape.
Tensor fit_value(const Tensor& value, const Shape& shape) {
  Tensor fitted = value;
  bool fits = true;
  try {
    while (fitted.shape().size() > shape.size() && fitted.size(0) == 1) fitted = squeeze(fitted, 0);
    fits = broadcast_shapes(fitted.shape(), shape) == shape;
  } catch (const ShapeError&) {
    fits = false;
  }
  if (!fits)
    core::fail<ShapeError>(
        "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape "
        "{}",
        value.shape(), shape);
  return fitted;
}

/// A view and a value for it: what index_put_ without any picking tensors is.
void put_view(const Tensor& view, const Tensor& value, bool accumulate) {
  Tensor fitted = to(fit_value(value, view.shape()), view.dtype());
  if (fitted.shares_storage(view)) fitted = clone(fitted);
  if (accumulate)
    view.add_(fitted);
  else
    view.copy_(fitted);
}

}  // namespace

const Tensor& Tensor::index_put_(const std::vector<Index>& indices, const Tensor& value,
                                 bool accumulate) const {
  autograd::check_writable(*this);
  if (value.is_meta() && !is_meta())
    throw TypeError("index_put_(): the value is on the meta device and has no elements to write");
  using autograd::detail::is_recorded;
  const bool recorded = is_recorded(*this) || is_recorded(value);
  for (const Index& index : indices)
    if (recorded && index.kind == Index::Kind::picked) autograd::check_savable(index.tensor);
  {
    const NoGradGuard no_grad;  // the write is recorded as one step below
    const ops::ParsedIndex parsed = ops::parse_index(*this, indices);
    if (parsed.view.is_meta() && !is_meta())
      throw TypeError("index_put_(): the index is on the meta device and has no elements");
    if (parsed.positions.empty()) {
      put_view(parsed.view, value, accumulate);
    } else {
      compute::run(compute::IndexPut{accumulate}, parsed.view,
                   fit_value(value, ops::picked_shape(parsed)),
                   std::span<const Tensor>(parsed.positions));
      core::wrote(*this);
    }
  }
  if (!recorded) return *this;
  const ops::SavedIndices saved(indices);
  return autograd::record_in_place(
      "IndexPutBackward0", *this,
      autograd::wrt(*this,
                    [saved, accumulate](const Tensor& g) {
                      if (accumulate) return g;
                      Tensor result = g.clone();
                      result.index_put_(saved.get(), zeros({}, g.dtype()));
                      return result;
                    }),
      autograd::wrt(value, [saved](const Tensor& g) -> Tensor { return g.index(saved.get()); }));
}

}  // namespace wick
