// Views of a storage by any strides.
#include <algorithm>

#include "autograd/views.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// True if no two positions surely share an element.
bool are_distinct(const Shape& shape, const Strides& strides) {
  std::vector<std::pair<int64_t, int64_t>> dims;  // stride and size
  for (size_t d = 0; d < shape.size(); ++d)
    if (shape.begin()[d] > 1) dims.emplace_back(strides.begin()[d], shape.begin()[d]);
  std::sort(dims.begin(), dims.end());
  int64_t reach = 0;
  for (const auto& [stride, size] : dims) {
    if (stride <= reach) return false;
    reach += stride * (size - 1);
  }
  return true;
}

/// Where in the storage the elements of a view are.
Tensor positions(const Shape& shape, const Strides& strides, int64_t offset, Device device) {
  const TensorOptions options{.dtype = DType::int64, .device = device};
  Tensor result = full({}, Scalar(offset), options);
  for (int64_t d = 0; d < static_cast<int64_t>(shape.size()); ++d) {
    Shape along = Shape::filled(shape.size(), 1);
    along[d] = shape[d];
    result = result + arange(shape[d], options).mul(Scalar(strides[d])).view(along);
  }
  return result.expand(shape);
}

/// The gradient of x for a view of its storage by other strides. Through the storage: what the view
/// shows is put there, and x is read from it.
Tensor as_strided_backward(const Tensor& g, const Shape& x_shape, const Strides& x_strides,
                           int64_t x_offset, const Shape& shape, const Strides& strides,
                           int64_t offset) {
  const auto reach = [](const core::Extent& extent, int64_t from) {
    return extent.high < 0 ? 0 : extent.high + from + 1;  // an empty view may be anywhere
  };
  const int64_t size = std::max(reach(core::extent(x_shape, x_strides), x_offset),
                                reach(core::extent(shape, strides), offset));
  Tensor storage = ops::new_zeros(g, {size});
  if (are_distinct(shape, strides) && are_distinct(x_shape, x_strides)) {
    as_strided(storage, shape, strides, offset).copy_(g);
    return as_strided(storage, x_shape, x_strides, x_offset);
  }
  storage.index_put_({positions(shape, strides, offset, g.device()).reshape({-1})}, g.reshape({-1}),
                     true);
  const Tensor x_positions = positions(x_shape, x_strides, x_offset, g.device());
  Tensor result = storage(x_positions);
  if (are_distinct(x_shape, x_strides)) return result;
  // Each of several positions of x that share an element gets its part.
  Tensor count = ops::new_zeros(g, {size});
  count.index_put_({x_positions.reshape({-1})},
                   ones({}, {.dtype = g.dtype(), .device = g.device()}), true);
  return result / count(x_positions);
}

}  // namespace

Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset) {
  if (shape.size() != strides.size())
    core::fail<ShapeError>("mismatch in length of strides and shape: {} and {}", strides, shape);
  core::check_size(shape, element_size(x.dtype()));
  for (const int64_t stride : strides)
    if (stride < 0)
      core::fail<ValueError>(
          "as_strided: Negative strides are not supported at the moment, got strides: "
          "{}",
          strides);
  const core::Extent reach = core::extent(shape, strides);
  const int64_t available =
      x.impl().storage->bytes() / static_cast<int64_t>(element_size(x.dtype()));
  if (offset < 0 || (reach.high >= 0 && reach.high >= available - offset))
    core::fail<ShapeError>(
        "as_strided: shape {}, strides {} and offset {} reach beyond the {} elements of "
        "the storage",
        shape, strides, offset, available);
  return autograd::record(
      "AsStridedBackward0", autograd::make_view(x, shape, strides, offset),
      autograd::wrt(x, [x_shape = x.shape(), x_strides = x.strides(), x_offset = x.storage_offset(),
                        shape, strides, offset](const Tensor& g) {
        return as_strided_backward(g, x_shape, x_strides, x_offset, shape, strides, offset);
      }));
}

Tensor Tensor::as_strided(const Shape& s, const Strides& strides, int64_t offset) const {
  return wick::as_strided(*this, s, strides, offset);
}

}  // namespace wick
