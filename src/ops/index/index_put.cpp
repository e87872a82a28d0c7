// Writing by index: x(mask) = value, index_put_.
#include "autograd/node.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "kernels/pointwise/binary_functions.h"
#include "kernels/simd/element.h"
#include "ops/index/indexing.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// Covers all places in parts that share no element: places repeat only along the picked
/// dimension, so the cut is made in the others and the order of writes is always the same.
template <class Body>
void for_each_part(const kernels::Places& places, Body body) {
  const int64_t outer = places.outer.count(), inner = places.inner.count;
  const auto picked = static_cast<int64_t>(places.picked.size());
  if (outer > 1) {
    const int64_t grain = std::max<int64_t>(core::pointwise_grain / (picked * inner), 1);
    core::parallel_for(outer, grain, [&](int64_t begin, int64_t end) {
      body({begin, end, 0, inner});
    });
  } else {
    const int64_t grain = std::max<int64_t>(core::pointwise_grain / picked, 1);
    core::parallel_for(inner, grain, [&](int64_t begin, int64_t end) {
      body({0, outer, begin, end});
    });
  }
}

/// `value` as a row-major tensor of the result's shape, or one element.
Tensor fit_value(const Tensor& x, const Tensor& value, const Shape& shape) {
  bool fits = true;
  try {
    Tensor fitted = value;
    while (fitted.shape().size() > shape.size() && fitted.size(0) == 1) fitted = squeeze(fitted, 0);
    fits = broadcast_shapes(fitted.shape(), shape) == shape;
    if (fits && x.is_meta()) return fitted;
    if (fits) {
      fitted = to(fitted.detach(), x.dtype());
      if (value.numel() != 1) fitted = contiguous(expand(fitted, shape));
      return fitted.shares_storage(x) ? clone(fitted) : fitted;
    }
  } catch (const ShapeError&) {
    fits = false;
  }
  core::fail<ShapeError>(
      "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
      value.shape(), shape);
}

void put(const Tensor& view, const Tensor& value, const ops::PickPlan& plan, bool accumulate) {
  const kernels::Places places = plan.places();
  const bool single = value.numel() == 1;
  char* to = core::bytes(view);
  const char* from = core::bytes(value);
  if (!accumulate) {
    const size_t size = element_size(view.dtype());
    for_each_part(places, [&](const kernels::PlacesPart& part) {
      kernels::put(to, from, single, places, part, size);
    });
    return;
  }
  core::dispatch(view.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr auto size = static_cast<int64_t>(sizeof(T));
    constexpr kernels::functions::Add add;
    for_each_part(places, [&](const kernels::PlacesPart& part) {
      kernels::for_each_place(places, part, [&](int64_t place, int64_t position) {
        char* sum = to + place * size;
        kernels::store<T>(sum, add(kernels::load<T>(sum),
                                   kernels::load<T>(from + (single ? 0 : position * size))));
      });
    });
  });
}

/// A view and a value for it: what index_put_ without any picking tensors is.
void put_view(const Tensor& view, const Tensor& value, bool accumulate) {
  const Tensor fitted = fit_value(view, value, view.shape());
  if (accumulate)
    view.add_(fitted);
  else
    view.copy_(fitted);
}

}  // namespace

const Tensor& Tensor::index_put_(const std::vector<Index>& indices, const Tensor& value,
                                 bool accumulate) const {
  core::check_writable(*this);
  if (value.is_meta() && !is_meta())
    throw TypeError("index_put_(): the value is on the meta device and has no elements to write");
  using autograd::detail::is_recorded;
  const bool recorded = is_recorded(*this) || is_recorded(value);
  for (const Index& index : indices)
    if (recorded && index.kind == Index::Kind::picked) autograd::check_savable(index.tensor);
  {
    const NoGradGuard no_grad;  // the write is recorded as one step below
    const ops::ParsedIndex parsed = ops::parse_index(*this, indices);
    if (parsed.dims.empty()) {
      put_view(parsed.view, value, accumulate);
    } else {
      const ops::PickPlan plan(parsed);
      const Tensor fitted = fit_value(parsed.view, value, plan.shape);
      if (!plan.picked.empty()) put(parsed.view, fitted, plan, accumulate);
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
