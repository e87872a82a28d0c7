// New tensors from whole old ones: cat, stack, repeat, flip, roll, tril, triu.
#include "compute/rearrange.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

Tensor make_like(const Tensor& x, const Shape& shape) {
  return core::make(shape, x.dtype(), x.device());
}

/// The parts one after another along `dim` of a new tensor. Their other sizes agree.
Tensor join(const std::vector<Tensor>& parts, const Shape& shape, int64_t dim, DType dtype) {
  const Tensor out = core::make(shape, dtype, ops::common_device(parts));
  compute::run(compute::Concatenate{dim}, out, std::span<const Tensor>(parts));
  return out;
}

/// cat skips tensors of shape [0] whatever the others look like, a habit of old PyTorch.
bool skipped(const Tensor& t) { return t.dim() == 1 && t.numel() == 0; }

void check_cat(const Tensor& first, const Tensor& other, size_t at, int64_t dim) {
  if (first.dim() != other.dim())
    core::fail<ShapeError>("Tensors must have same number of dimensions: got {} and {}",
                           first.dim(), other.dim());
  for (int64_t d = 0; d < first.dim(); ++d)
    if (d != dim && first.size(d) != other.size(d))
      core::fail<ShapeError>(
          "Sizes of tensors must match except in dimension {}. Expected size {} but got size {} "
          "for "
          "tensor number {} in the list.",
          dim, first.size(d), other.size(d), at);
}

int64_t checked_product(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    core::fail<ShapeError>("repeat(): {} times size {} does not fit in 64 bits", b, a);
  return product;
}

Tensor roll_dims(const Tensor& x, const Shape& shifts) {
  const Tensor out = make_like(x, x.shape());
  compute::run(compute::Roll{shifts}, out, x);
  return out;
}

/// How often elements move along a dimension of `size`: shift modulo size, at least 0.
int64_t wrapped_shift(int64_t shift, int64_t size) {
  const int64_t rest = size == 0 ? 0 : shift % size;
  return rest < 0 ? rest + size : rest;
}

/// Keeps columns [0, row + diagonal] (lower) or [row + diagonal, cols) of each row.
Tensor triangle(const Tensor& x, int64_t diagonal, bool lower, std::string_view op) {
  if (x.dim() < 2) core::fail<ShapeError>("{}: input tensor must have at least 2 dimensions", op);
  const Tensor out = make_like(x, x.shape());
  compute::run(compute::Triangle{diagonal, lower}, out, x);
  return out;
}

}  // namespace

Tensor cat(const std::vector<Tensor>& tensors, Dim dim) {
  if (tensors.empty()) throw ValueError("cat(): expected a non-empty list of Tensors");
  DType dtype = tensors[0].dtype();
  const Tensor* first = nullptr;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].dim() == 0)
      core::fail<ShapeError>("zero-dimensional tensor (at position {}) cannot be concatenated", i);
    dtype = promote_types(dtype, tensors[i].dtype());
    if (!first && !skipped(tensors[i])) first = &tensors[i];
  }
  if (!first)
    return autograd::record("CatBackward0", join(tensors, {0}, 0, dtype), tensors,
                            [](const Tensor& g, size_t) { return g; });
  const int64_t d = core::wrap_dim(dim, first->shape().size());
  Shape shape = first->shape();
  shape[d] = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (skipped(tensors[i])) continue;
    check_cat(*first, tensors[i], i, d);
    if (__builtin_add_overflow(shape[d], tensors[i].size(d), &shape[d]))
      core::fail<ShapeError>("cat(): the sizes of dimension {} do not add up within 64 bits", d);
  }
  std::vector<int64_t> starts{0};
  for (const Tensor& x : tensors) starts.push_back(starts.back() + (skipped(x) ? 0 : x.size(d)));
  std::vector<Shape> shapes;
  for (const Tensor& x : tensors) shapes.push_back(x.shape());
  return autograd::record("CatBackward0", join(tensors, shape, d, dtype), tensors,
                          [starts, shapes, d](const Tensor& g, size_t i) {
                            if (starts[i] == starts[i + 1]) return ops::new_zeros(g, shapes[i]);
                            return slice(g, d, starts[i], starts[i + 1]);
                          });
}

Tensor stack(const std::vector<Tensor>& tensors, Dim dim) {
  if (tensors.empty()) throw ValueError("stack expects a non-empty TensorList");
  const Shape& each = tensors[0].shape();
  DType dtype = tensors[0].dtype();
  for (size_t i = 1; i < tensors.size(); ++i) {
    if (tensors[i].shape() != each)
      core::fail<ShapeError>(
          "stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {}",
          each, tensors[i].shape(), i);
    dtype = promote_types(dtype, tensors[i].dtype());
  }
  const auto d = static_cast<size_t>(core::wrap_dim(dim, each.size() + 1));
  Shape shape = each;
  shape.insert(d, 1);
  std::vector<Tensor> parts;
  parts.reserve(tensors.size());
  for (const Tensor& t : tensors) {
    Strides strides = t.strides();
    strides.insert(d, 1);
    parts.push_back(core::alias(t, shape, strides, t.storage_offset()));
  }
  shape.begin()[d] = static_cast<int64_t>(tensors.size());
  const auto dim_of_stack = static_cast<int64_t>(d);
  return autograd::record("StackBackward0", join(parts, shape, dim_of_stack, dtype), tensors,
                          [dim_of_stack](const Tensor& g, size_t i) {
                            return select(g, dim_of_stack, static_cast<int64_t>(i));
                          });
}

Tensor repeat(const Tensor& x, const Shape& repeats) {
  if (repeats.size() < x.shape().size())
    throw ShapeError(
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
        "tensor");
  Shape shape = x.shape();
  while (shape.size() < repeats.size()) shape.insert(0, 1);
  Shape result = shape;
  for (size_t d = 0; d < shape.size(); ++d)
    result.begin()[d] = checked_product(shape.begin()[d], repeats.begin()[d]);
  core::check_size(result, element_size(x.dtype()));
  for (const int64_t times : repeats)
    if (times < 0)
      core::fail<ShapeError>("repeat(): the number of repeats must not be negative, got {}",
                             repeats);
  const Tensor out = make_like(x, result);
  compute::run(compute::Repeat(), out, x);
  return autograd::record("RepeatBackward0", out,
                          autograd::wrt(x, [shape, repeats](const Tensor& g) {
                            // One dimension after the other, as many blocks that are summed; seen
                            // with three dimensions, so that a tensor may have all that there can
                            // be.
                            Shape now = g.shape();
                            Tensor sums = g;
                            for (int64_t d = g.dim(); d-- > 0;) {
                              if (repeats[d] == 1) continue;
                              int64_t outer = 1, block = shape[d];
                              for (int64_t k = 0; k < g.dim(); ++k)
                                if (k != d) (k < d ? outer : block) *= now[k];
                              now[d] = shape[d];
                              sums = sum(sums.reshape({outer, repeats[d], block}), 1);
                            }
                            return sums.reshape(now);
                          }));
}

Tensor flip(const Tensor& x, const Dims& dims) {
  const uint32_t mask = dims.empty() ? 0 : core::dim_mask(dims, x.shape().size());
  const Tensor out = make_like(x, x.shape());
  compute::run(compute::Flip{mask}, out, x);
  return autograd::record("FlipBackward0", out,
                          autograd::wrt(x, [dims](const Tensor& g) { return flip(g, dims); }));
}

Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims) {
  if (shifts.empty()) throw ValueError("`shifts` required");
  if (dims.size() != shifts.size() && (!dims.empty() || shifts.size() != 1))
    core::fail<ValueError>("shifts and dimensions must align. shifts: {}, dims:{}", shifts.size(),
                           dims.size());
  Tensor out;
  Shape back;  // what undoes it
  if (dims.empty()) {
    const Tensor flat = contiguous(x.detach()).view({x.numel()});
    const int64_t shift = wrapped_shift(shifts[0], x.numel());
    out = roll_dims(flat, {shift}).view(x.shape());
    back.push_back(-shift);
  } else {
    Shape moves = Shape::filled(x.shape().size(), 0);
    for (size_t i = 0; i < dims.size(); ++i) {
      if (x.dim() == 0)
        core::fail<IndexError>("Dimension specified as {} but tensor has no dimensions",
                               dims.begin()[i]);
      int64_t& move = moves[core::wrap_dim(dims.begin()[i], x.shape().size())];
      const int64_t size = x.size(dims.begin()[i]);
      const int64_t shift = wrapped_shift(shifts.begin()[i], size);
      move = wrapped_shift(move + shift, size);
      back.push_back(-shift);
    }
    out = roll_dims(x, moves);
  }
  return autograd::record(
      "RollBackward0", out.detach(),
      autograd::wrt(x, [back, dims](const Tensor& g) { return roll(g, back, dims); }));
}

Tensor tril(const Tensor& x, int64_t diagonal) {
  return autograd::record(
      "TrilBackward0", triangle(x, diagonal, true, "tril"),
      autograd::wrt(x, [diagonal](const Tensor& g) { return tril(g, diagonal); }));
}
Tensor triu(const Tensor& x, int64_t diagonal) {
  return autograd::record(
      "TriuBackward0", triangle(x, diagonal, false, "triu"),
      autograd::wrt(x, [diagonal](const Tensor& g) { return triu(g, diagonal); }));
}

Tensor Tensor::repeat(const Shape& repeats) const { return wick::repeat(*this, repeats); }
Tensor Tensor::flip(const Dims& dims) const { return wick::flip(*this, dims); }
Tensor Tensor::roll(const Shape& shifts, const Dims& dims) const {
  return wick::roll(*this, shifts, dims);
}
Tensor Tensor::tril(int64_t diagonal) const { return wick::tril(*this, diagonal); }
Tensor Tensor::triu(int64_t diagonal) const { return wick::triu(*this, diagonal); }

}  // namespace wick
