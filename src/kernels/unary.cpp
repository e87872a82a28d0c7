#include "kernels/unary.h"

#include <cmath>

#include "kernels/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/unary.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"
#include "kernels/map-inl.h"
#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

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
WICK_UNARY(Silu, Silu(d, x))
WICK_UNARY(Softplus, Softplus(d, x))
#if HWY_TARGET <= HWY_AVX3
template <class F>
HWY_INLINE void MapGelu(const float* x, float* y, size_t n, Stores store, F f) {
  MapUsualAndRare(x, y, n, store, f);
}
#else
WICK_UNARY(Gelu, Gelu(d, x))
WICK_UNARY(GeluTanh, GeluTanh(d, x))
template <class F>
HWY_INLINE void MapGelu(const float* x, float* y, size_t n, Stores store, F f) {
  Map(x, y, n, store, f);
}
#endif
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
      return MapGelu(x, y, n, store, GeluOp());
    case Unary::gelu_tanh:
      return MapGelu(x, y, n, store, GeluTanhOp());
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
