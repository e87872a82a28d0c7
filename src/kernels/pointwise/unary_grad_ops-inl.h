// The loops of unary_grad.h, for float as for double.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_UNARY_GRAD_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_UNARY_GRAD_OPS_INL_H_
#undef WICK_KERNELS_UNARY_GRAD_OPS_INL_H_
#else
#define WICK_KERNELS_UNARY_GRAD_OPS_INL_H_
#endif

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/math/math-inl.h"
#include "kernels/math/math_grad-inl.h"
#include "kernels/pointwise/unary_grad.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// dx = f(d, v, dy) for n < Lanes(d) elements, through the same vector code.
template <class T, class F>
HWY_INLINE void MapGradientRest(const T* dy, const T* v, T* dx, size_t n, F f) {
  if (n == 0) return;
  const hn::ScalableTag<T> d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)] = {};
  HWY_ALIGN T dy_buffer[HWY_MAX_BYTES / sizeof(T)] = {};
  for (size_t j = 0; j < n; ++j) {
    buffer[j] = v[j];
    dy_buffer[j] = dy[j];
  }
  hn::Store(f(d, hn::Load(d, buffer), hn::Load(d, dy_buffer)), d, buffer);
  for (size_t j = 0; j < n; ++j) dx[j] = buffer[j];
#else
  const auto mask = hn::FirstN(d, n);
  const auto result = f(d, hn::MaskedLoad(mask, d, v), hn::MaskedLoad(mask, d, dy));
  hn::BlendedStore(result, mask, d, dx);
#endif
}

/// dx = f(d, v, dy) elementwise.
template <class T, class F>
HWY_INLINE void MapGradient(const T* dy, const T* v, T* dx, size_t n, Stores store, F f) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  if (store == Stores::streaming) {
    i = HWY_MIN(n, ElementsToAlignment(d, dx));
    MapGradientRest(dy, v, dx, i, f);
    for (; i + lanes <= n; i += lanes)
      hn::Stream(f(d, hn::LoadU(d, v + i), hn::LoadU(d, dy + i)), d, dx + i);
    hwy::FlushStream();
  } else {
    for (; i + lanes <= n; i += lanes)
      hn::StoreU(f(d, hn::LoadU(d, v + i), hn::LoadU(d, dy + i)), d, dx + i);
  }
  MapGradientRest(dy + i, v + i, dx + i, n - i, f);
}

/// A function object for each operation: unlike a lambda it takes the target's attributes along.
template <UnaryGrad op>
struct Gradient;
#define WICK_UNARY_GRADIENT(name, formula)          \
  template <>                                       \
  struct Gradient<UnaryGrad::name> {                \
    template <class D, class V>                     \
    HWY_INLINE V operator()(D d, V v, V dy) const { \
      (void)d;                                      \
      return formula;                               \
    }                                               \
  };
WICK_UNARY_GRAD_LIST(WICK_UNARY_GRADIENT)
#undef WICK_UNARY_GRADIENT

template <class T>
struct SoftplusGradient {
  T beta;
  T threshold;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V dy) const {
    const V scaled = hn::Mul(hn::Set(d, beta), x);
    const auto is_linear = hn::Gt(scaled, hn::Set(d, threshold));
    return hn::IfThenElse(is_linear, dy, hn::Mul(dy, Sigmoid(d, scaled)));
  }
};

template <class T>
HWY_INLINE void compute_gradient(UnaryGrad op, const T* dy, const T* v, T* dx, size_t n,
                                 Stores store) {
  switch (op) {
#define WICK_UNARY_CASE(name, formula) \
  case UnaryGrad::name:                \
    return MapGradient(dy, v, dx, n, store, Gradient<UnaryGrad::name>());
    WICK_UNARY_GRAD_LIST(WICK_UNARY_CASE)
#undef WICK_UNARY_CASE
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
