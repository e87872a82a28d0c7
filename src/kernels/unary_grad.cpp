#include "kernels/unary_grad.h"

#include "kernels/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/unary_grad.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/math_grad-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// dx = f(d, v, dy) for n < Lanes(d) elements, through the same vector code.
template <class F>
HWY_INLINE void MapRest(const float* dy, const float* v, float* dx, size_t n, F f) {
  if (n == 0) return;
  const hn::ScalableTag<float> d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  HWY_ALIGN float dy_buffer[HWY_MAX_BYTES / sizeof(float)] = {};
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
template <class F>
HWY_INLINE void Map(const float* dy, const float* v, float* dx, size_t n, Stores store, F f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  if (store == Stores::streaming) {
    i = HWY_MIN(n, ElementsToAlignment(d, dx));
    MapRest(dy, v, dx, i, f);
    for (; i + lanes <= n; i += lanes)
      hn::Stream(f(d, hn::LoadU(d, v + i), hn::LoadU(d, dy + i)), d, dx + i);
    hwy::FlushStream();
  } else {
    for (; i + lanes <= n; i += lanes)
      hn::StoreU(f(d, hn::LoadU(d, v + i), hn::LoadU(d, dy + i)), d, dx + i);
  }
  MapRest(dy + i, v + i, dx + i, n - i, f);
}

// A function object for each operation: unlike a lambda it takes the target's attributes along.
#define WICK_UNARY_GRAD(name, expression)           \
  struct name##Op {                                 \
    template <class D, class V>                     \
    HWY_INLINE V operator()(D d, V v, V dy) const { \
      return hn::Mul(dy, expression);               \
    }                                               \
  };
WICK_UNARY_GRAD(Gelu, GeluGrad(d, v))
WICK_UNARY_GRAD(GeluTanh, GeluTanhGrad(d, v))
WICK_UNARY_GRAD(Silu, SiluGrad(d, v))
WICK_UNARY_GRAD(Erf, ErfGrad(d, v))
WICK_UNARY_GRAD(SigmoidFromY, SigmoidGradFromResult(d, v))
WICK_UNARY_GRAD(TanhFromY, TanhGradFromResult(d, v))
#undef WICK_UNARY_GRAD

// Not a product: 0 times infinity is NaN.
struct ReluFromYOp {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), dy);
  }
};

struct SoftplusOp {
  float beta;
  float threshold;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V dy) const {
    const V scaled = hn::Mul(hn::Set(d, beta), x);
    const auto is_linear = hn::Gt(scaled, hn::Set(d, threshold));
    return hn::IfThenElse(is_linear, dy, hn::Mul(dy, Sigmoid(d, scaled)));
  }
};

void UnaryGradFloat(UnaryGrad op, const float* dy, const float* v, float* dx, size_t n,
                    Stores store) {
  switch (op) {
    case UnaryGrad::gelu:
      return Map(dy, v, dx, n, store, GeluOp());
    case UnaryGrad::gelu_tanh:
      return Map(dy, v, dx, n, store, GeluTanhOp());
    case UnaryGrad::silu:
      return Map(dy, v, dx, n, store, SiluOp());
    case UnaryGrad::erf:
      return Map(dy, v, dx, n, store, ErfOp());
    case UnaryGrad::sigmoid_from_y:
      return Map(dy, v, dx, n, store, SigmoidFromYOp());
    case UnaryGrad::tanh_from_y:
      return Map(dy, v, dx, n, store, TanhFromYOp());
    case UnaryGrad::relu_from_y:
      return Map(dy, v, dx, n, store, ReluFromYOp());
  }
}

void SoftplusGradFloat(const float* dy, const float* x, float* dx, size_t n, float beta,
                       float threshold, Stores store) {
  Map(dy, x, dx, n, store, SoftplusOp{beta, threshold});
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UnaryGradFloat);
HWY_EXPORT(SoftplusGradFloat);

void unary_grad(UnaryGrad op, const float* dy, const float* v, float* dx, std::size_t n,
                Stores store) {
  HWY_DYNAMIC_DISPATCH(UnaryGradFloat)(op, dy, v, dx, n, store);
}

void softplus_grad(const float* dy, const float* x, float* dx, std::size_t n, float beta,
                   float threshold, Stores store) {
  HWY_DYNAMIC_DISPATCH(SoftplusGradFloat)(dy, x, dx, n, beta, threshold, store);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
