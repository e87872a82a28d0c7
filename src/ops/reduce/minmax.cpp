// The largest and smallest elements, and where they are.
#include "compute/minmax.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/index/index.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// Throws PyTorch's text if there is an empty line to pick an element from.
template <class E>
void check_not_empty(const char* op, const Tensor& x, const Dims& dims) {
  if (x.numel() != 0) return;
  if (dims.empty())
    core::fail<E>(
        "{}(): Expected reduction dim to be specified for input.numel() == 0.{}", op,
        std::is_same_v<E, IndexError> ? "" : " Specify the reduction dim with the 'dim' argument.");
  for (const int64_t dim : dims)
    if (x.dim() > 0 && x.size(dim) == 0)
      core::fail<IndexError>("{}(): Expected reduction dim {} to have non-zero size.", op,
                             core::wrap_dim(dim, x.shape().size()));
}

Tensor values(const char* op, const Tensor& x, const Dims& dims, bool keepdim, bool largest) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  check_not_empty<ValueError>(op, x, dims);
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), x.dtype(), x.device());
  compute::run(compute::MinMax{mask, largest}, y, x);
  return y;
}

/// Values (unless not wanted) and positions along `dim`, or of all elements.
ValuesIndices found(const char* op, const Tensor& x, std::optional<int64_t> dim, bool keepdim,
                    bool largest, bool with_values) {
  const Dims dims = dim ? Dims(*dim) : Dims();
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  check_not_empty<IndexError>(op, x, dims);
  const Shape shape = compute::reduced_shape(x.shape(), mask, keepdim);
  ValuesIndices result;
  if (with_values) result.values = core::make(shape, x.dtype(), x.device());
  result.indices = core::make(shape, DType::int64, x.device());
  compute::run(compute::ArgMinMax{mask, largest}, result.indices, result.values, x);
  return result;
}

ValuesIndices along(const char* op, const char* name, const Tensor& x, int64_t dim, bool keepdim,
                    bool largest) {
  ValuesIndices result = found(op, x, dim, keepdim, largest, true);
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  result.values = autograd::record(
      name, std::move(result.values),
      autograd::wrt(x, [shape = x.shape(), at, found = autograd::Saved(result.indices)](
                           const Tensor& g, const autograd::SumSoFar& so_far) {
        if (shape.empty()) return g;
        const uint32_t mask = uint32_t{1} << at;
        return ops::scatter_sum(shape, at, ops::with_kept_dims(found, shape, mask),
                                ops::with_kept_dims(g, shape, mask), so_far);
      }));
  return result;
}

/// The derivative of max and the like: elements that equal the result share the gradient.
auto shared_by_equals(const Tensor& x, const Dims& dims) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  return autograd::wrt(x, [x = autograd::Saved(x), mask](const Tensor& g, const Tensor& y) {
    const Shape& shape = x.get().shape();
    const Tensor value = ops::with_kept_dims(y, shape, mask);
    const Tensor equals = logical_or(x == value, logical_and(isnan(x), isnan(value)));
    const Tensor count = sum(equals, ops::dims_of(mask, shape.size()), true);
    return equals * (ops::with_kept_dims(g, shape, mask) / count);
  });
}

Tensor where_found(const char* op, const Tensor& x, std::optional<int64_t> dim, bool keepdim,
                   bool largest) {
  if (x.dtype() == DType::bool_) ops::fail_not_implemented(fmt::format("{}_cpu", op), x.dtype());
  return found(op, x, dim, keepdim, largest, false).indices;
}

}  // namespace

Tensor max(const Tensor& x) {
  return autograd::record("MaxBackward1", values("max", x, {}, false, true),
                          shared_by_equals(x, {}));
}
Tensor min(const Tensor& x) {
  return autograd::record("MinBackward1", values("min", x, {}, false, false),
                          shared_by_equals(x, {}));
}
ValuesIndices max(const Tensor& x, Dim dim, bool keepdim) {
  return along("max", "MaxBackward0", x, dim, keepdim, true);
}
ValuesIndices min(const Tensor& x, Dim dim, bool keepdim) {
  return along("min", "MinBackward0", x, dim, keepdim, false);
}
Tensor amax(const Tensor& x, const Dims& dims, bool keepdim) {
  return autograd::record("AmaxBackward0", values("amax", x, dims, keepdim, true),
                          shared_by_equals(x, dims));
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim) {
  return autograd::record("AminBackward0", values("amin", x, dims, keepdim, false),
                          shared_by_equals(x, dims));
}
Tensor argmax(const Tensor& x, std::optional<Dim> dim, bool keepdim) {
  return where_found("argmax", x, dim, keepdim, true);
}
Tensor argmin(const Tensor& x, std::optional<Dim> dim, bool keepdim) {
  return where_found("argmin", x, dim, keepdim, false);
}

Tensor Tensor::max() const { return wick::max(*this); }
Tensor Tensor::min() const { return wick::min(*this); }
ValuesIndices Tensor::max(Dim dim, bool keepdim) const { return wick::max(*this, dim, keepdim); }
ValuesIndices Tensor::min(Dim dim, bool keepdim) const { return wick::min(*this, dim, keepdim); }
Tensor Tensor::amax(const Dims& dims, bool keepdim) const {
  return wick::amax(*this, dims, keepdim);
}
Tensor Tensor::amin(const Dims& dims, bool keepdim) const {
  return wick::amin(*this, dims, keepdim);
}
Tensor Tensor::argmax(std::optional<Dim> dim, bool keepdim) const {
  return wick::argmax(*this, dim, keepdim);
}
Tensor Tensor::argmin(std::optional<Dim> dim, bool keepdim) const {
  return wick::argmin(*this, dim, keepdim);
}

}  // namespace wick
