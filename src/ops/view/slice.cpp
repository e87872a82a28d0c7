// Views of parts: slices, single positions, and tensors cut into pieces.
#include <fmt/ranges.h>

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

using autograd::make_view;
using core::fail;
using core::wrap_dim;
using core::wrapping_product;
using core::wrapping_sum;

/// wrap_dim for ops that need a dimension to work on.
int64_t existing_dim(const char* op, const Tensor& x, int64_t dim) {
  if (x.dim() == 0) fail<IndexError>("{}() cannot be applied to a 0-dim tensor.", op);
  return wrap_dim(dim, x.shape().size());
}

/// The gradient of a tensor of shape `whole` of which a view showed part(x): g there, 0 elsewhere.
/// Added to what other views of it have left, so that many cost no more than the whole.
template <class F>
Tensor put_back(const Tensor& g, const autograd::SumSoFar& so_far, const Shape& whole, F part) {
  if (so_far.get().defined()) {
    part(so_far.get()).add_(g);
    return {};
  }
  const Tensor result = ops::new_zeros(g, whole);
  part(result).copy_(g);
  return result;
}

using Tensors = std::vector<Tensor>;

/// The gradients of pieces, with zeros of the shape shape_of(i) for those that did not arrive.
template <class F>
Tensors without_gaps(Tensors grads, F shape_of) {
  Tensor zero;
  for (const Tensor& g : grads)
    if (g.defined() && !zero.defined()) zero = ops::new_zeros(g, {});
  for (size_t i = 0; i < grads.size(); ++i)
    if (!grads[i].defined()) grads[i] = expand(zero, shape_of(i));
  return grads;
}

/// x in pieces along dimension d, of the given sizes, one after the other.
Tensors cut(std::string_view name, const Tensor& x, int64_t d, const std::vector<int64_t>& sizes) {
  Tensors pieces;
  int64_t at = 0;
  for (const int64_t size : sizes) {
    Shape shape = x.shape();
    shape[d] = size;
    const int64_t offset = wrapping_sum(x.storage_offset(), wrapping_product(at, x.strides()[d]));
    pieces.push_back(make_view(x, shape, x.strides(), offset, ViewKind::one_of_many));
    at += size;
  }
  auto derivative = [shape = x.shape(), d, sizes](const Tensors& grads,
                                                  const std::vector<bool>&) -> Tensors {
    return {cat(without_gaps(grads,
                             [&](size_t i) {
                               Shape piece = shape;
                               piece[d] = sizes[i];
                               return piece;
                             }),
                d)};
  };
  return autograd::record(name, std::move(pieces), autograd::jointly({x}, std::move(derivative)));
}

}  // namespace

Tensor slice(const Tensor& x, Dim dim, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step) {
  const int64_t d = existing_dim("slice", x, dim);
  if (step <= 0) throw ValueError("step must be greater than zero");
  const int64_t size = x.shape()[d];
  const auto clip = [size](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size);
  };
  const int64_t first = clip(start.value_or(0));
  const int64_t last = std::max(first, clip(end.value_or(size)));
  Shape shape = x.shape();
  Strides strides = x.strides();
  const int64_t span = last - first;
  shape[d] = span == 0 ? 0 : (span - 1) / step + 1;
  // A step beyond the end leaves one element, whose stride does not matter.
  strides[d] = shape[d] > 1 ? wrapping_product(strides[d], step) : strides[d];
  const int64_t offset = wrapping_sum(x.storage_offset(), wrapping_product(first, x.strides()[d]));
  return autograd::record("SliceBackward0", make_view(x, shape, strides, offset),
                          autograd::wrt(x, [whole = x.shape(), d, first, last, step](
                                               const Tensor& g, const autograd::SumSoFar& so_far) {
                            return put_back(g, so_far, whole, [&](const Tensor& to) {
                              return slice(to, d, first, last, step);
                            });
                          }));
}

Tensor narrow(const Tensor& x, Dim dim, int64_t start, int64_t length) {
  const int64_t d = existing_dim("narrow", x, dim);
  const int64_t size = x.shape()[d];
  if (length < 0) fail<ValueError>("narrow(): length must be non-negative, got {}", length);
  if (start < -size || start > size)  // start == size is an empty piece at the end
    fail<IndexError>("Dimension out of range (expected to be in range of [{}, {}], but got {})",
                     -size, size - 1, start);
  if (start < 0) start += size;
  if (length > size - start)
    fail<ShapeError>("start ({}) + length ({}) exceeds dimension size ({}).", start, length, size);
  return slice(x, d, start, start + length);
}

Tensor select(const Tensor& x, Dim dim, int64_t index) {
  if (x.dim() == 0) throw IndexError("select() cannot be applied to a 0-dim tensor.");
  const int64_t d = wrap_dim(dim, x.shape().size());
  const int64_t size = x.shape()[d];
  if (index < -size || index >= size)
    fail<IndexError>("select(): index {} out of range for tensor of size {} at dimension {}", index,
                     x.shape(), d);
  Shape shape = x.shape();
  Strides strides = x.strides();
  const int64_t at = index < 0 ? index + size : index;
  const int64_t offset = wrapping_sum(x.storage_offset(), wrapping_product(at, strides[d]));
  shape.erase(static_cast<size_t>(d));
  strides.erase(static_cast<size_t>(d));
  return autograd::record("SelectBackward0", make_view(x, shape, strides, offset),
                          autograd::wrt(x, [whole = x.shape(), d, index](
                                               const Tensor& g, const autograd::SumSoFar& so_far) {
                            return put_back(g, so_far, whole,
                                            [&](const Tensor& to) { return select(to, d, index); });
                          }));
}

std::vector<Tensor> unbind(const Tensor& x, Dim dim) {
  const int64_t d = existing_dim("unbind", x, dim);
  core::check_memory(x.shape()[d], sizeof(TensorImpl));  // a view repeats a size for nothing
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape.erase(static_cast<size_t>(d));
  strides.erase(static_cast<size_t>(d));
  Tensors result;
  for (int64_t i = 0; i < x.shape()[d]; ++i) {
    const int64_t offset = wrapping_sum(x.storage_offset(), wrapping_product(i, x.strides()[d]));
    result.push_back(make_view(x, shape, strides, offset, ViewKind::one_of_many));
  }
  auto derivative = [shape, d](const Tensors& grads, const std::vector<bool>&) -> Tensors {
    return {stack(without_gaps(grads, [&](size_t) { return shape; }), d)};
  };
  return autograd::record("UnbindBackward0", std::move(result),
                          autograd::jointly({x}, std::move(derivative)));
}

std::vector<Tensor> split(const Tensor& x, int64_t size, Dim dim) {
  const int64_t d = existing_dim("split", x, dim);
  const int64_t total = x.shape()[d];
  if (size < 0)
    fail<ValueError>("split expects split_size be non-negative, but got split_size={}", size);
  if (size == 0 && total != 0)
    fail<ValueError>(
        "split_size can only be 0 if dimension size is 0, but got dimension size of {}", total);
  if (size > 0) core::check_memory(total / size, sizeof(TensorImpl));
  std::vector<int64_t> sizes;
  int64_t at = 0;
  do {
    sizes.push_back(std::min(size, total - at));
    at += sizes.back();
  } while (at < total);
  return cut("SplitBackward0", x, d, sizes);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, Dim dim) {
  const int64_t d = existing_dim("split", x, dim);
  int64_t sum = 0;
  for (const int64_t size : sizes) {
    if (size < 0)
      fail<ValueError>(
          "split_with_sizes expects split_sizes have only non-negative entries, but "
          "got split_sizes=[{}]",
          fmt::join(sizes, ", "));
    if (__builtin_add_overflow(sum, size, &sum)) sum = INT64_MAX;
  }
  if (sum != x.shape()[d])
    fail<ShapeError>(
        "split_with_sizes expects split_sizes to sum exactly to {} (input tensor's size at "
        "dimension {}), but got split_sizes=[{}]",
        x.shape()[d], d, fmt::join(sizes, ", "));
  return cut("SplitWithSizesBackward0", x, d, sizes);
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, Dim dim) {
  const int64_t d = existing_dim("chunk", x, dim);
  if (chunks <= 0) fail<ValueError>("chunk expects `chunks` to be greater than 0, got: {}", chunks);
  const int64_t total = x.shape()[d];
  if (total == 0) {  // as many empty pieces as were asked for, as PyTorch gives
    if (chunks > 1 << 20) fail<ValueError>("chunk: {} empty chunks are too many", chunks);
    return split(x, std::vector<int64_t>(static_cast<size_t>(chunks), 0), d);
  }
  return split(x, (total - 1) / chunks + 1, d);
}

Tensor Tensor::narrow(Dim d, int64_t start, int64_t length) const {
  return wick::narrow(*this, d, start, length);
}
Tensor Tensor::select(Dim d, int64_t i) const { return wick::select(*this, d, i); }
Tensor Tensor::slice(Dim d, std::optional<int64_t> start, std::optional<int64_t> end,
                     int64_t step) const {
  return wick::slice(*this, d, start, end, step);
}
std::vector<Tensor> Tensor::unbind(Dim d) const { return wick::unbind(*this, d); }
std::vector<Tensor> Tensor::split(int64_t s, Dim d) const { return wick::split(*this, s, d); }
std::vector<Tensor> Tensor::split(const std::vector<int64_t>& sizes, Dim d) const {
  return wick::split(*this, sizes, d);
}
std::vector<Tensor> Tensor::chunk(int64_t n, Dim d) const { return wick::chunk(*this, n, d); }

}  // namespace wick
