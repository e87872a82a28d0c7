// Views that show all elements in other shapes.
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

/// A view that only rearranges x's dimensions.
template <class F>
Tensor rearranged(std::string_view name, const Tensor& x, const Shape& shape,
                  const Strides& strides, F derivative) {
  return autograd::record(name, make_view(x, shape, strides, x.storage_offset()),
                          autograd::wrt(x, derivative));
}

/// The derivative of views that keep the order of the elements.
auto reshaped_to(const Shape& shape) {
  return [shape](const Tensor& g) { return reshape(g, shape); };
}

}  // namespace

Tensor view(const Tensor& x, const Shape& shape) {
  const Shape target = core::infer_shape(shape, x.numel());
  core::check_size(target, element_size(x.dtype()));
  const auto strides = core::view_strides(x.shape(), x.strides(), target);
  if (!strides)
    throw ShapeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension "
        "spans across two contiguous subspaces). Use .reshape(...) instead.");
  return rearranged("ViewBackward0", x, target, *strides, reshaped_to(x.shape()));
}

Tensor reshape(const Tensor& x, const Shape& shape) {
  const Shape target = core::infer_shape(shape, x.numel());
  core::check_size(target, element_size(x.dtype()));
  if (target == x.shape()) return x;
  if (core::view_strides(x.shape(), x.strides(), target)) return view(x, target);
  return view(contiguous(x), target);
}

Tensor flatten(const Tensor& x, Dim start_dim, Dim end_dim) {
  const int64_t first = wrap_dim(start_dim, x.shape().size());
  const int64_t last = wrap_dim(end_dim, x.shape().size());
  if (first > last)
    fail<ShapeError>(
        "flatten() has invalid args: start_dim cannot come after end_dim, got {} and {}", first,
        last);
  if (x.dim() == 0) return reshape(x, {1});
  if (first == last) return x;
  Shape target;
  int64_t merged = 1;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (i < first || i > last)
      target.push_back(x.shape()[i]);
    else
      merged *= x.shape()[i];
    if (i == last) target.push_back(merged);
  }
  return reshape(x, target);
}

Tensor unflatten(const Tensor& x, Dim dim, const Shape& sizes) {
  if (x.dim() == 0) throw IndexError("unflatten() cannot be applied to a 0-dim tensor.");
  const int64_t at = wrap_dim(dim, x.shape().size());
  if (sizes.empty()) throw ShapeError("unflatten: sizes must be non-empty");
  Shape inner;
  try {
    inner = core::infer_shape(sizes, x.size(at));
  } catch (const ShapeError&) {
    fail<ShapeError>(
        "unflatten: Provided sizes {} don't multiply up to the size of dim {} ({}) in "
        "the input tensor",
        sizes, at, x.size(at));
  }
  Shape target = x.shape();
  target.erase(static_cast<size_t>(at));
  for (size_t i = 0; i < inner.size(); ++i)
    target.insert(static_cast<size_t>(at) + i, inner.begin()[i]);
  return view(x, target);
}

Tensor transpose(const Tensor& x, Dim dim0, Dim dim1) {
  const int64_t a = wrap_dim(dim0, x.shape().size());
  const int64_t b = wrap_dim(dim1, x.shape().size());
  if (x.dim() == 0) return x;
  Shape shape = x.shape();
  Strides strides = x.strides();
  std::swap(shape[a], shape[b]);
  std::swap(strides[a], strides[b]);
  return rearranged("TransposeBackward0", x, shape, strides,
                    [a, b](const Tensor& g) { return transpose(g, a, b); });
}

Tensor permute(const Tensor& x, const Shape& dims) {
  if (dims.size() != x.shape().size())
    fail<ShapeError>(
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
        "of the desired ordering of dimensions i.e. input.dim() = {} is not equal to len(dims) = "
        "{}",
        x.dim(), dims.size());
  Shape shape;
  Strides strides;
  uint32_t seen = 0;
  for (const int64_t dim : dims) {
    const int64_t d = wrap_dim(dim, dims.size());
    if (seen & (uint32_t{1} << d))
      fail<ValueError>("permute(): duplicate dims are not allowed, got {}", dims);
    seen |= uint32_t{1} << d;
    shape.push_back(x.shape()[d]);
    strides.push_back(x.strides()[d]);
  }
  return rearranged("PermuteBackward0", x, shape, strides, [dims](const Tensor& g) {
    Shape inverse = dims;
    for (size_t i = 0; i < dims.size(); ++i)
      inverse[wrap_dim(dims.begin()[i], dims.size())] = static_cast<int64_t>(i);
    return permute(g, inverse);
  });
}

Tensor t(const Tensor& x) {
  if (x.dim() > 2)
    fail<ShapeError>("t() expects a tensor with <= 2 dimensions, but self is {}D", x.dim());
  const auto derivative = [](const Tensor& g) { return t(g); };
  if (x.dim() < 2) return rearranged("TBackward0", x, x.shape(), x.strides(), derivative);
  return rearranged("TBackward0", x, {x.size(1), x.size(0)}, {x.stride(1), x.stride(0)},
                    derivative);
}

Tensor squeeze(const Tensor& x) {
  Shape shape;
  Strides strides;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (x.shape()[i] == 1) continue;
    shape.push_back(x.shape()[i]);
    strides.push_back(x.strides()[i]);
  }
  return rearranged("SqueezeBackward0", x, shape, strides, reshaped_to(x.shape()));
}

Tensor squeeze(const Tensor& x, Dim dim) {
  const int64_t d = wrap_dim(dim, x.shape().size());
  Shape shape = x.shape();
  Strides strides = x.strides();
  if (x.dim() > 0 && shape[d] == 1) {
    shape.erase(static_cast<size_t>(d));
    strides.erase(static_cast<size_t>(d));
  }
  return rearranged("SqueezeBackward1", x, shape, strides, reshaped_to(x.shape()));
}

Tensor unsqueeze(const Tensor& x, Dim dim) {
  const int64_t d = wrap_dim(dim, x.shape().size() + 1);
  Shape shape = x.shape();
  Strides strides = x.strides();
  int64_t stride = 1;  // never used, so it does not matter where it overflows
  if (d < x.dim() && __builtin_mul_overflow(shape[d], strides[d], &stride)) stride = 1;
  shape.insert(static_cast<size_t>(d), 1);
  strides.insert(static_cast<size_t>(d), stride);
  return rearranged("UnsqueezeBackward0", x, shape, strides, reshaped_to(x.shape()));
}

Tensor expand(const Tensor& x, const Shape& shape) {
  if (shape.size() < x.shape().size())
    fail<ShapeError>(
        "expand({}Tensor{{{}}}, size={}): the number of sizes provided ({}) must be greater or "
        "equal to the number of dimensions in the tensor ({})",
        core::scalar_type_name(x.dtype()), x.shape(), shape, shape.size(), x.dim());
  const auto lead = static_cast<int64_t>(shape.size()) - x.dim();
  Shape target = shape;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    const int64_t old = i < lead ? 1 : x.shape()[i - lead];
    if (target[i] == -1) {
      if (i < lead)
        fail<ShapeError>(
            "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
            "dimension {}",
            i);
      target[i] = old;
    }
    if (target[i] < 0)
      fail<ShapeError>("expand expects sizes >= 0, or -1 to keep one, got {}", shape);
    if (target[i] != old && old != 1)
      fail<ShapeError>(
          "The expanded size of the tensor ({}) must match the existing size ({}) at non-singleton "
          "dimension {}.  Target sizes: {}.  Tensor sizes: {}",
          target[i], old, i, shape, x.shape());
  }
  core::check_size(target, element_size(x.dtype()));
  // The gradient is summed over what was repeated, as it is for every op that broadcasts.
  return rearranged("ExpandBackward0", x, target,
                    core::broadcast_strides(x.shape(), x.strides(), target),
                    [](const Tensor& g) { return g; });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) { return expand(x, shape); }

std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors) {
  Shape shape;
  for (const Tensor& x : tensors) shape = broadcast_shapes(shape, x.shape());
  std::vector<Tensor> result;
  for (const Tensor& x : tensors) result.push_back(expand(x, shape));
  return result;
}

Tensor Tensor::view(const Shape& s) const { return wick::view(*this, s); }
Tensor Tensor::reshape(const Shape& s) const { return wick::reshape(*this, s); }
Tensor Tensor::flatten(Dim a, Dim b) const { return wick::flatten(*this, a, b); }
Tensor Tensor::unflatten(Dim d, const Shape& s) const { return wick::unflatten(*this, d, s); }
Tensor Tensor::transpose(Dim a, Dim b) const { return wick::transpose(*this, a, b); }
Tensor Tensor::permute(const Shape& dims) const { return wick::permute(*this, dims); }
Tensor Tensor::t() const { return wick::t(*this); }
Tensor Tensor::squeeze() const { return wick::squeeze(*this); }
Tensor Tensor::squeeze(Dim d) const { return wick::squeeze(*this, d); }
Tensor Tensor::unsqueeze(Dim d) const { return wick::unsqueeze(*this, d); }
Tensor Tensor::expand(const Shape& s) const { return wick::expand(*this, s); }
Tensor Tensor::broadcast_to(const Shape& s) const { return wick::broadcast_to(*this, s); }

}  // namespace wick
