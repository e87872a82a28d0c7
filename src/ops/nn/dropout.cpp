#include <algorithm>

#include "core/check.h"
#include "core/dispatch.h"
#include "core/generator.h"
#include "core/promote.h"
#include "ops/create/random_draw.h"
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

/// out = x * mask for contiguous tensors, which may be the same. Notes in `kept`, unless it is
/// undefined, what the mask keeps.
void drop(const Tensor& out, const Tensor& x, double p, Generator* generator, const Tensor& kept) {
  if (x.is_meta()) return;
  const core::GeneratorLock random(generator ? *generator : default_generator());
  core::dispatch_floating("dropout", x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    kernels::fill_dropout(*random, reinterpret_cast<T*>(core::bytes(out)),
                          reinterpret_cast<const T*>(core::bytes(x)), x.numel(), p,
                          kept.defined() ? reinterpret_cast<uint8_t*>(core::bytes(kept)) : nullptr,
                          ops::team);
  });
}

/// Room for a bit for each element of x: all that the backward pass needs.
Tensor room_for_bits(const Tensor& x) {
  return core::make({(x.numel() + 7) / 8}, DType::uint8, x.device());
}

Tensor apply(const Tensor& x, const Tensor& kept, double p);

/// The derivative of dropout, which is the same function of the gradient.
auto mask_of(const Tensor& kept, double p) {
  return [kept = autograd::Saved(kept), p](const Tensor& g) { return apply(g, kept, p); };
}

/// x * mask, with the mask that `kept` notes for contiguous elements.
Tensor apply(const Tensor& x, const Tensor& kept, double p) {
  const Tensor rows = x.detach().contiguous();
  Tensor y = core::make(x.shape(), x.dtype(), x.device());
  if (!y.is_meta() && !kept.is_meta())
    core::dispatch_floating("dropout", x.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T factor = kernels::dropout_factor<T>(p);
      const auto* from = reinterpret_cast<const T*>(core::bytes(rows));
      const auto* bits = reinterpret_cast<const uint8_t*>(core::bytes(kept));
      T* const to = reinterpret_cast<T*>(core::bytes(y));
      constexpr int64_t block = 1024;  // parts of whole bytes of bits
      core::parallel_for((x.numel() + block - 1) / block, core::pointwise_grain / block,
                         [&](int64_t begin, int64_t end) {
                           begin *= block;
                           end = std::min(x.numel(), end * block);
                           kernels::apply_dropout(to + begin, from + begin, bits + begin / 8,
                                                  end - begin, factor);
                         });
    });
  return autograd::record("MulBackward0", y, autograd::wrt(x, mask_of(kept, p)));
}

/// The mask of an x that is not contiguous: PyTorch draws it in row-major order all the same.
Tensor whole_mask(const Tensor& x, double p, Generator* generator) {
  const Tensor mask = core::make(x.shape(), x.dtype(), x.device());
  if (x.is_meta()) return mask;
  const core::GeneratorLock random(generator ? *generator : default_generator());
  core::dispatch_floating("dropout", x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    kernels::fill_dropout_mask(*random, mask.data_ptr<T>(), mask.numel(), p, ops::team);
  });
  return mask;
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return mul(x, false);  // not zeros: inf and nan become nan, as in PyTorch
  core::check_can_cast(DType::float32, x.dtype());
  if (!x.is_contiguous()) return mul(x, whole_mask(x, p, generator));
  const Tensor kept = autograd::detail::is_recorded(x) ? room_for_bits(x) : Tensor();
  const Tensor y = core::make(x.shape(), x.dtype(), x.device());
  drop(y, x, p, generator, kept);
  return autograd::record("MulBackward0", y, autograd::wrt(x, mask_of(kept, p)));
}

const Tensor& dropout_(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return x.mul_(false);
  core::check_can_cast(DType::float32, x.dtype());
  core::check_writable(x);
  if (!x.is_contiguous()) return x.mul_(whole_mask(x, p, generator));
  const Tensor kept = autograd::detail::is_recorded(x) ? room_for_bits(x) : Tensor();
  drop(x, x, p, generator, kept);
  core::wrote(x);
  return autograd::record_in_place("MulBackward0", x, autograd::wrt(x, mask_of(kept, p)));
}

}  // namespace wick
