// Masks: nonzero, masked_select, masked_fill.
#include "compute/mask.h"
#include "autograd/node.h"
#include "autograd/views.h"
#include "core/check.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using ops::is_mask;

void need_elements(const Tensor& t, std::string_view op) {
  if (t.is_meta())
    core::fail<TypeError>(
        "{}(): the shape of the result depends on elements, and a meta tensor has none; use a "
        "tensor on the cpu, or where() or masked_fill(), which keep the shape",
        op);
}

void check_fill_mask(const Tensor& mask) {
  if (!is_mask(mask))
    core::fail<TypeError>("masked_fill only supports boolean masks, but got mask with dtype {}",
                          name(mask.dtype()));
}

/// The derivative with respect to x of what takes another value where `mask` says.
auto unmasked(const Tensor& x, const Tensor& mask) {
  return autograd::wrt(
      x, [mask = autograd::Saved(mask)](const Tensor& g) { return masked_fill(g, mask, 0); });
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  need_elements(x, "nonzero");
  return compute::nonzero(wick::contiguous(is_mask(x) ? x : ne(x, Scalar(0))));
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  if (!is_mask(mask)) throw TypeError("masked_select: expected BoolTensor or ByteTensor for mask");
  const Shape shape = broadcast_shapes(x.shape(), mask.shape());
  need_elements(x, "masked_select");
  need_elements(mask, "masked_select");
  const Tensor wide_mask = contiguous(expand(mask, shape));
  const Tensor wide = contiguous(expand(x.detach(), shape));
  const Tensor out = compute::masked_select(wide, wide_mask);
  return autograd::record(
      "MaskedSelectBackward0", out,
      autograd::wrt(x, [mask = autograd::Saved(wide_mask.to(DType::bool_))](const Tensor& g) {
        Tensor result = zeros(mask.get().shape(), g.dtype());
        result.index_put_({mask.get()}, g);
        return result;
      }));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  check_fill_mask(mask);
  const Shape shape = broadcast_shapes(x.shape(), mask.shape());
  const Tensor out = core::make_strided(shape, core::result_strides(shape, std::span(&x, 1)),
                                        x.dtype(), ops::common_device(x, mask));
  ops::check_fits(value, out.dtype(), ops::HalfOverflow::error);
  compute::run(compute::MaskedFill{value}, out, x, mask);
  return autograd::record("MaskedFillBackward0", out, unmasked(x, mask));
}

Tensor Tensor::nonzero() const { return wick::nonzero(*this); }
Tensor Tensor::masked_select(const Tensor& mask) const { return wick::masked_select(*this, mask); }
Tensor Tensor::masked_fill(const Tensor& mask, Scalar value) const {
  return wick::masked_fill(*this, mask, value);
}

const Tensor& Tensor::masked_fill_(const Tensor& mask, Scalar value) const {
  autograd::check_writable(*this);
  check_fill_mask(mask);
  const Shape wide = broadcast_shapes(shape(), mask.shape());
  if (wide != shape())
    core::fail<ShapeError>("output with shape {} doesn't match the broadcast shape {}", shape(),
                           wide);
  if (mask.is_meta() && !is_meta())
    throw TypeError("masked_fill_(): the mask is on the meta device and has no elements");
  const Tensor apart = core::overlaps(mask, *this) ? wick::clone(mask) : mask;
  if (autograd::detail::is_recorded(*this)) autograd::check_savable(apart);
  ops::check_fits(value, dtype(), ops::HalfOverflow::error);
  compute::run(compute::MaskedFill{value}, *this, *this, apart);
  core::wrote(*this);
  return autograd::record_in_place("MaskedFillBackward0", *this, unmasked(*this, apart));
}

}  // namespace wick
