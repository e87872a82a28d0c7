#include <array>

#include "core/check.h"
#include "core/dispatch.h"
#include "core/generator.h"
#include "core/promote.h"
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

/// out = x * mask for contiguous tensors; a piece of the mask lives on the stack.
template <class T>
void drop(T* out, const T* x, int64_t n, double p, kernels::RandomState& random) {
  std::array<T, 1024> mask;
  constexpr auto room = static_cast<int64_t>(mask.size());
  for (int64_t done = 0; done < n; done += room) {
    const int64_t count = std::min(room, n - done);
    kernels::fill_dropout_mask(random, mask.data(), count, p);
    using C = core::Compute<T>;
    for (int64_t i = 0; i < count; ++i)
      out[done + i] = static_cast<T>(static_cast<C>(x[done + i]) *
                                     static_cast<C>(mask[static_cast<size_t>(i)]));
  }
}

/// The same; `out` may be x.
void drop(const Tensor& out, const Tensor& x, double p, Generator* generator) {
  if (x.is_meta()) return;
  const core::GeneratorLock random(generator ? *generator : default_generator());
  core::dispatch_floating("dropout", x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    drop(out.data_ptr<T>(), x.data_ptr<const T>(), x.numel(), p, *random);
  });
}

/// The mask of an x that is not contiguous: PyTorch draws it in row-major order all the same.
Tensor whole_mask(const Tensor& x, double p, Generator* generator) {
  const Tensor mask = core::make(x.shape(), x.dtype(), x.device());
  if (x.is_meta()) return mask;
  const core::GeneratorLock random(generator ? *generator : default_generator());
  core::dispatch_floating("dropout", x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    kernels::fill_dropout_mask(*random, mask.data_ptr<T>(), mask.numel(), p);
  });
  return mask;
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return mul(x, false);  // not zeros: inf and nan become nan, as in PyTorch
  core::check_can_cast(DType::float32, x.dtype());
  // The backward pass needs the mask: then it is made whole, else piece by piece.
  if (!x.is_contiguous() || autograd::detail::is_recorded(x))
    return mul(x, whole_mask(x, p, generator));
  Tensor y = core::make(x.shape(), x.dtype(), x.device());
  drop(y, x, p, generator);
  return y;
}

const Tensor& dropout_(const Tensor& x, double p, bool training, Generator* generator) {
  check_probability(p);
  if (changes_nothing(x, p, training)) return x;
  if (p == 1) return x.mul_(false);
  core::check_can_cast(DType::float32, x.dtype());
  core::check_writable(x);
  if (!x.is_contiguous() || autograd::detail::is_recorded(x))
    return x.mul_(whole_mask(x, p, generator));
  drop(x, x, p, generator);
  core::wrote(x);
  return x;
}

}  // namespace wick
