// Reading by index: x[i], x(i, slice(1, 4), mask), and iteration.
#include "ops/index/index.h"

#include "autograd/views.h"
#include "compute/index.h"
#include "core/check.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// What the index picks, in a new tensor.
Tensor read(const ops::ParsedIndex& parsed) {
  const Tensor& view = parsed.view;
  const Tensor out = core::make(ops::picked_shape(parsed), view.dtype(), view.device());
  compute::run(compute::Index(), out, view, std::span<const Tensor>(parsed.positions));
  return out;
}

/// x itself under a new handle, so that rebinding or detaching one leaves the other alone.
Tensor whole(const Tensor& x) {
  return autograd::record("AliasBackward0",
                          autograd::make_view(x, x.shape(), x.strides(), x.storage_offset()),
                          autograd::wrt(x, [](const Tensor& g) { return g; }));
}

}  // namespace

Indexed Tensor::operator[](const Index& index) const { return this->index({index}); }

Indexed Tensor::index(const std::vector<Index>& indices) const {
  const ops::ParsedIndex parsed = ops::parse_index(*this, indices);
  if (parsed.positions.empty()) {
    const bool same = parsed.view.is_same(*this);
    return Indexed(same ? whole(*this) : parsed.view);
  }
  Tensor values = autograd::record(
      "IndexBackward0", read(parsed),
      autograd::wrt(parsed.view, [shape = parsed.view.shape(), picked = ops::SavedIndices(parsed)](
                                     const Tensor& g, const autograd::SumSoFar& so_far) {
        return ops::added_to_gradient(
            g, so_far, shape, [&](const Tensor& to) { to.index_put_(picked.get(), g, true); });
      }));
  return Indexed(std::move(values), *this, indices);
}

Indexed::Indexed(Tensor view) : Tensor(std::move(view)) {}
Indexed::Indexed(Tensor values, Tensor base, std::vector<Index> indices)
    : Tensor(std::move(values)), base_(std::move(base)), indices_(std::move(indices)) {}
Indexed::Indexed(const Indexed&) = default;
Indexed::Indexed(Indexed&&) noexcept = default;
Indexed::~Indexed() = default;

void Indexed::write(const Tensor& value) const {
  if (base_.defined()) {
    base_.index_put_(indices_, value);
    return;
  }
  // Leading dimensions of size 1 that the place does not have are dropped, as in PyTorch.
  Tensor fitted = value;
  while (fitted.dim() > dim() && fitted.size(0) == 1) fitted = wick::squeeze(fitted, 0);
  copy_(wick::expand(fitted, shape()));
}

void Indexed::write(Scalar value) const {
  if (!base_.defined()) {
    fill_(value);
    return;
  }
  ops::check_fits(value, base_.dtype(), ops::HalfOverflow::error);
  // As wide as the number is; writing converts it.
  const DType dtype = value.is_floating() ? DType::float64 : value.dtype();
  base_.index_put_(indices_, full({}, value, {.dtype = dtype, .device = base_.device()}));
}

Tensor::Iterator Tensor::begin() const {
  if (dim() == 0) throw TypeError("iteration over a 0-d tensor");
  return {*this, 0};
}
Tensor::Iterator Tensor::end() const {
  if (dim() == 0) throw TypeError("iteration over a 0-d tensor");
  return {*this, size(0)};
}

}  // namespace wick
