#include "ops/nn/fused_gradients.h"

#include <algorithm>

#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/threads.h"
#include "ops/reduce/reduced.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

template <class T>
T* elements(const Tensor& x) {
  return x.defined() ? reinterpret_cast<T*>(core::bytes(x)) : nullptr;
}

/// kernel(dx, dy, v) on tensors that are contiguous and float32 or float64: `g` and `v` are
/// converted to that and the result back.
template <class Kernel>
Tensor contiguous_gradient(const Tensor& g, const Tensor& v, const Kernel& kernel) {
  const NoGradGuard guard;
  const Tensor y = as_computed(v).contiguous();
  const Tensor dy = cast(g, y.dtype()).contiguous();
  const Tensor dx = core::make(v.shape(), y.dtype(), v.device());
  if (v.numel() > 0 && !v.is_meta() && !g.is_meta()) {
    if (y.dtype() == DType::float64)
      kernel(elements<double>(dx), elements<const double>(dy), elements<const double>(y));
    else
      kernel(elements<float>(dx), elements<const float>(dy), elements<const float>(y));
  }
  return cast(dx, v.dtype());
}

/// True if all of x is one element in memory, as the gradient of a sum is: no need to write it out.
bool repeats_one(const Tensor& x) {
  for (size_t d = 0; d < x.shape().size(); ++d)
    if (x.shape().begin()[d] != 1 && x.strides().begin()[d] != 0) return false;
  return x.numel() > 1;
}

}  // namespace

Tensor unary_gradient(kernels::UnaryGrad op, const Tensor& g, const Tensor& v) {
  constexpr int64_t block = 4096;
  const bool single = repeats_one(g) && v.numel() > block;
  const NoGradGuard guard;
  const Tensor given = single ? as_strided(g, {block}, {0}, g.storage_offset()) : g;
  return contiguous_gradient(given, v, [&](auto* dx, const auto* dy, const auto* x) {
    const auto stores = kernels::stores_for_all(v.numel() * 3 * static_cast<int64_t>(sizeof(*dx)));
    core::parallel_for(v.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      const int64_t step = single ? block : end - begin;
      for (int64_t i = begin; i < end; i += step)
        kernels::unary_grad(op, single ? dy : dy + i, x + i, dx + i,
                            static_cast<size_t>(std::min(step, end - i)), stores);
    });
  });
}

Tensor softplus_gradient(const Tensor& g, const Tensor& v, double beta, double threshold) {
  return contiguous_gradient(g, v, [&](auto* dx, const auto* dy, const auto* x) {
    using T = std::remove_pointer_t<decltype(dx)>;
    core::parallel_for(v.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      kernels::softplus_grad(dy + begin, x + begin, dx + begin, static_cast<size_t>(end - begin),
                             static_cast<T>(beta), static_cast<T>(threshold));
    });
  });
}

}  // namespace wick::ops
