#include "kernels/unary.h"

#include <cmath>

#include "kernels/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/unary.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// y = f(d, x) for n < Lanes(d) elements, through the same vector code.
template <class F>
HWY_INLINE void MapRest(const float* x, float* y, size_t n, F f) {
  if (n == 0) return;
  const hn::ScalableTag<float> d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  for (size_t j = 0; j < n; ++j) buffer[j] = x[j];
  hn::Store(f(d, hn::Load(d, buffer)), d, buffer);
  for (size_t j = 0; j < n; ++j) y[j] = buffer[j];
#else
  const auto mask = hn::FirstN(d, n);
  hn::BlendedStore(f(d, hn::MaskedLoad(mask, d, x)), mask, d, y);
#endif
}

/// y = f(d, x) elementwise.
template <class F>
HWY_INLINE void Map(const float* x, float* y, size_t n, Stores store, F f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  if (store == Stores::streaming) {
    i = HWY_MIN(n, ElementsToAlignment(d, y));
    MapRest(x, y, i, f);
    for (; i + lanes <= n; i += lanes) hn::Stream(f(d, hn::LoadU(d, x + i)), d, y + i);
    hwy::FlushStream();
  } else {
    for (; i + lanes <= n; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  }
  MapRest(x + i, y + i, n - i, f);
}

// A function object for each operation: unlike a lambda it takes the target's attributes along.
#define WICK_UNARY(name, expression)          \
  struct name##Op {                           \
    template <class D, class V>               \
    HWY_INLINE V operator()(D d, V x) const { \
      (void)d;                                \
      return expression;                      \
    }                                         \
  };
WICK_UNARY(Abs, hn::Abs(x))
WICK_UNARY(Neg, hn::Neg(x))
WICK_UNARY(Sqrt, hn::Sqrt(x))
WICK_UNARY(Rsqrt, hn::Div(hn::Set(d, 1.0f), hn::Sqrt(x)))
WICK_UNARY(Reciprocal, hn::Div(hn::Set(d, 1.0f), x))
#if HWY_NATIVE_FMA
WICK_UNARY(Floor, hn::Floor(x))
WICK_UNARY(Ceil, hn::Ceil(x))
WICK_UNARY(Round, hn::Round(x))
#else  // Highway's own emulations there lose the sign of zero
WICK_UNARY(Floor, MapInDouble(d, x, [](double v) { return std::floor(v); }))
WICK_UNARY(Ceil, MapInDouble(d, x, [](double v) { return std::ceil(v); }))
WICK_UNARY(Round, MapInDouble(d, x, [](double v) { return std::nearbyint(v); }))
#endif
WICK_UNARY(Square, hn::Mul(x, x))
WICK_UNARY(Relu, Relu(d, x))
WICK_UNARY(Exp, Exp(d, x))
WICK_UNARY(Expm1, Expm1(d, x))
WICK_UNARY(Log, Log(d, x))
WICK_UNARY(Log1p, Log1p(d, x))
WICK_UNARY(Sin, Sin(d, x))
WICK_UNARY(Cos, Cos(d, x))
WICK_UNARY(Tanh, Tanh(d, x))
WICK_UNARY(Sigmoid, Sigmoid(d, x))
WICK_UNARY(Erf, Erf(d, x))
WICK_UNARY(Erfc, Erfc(d, x))
WICK_UNARY(Gelu, Gelu(d, x))
WICK_UNARY(GeluTanh, GeluTanh(d, x))
WICK_UNARY(Silu, Silu(d, x))
WICK_UNARY(Softplus, Softplus(d, x))
#undef WICK_UNARY

struct SignOp {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V zero = hn::Zero(d);
    const V negative = hn::IfThenElseZero(hn::Lt(x, zero), hn::Set(d, -1.0f));
    return hn::IfThenElse(hn::Gt(x, zero), hn::Set(d, 1.0f), negative);
  }
};

void UnaryFloat(Unary op, const float* x, float* y, size_t n, Stores store) {
  switch (op) {
    case Unary::abs:
      return Map(x, y, n, store, AbsOp());
    case Unary::neg:
      return Map(x, y, n, store, NegOp());
    case Unary::sign:
      return Map(x, y, n, store, SignOp());
    case Unary::exp:
      return Map(x, y, n, store, ExpOp());
    case Unary::expm1:
      return Map(x, y, n, store, Expm1Op());
    case Unary::log:
      return Map(x, y, n, store, LogOp());
    case Unary::log1p:
      return Map(x, y, n, store, Log1pOp());
    case Unary::sqrt:
      return Map(x, y, n, store, SqrtOp());
    case Unary::rsqrt:
      return Map(x, y, n, store, RsqrtOp());
    case Unary::reciprocal:
      return Map(x, y, n, store, ReciprocalOp());
    case Unary::sin:
      return Map(x, y, n, store, SinOp());
    case Unary::cos:
      return Map(x, y, n, store, CosOp());
    case Unary::tanh:
      return Map(x, y, n, store, TanhOp());
    case Unary::sigmoid:
      return Map(x, y, n, store, SigmoidOp());
    case Unary::erf:
      return Map(x, y, n, store, ErfOp());
    case Unary::erfc:
      return Map(x, y, n, store, ErfcOp());
    case Unary::relu:
      return Map(x, y, n, store, ReluOp());
    case Unary::gelu:
      return Map(x, y, n, store, GeluOp());
    case Unary::gelu_tanh:
      return Map(x, y, n, store, GeluTanhOp());
    case Unary::silu:
      return Map(x, y, n, store, SiluOp());
    case Unary::softplus:
      return Map(x, y, n, store, SoftplusOp());
    case Unary::floor:
      return Map(x, y, n, store, FloorOp());
    case Unary::ceil:
      return Map(x, y, n, store, CeilOp());
    case Unary::round:
      return Map(x, y, n, store, RoundOp());
    case Unary::square:
      return Map(x, y, n, store, SquareOp());
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UnaryFloat);

void unary(Unary op, const float* x, float* y, std::size_t n, Stores store) {
  HWY_DYNAMIC_DISPATCH(UnaryFloat)(op, x, y, n, store);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
