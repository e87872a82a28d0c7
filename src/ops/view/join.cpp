// New tensors from whole old ones: cat, stack, repeat, flip, roll, tril, triu.
#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "kernels/copy/copy.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// Copies elements of `size` bytes between two places of the same shape, into a new tensor that has
/// `bytes` in all.
void copy_elements(const core::Operand& to, core::Operand from, const Shape& shape, size_t size,
                   int64_t bytes) {
  from.readable = static_cast<int64_t>(size);
  const std::array<core::Operand, 2> operands{to, from};
  const kernels::Stores stores = kernels::stores_for(bytes);
  core::for_each_run(shape, operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       kernels::copy_run(data[0], steps[0], data[1], steps[1], n, size, stores);
                     });
}

Tensor make_like(const Tensor& x, const Shape& shape) {
  return core::make(shape, x.dtype(), x.device());
}

int64_t bytes_of(const Tensor& out) {
  return out.numel() * static_cast<int64_t>(element_size(out.dtype()));
}

bool nothing_to_copy(const Tensor& out) { return out.is_meta() || out.numel() == 0; }

/// Writes the parts one after another along `dim` of a new tensor. Their other sizes agree.
Tensor join(const std::vector<Tensor>& parts, const Shape& shape, int64_t dim, DType dtype) {
  bool meta = false;
  for (const Tensor& part : parts) meta = meta || part.is_meta();
  const Tensor out = core::make(shape, dtype, meta ? Device::meta : Device::cpu);
  if (nothing_to_copy(out)) return out;
  const size_t size = element_size(dtype);
  core::Operand to = core::operand(out, shape);
  for (const Tensor& part : parts) {
    if (part.numel() == 0) continue;
    const Tensor converted = wick::to(part.detach(), dtype);
    copy_elements(to, core::operand(converted, part.shape()), part.shape(), size, bytes_of(out));
    to.data += part.size(dim) * to.strides[dim];
  }
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

/// x (row-major) with dimension `dim` `times` times over.
Tensor repeat_dim(const Tensor& x, size_t dim, int64_t times) {
  Shape shape = x.shape();
  int64_t outer = 1, block = 1;
  for (size_t d = 0; d < shape.size(); ++d) (d < dim ? outer : block) *= shape.begin()[d];
  shape.begin()[dim] *= times;
  const Tensor out = make_like(x, shape);
  const auto size = static_cast<int64_t>(element_size(x.dtype()));
  const Shape nest{outer, times, block};
  const core::Operand to{core::bytes(out), {times * block * size, block * size, size}};
  const core::Operand from{core::bytes(x), {block * size, 0, size}};
  copy_elements(to, from, nest, static_cast<size_t>(size), bytes_of(out));
  return out;
}

/// Copies [0, size - shift) to [shift, size) and the rest to the front, in each dimension from d
/// on.
void roll_from(size_t d, core::Operand to, core::Operand from, Shape part, const Shape& shifts,
               size_t size, int64_t bytes) {
  while (d < part.size() && shifts.begin()[d] == 0) ++d;
  if (d == part.size()) return copy_elements(to, from, part, size, bytes);
  const int64_t shift = shifts.begin()[d], rest = part.begin()[d] - shift;
  core::Operand shifted = to, wrapped = from;
  shifted.data += shift * to.strides.begin()[d];
  wrapped.data += rest * from.strides.begin()[d];
  part.begin()[d] = rest;
  roll_from(d + 1, shifted, from, part, shifts, size, bytes);
  part.begin()[d] = shift;
  roll_from(d + 1, to, wrapped, part, shifts, size, bytes);
}

Tensor roll_dims(const Tensor& x, const Shape& shifts) {
  const Tensor out = make_like(x, x.shape());
  if (!nothing_to_copy(out))
    roll_from(0, core::operand(out, x.shape()), core::operand(x, x.shape()), x.shape(), shifts,
              element_size(x.dtype()), bytes_of(out));
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
  if (nothing_to_copy(out)) return out;
  const Tensor source = contiguous(x.detach());
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const int64_t above = std::clamp(diagonal, -rows, cols);
  const auto size = static_cast<int64_t>(element_size(x.dtype()));
  const int64_t grain = std::max<int64_t>(core::pointwise_grain / cols, 1);
  core::parallel_for(x.numel() / cols, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t cut = std::clamp<int64_t>(row % rows + above + (lower ? 1 : 0), 0, cols);
      char* to = core::bytes(out) + row * cols * size;
      const char* from = core::bytes(source) + row * cols * size;
      const auto head = static_cast<size_t>(cut * size);
      const auto tail = static_cast<size_t>((cols - cut) * size);
      if (lower) {
        std::memcpy(to, from, head);
        std::memset(to + head, 0, tail);
      } else {
        std::memset(to, 0, head);
        std::memcpy(to + head, from + head, tail);
      }
    }
  });
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
  Tensor out;
  if (x.is_meta() || result.numel() == 0) {
    out = make_like(x, result);
  } else {
    out = clone(x.detach());
    out = contiguous(out).view(shape);
    for (size_t d = 0; d < shape.size(); ++d)
      if (repeats.begin()[d] != 1) out = repeat_dim(out, d, repeats.begin()[d]);
  }
  return autograd::record("RepeatBackward0", out.detach(),
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
  if (!nothing_to_copy(out)) {
    // Read backwards: from the last element, with the step turned round.
    core::Operand from = core::operand(x, x.shape());
    for (size_t d = 0; d < x.shape().size(); ++d) {
      if ((mask >> d & 1U) == 0) continue;
      int64_t& stride = from.strides.begin()[d];
      from.data += (x.shape().begin()[d] - 1) * stride;
      stride = -stride;
    }
    copy_elements(core::operand(out, x.shape()), from, x.shape(), element_size(x.dtype()),
                  bytes_of(out));
  }
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
