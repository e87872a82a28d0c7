#include "autograd/views.h"
#include "compute/copy.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "ops/pointwise/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using compute::Copy;

/// The grad_fn a differentiable conversion keeps.
Tensor converted(std::string_view op, const Tensor& x, Tensor result) {
  compute::run(Copy(), result, x);
  return autograd::record(op, std::move(result),
                          autograd::wrt(x, [](const Tensor& g) { return g; }));
}

/// The gradient of a value that is gone.
Tensor overwritten(const Tensor& g) { return zeros_like(g); }

}  // namespace

Tensor clone(const Tensor& x) {
  return converted("CloneBackward0", x, ops::make_like(x, x.dtype(), x.device()));
}

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  return converted("CloneBackward0", x, core::make(x.shape(), x.dtype(), x.device()));
}

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  const Strides strides = core::result_strides(x.shape(), std::span(&x, 1));
  return converted("ToCopyBackward0", x, core::make_strided(x.shape(), strides, dtype, x.device()));
}

Tensor to(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  if (x.is_meta()) throw TypeError("cannot copy out of a meta tensor: it has no elements");
  return converted("ToCopyBackward0", x, core::make(x.shape(), x.dtype(), device));
}

Tensor Tensor::to(DType dtype) const { return wick::to(*this, dtype); }
Tensor Tensor::to(Device device) const { return wick::to(*this, device); }
Tensor Tensor::contiguous() const { return wick::contiguous(*this); }
Tensor Tensor::clone() const { return wick::clone(*this); }

const Tensor& Tensor::copy_(const Tensor& source) const {
  autograd::check_writable(*this);
  if (broadcast_shapes(shape(), source.shape()) != shape())
    core::fail<ShapeError>("output with shape {} doesn't match the broadcast shape {}", shape(),
                           broadcast_shapes(shape(), source.shape()));
  if (source.is_meta() && !is_meta())
    throw TypeError("cannot copy out of a meta tensor: it has no elements");
  if (!is_same(source))
    compute::run(Copy(), *this, core::overlaps(*this, source) ? wick::clone(source) : source);
  core::wrote(*this);
  return autograd::record_in_place("CopyBackwards", *this, autograd::wrt(*this, overwritten),
                                   autograd::wrt(source, [](const Tensor& g) { return g; }));
}

const Tensor& Tensor::fill_(Scalar value) const {
  autograd::check_writable(*this);
  ops::check_fits(value, dtype());
  compute::run(compute::Fill{value}, *this);
  core::wrote(*this);
  return autograd::record_in_place("FillBackward0", *this, autograd::wrt(*this, overwritten));
}

const Tensor& Tensor::zero_() const { return fill_(0); }

}  // namespace wick
