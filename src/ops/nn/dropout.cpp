#include "autograd/views.h"
#include "compute/random.h"
#include "core/check.h"
#include "core/promote.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

void check_probability(double p) {
  if (!(p >= 0 && p <= 1))
    core::fail<ValueError>("dropout probability has to be between 0 and 1, but got {}",
                           python_repr(p));
}

/// True if dropout(x, p, training) is x itself.
bool changes_nothing(const Tensor& x, double p, bool training) {
  return !training || p == 0 || x.numel() == 0;
}

/// Room for a bit for each element of x: all that the backward pass needs.
Tensor room_for_bits(const Tensor& x, Device device) {
  return core::make({(x.numel() + 7) / 8}, DType::uint8, device);
}

Tensor apply(const Tensor& x, const Tensor& kept, double p);

/// The derivative of dropout, which is the same function of the gradient.
auto mask_of(const Tensor& kept, double p) {
  return [kept = autograd::Saved(kept), p](const Tensor& g) { return apply(g, kept, p); };
}

/// x * mask, with the mask that `kept` notes for contiguous elements.
Tensor apply(const Tensor& x, const Tensor& kept, double p) {
  const Tensor y = core::make(x.shape(), x.dtype(), ops::common_device(x, kept));
  compute::run(compute::DropoutApply{p}, y, x, kept);
  return autograd::record("MulBackward0", y, autograd::wrt(x, mask_of(kept, p)));
}

/// The mask of an x that is not contiguous: PyTorch draws it in row-major order all the same.
Tensor whole_mask(const Tensor& x, double p, Generator* generator, Device device) {
  Tensor mask = core::make(x.shape(), x.dtype(), device);
  compute::run(compute::DropoutMask{p, generator}, mask);
  return mask;
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return mul(x, false);  // not zeros: inf and nan become nan, as in PyTorch
  core::check_can_cast(DType::float32, x.dtype());
  const Device device = ops::device_to_draw(x.device());
  if (!x.is_contiguous()) return mul(x, whole_mask(x, p, generator, device));
  const Tensor kept = autograd::detail::is_recorded(x) ? room_for_bits(x, device) : Tensor();
  const Tensor y = core::make(x.shape(), x.dtype(), device);
  compute::run(compute::Dropout{p, generator}, y, kept, x);
  return autograd::record("MulBackward0", y, autograd::wrt(x, mask_of(kept, p)));
}

const Tensor& dropout_(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return x.mul_(false);
  core::check_can_cast(DType::float32, x.dtype());
  autograd::check_writable(x);
  if (!x.is_contiguous()) return x.mul_(whole_mask(x, p, generator, x.device()));
  const Tensor kept = autograd::detail::is_recorded(x) ? room_for_bits(x, x.device()) : Tensor();
  compute::run(compute::Dropout{p, generator}, x, kept, x);
  core::wrote(x);
  return autograd::record_in_place("MulBackward0", x, autograd::wrt(x, mask_of(kept, p)));
}

}  // namespace wick
