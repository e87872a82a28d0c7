// Functions from piecewise polynomials: Tanh, Erf, Erfc and the exact Gelu.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_ERF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_ERF_INL_H_
#undef WICK_KERNELS_MATH_ERF_INL_H_
#else
#define WICK_KERNELS_MATH_ERF_INL_H_
#endif

#include <cmath>

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_exp-inl.h"
#include "kernels/math/math_scalar.h"
#include "kernels/math/math_table32-inl.h"
#include "kernels/math/math_tables.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// f(a) of a table with four pieces between powers of two of 1 + a, less `rest`.
template <size_t kRows, class D, class V>
HWY_INLINE V TailPolynomial(D d, const float (&table)[kRows][16], V a, V& rest) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, hn::Add(a, hn::Set(d, 1.0f)));
  return PiecewisePolynomial(d, table, a, hn::ShiftRight<21>(bits), rest);
}

/// exp(-a b) as SplitExp. The product's rounding error goes along: exp multiplies it by a b.
template <class D, class V>
HWY_INLINE V SplitExpOfMinusProduct(D d, V a, V b, V& n) {
  const V h = hn::Mul(hn::Neg(a), b);
  return SplitExp(d, h, hn::NegMulSub(a, b, h), n);
}

/// tanh(x).
template <FloatTag D, class V>
HWY_INLINE V Tanh(D d, V x) {
#if HWY_TARGET <= HWY_AVX3
  return Tanh32(d, x);
#else
  const V a = ClampAbove(d, hn::Abs(x), 9.125f);  // tanh rounds to 1 from 9.02 on
  V rest;
  const V first = TailPolynomial(d, kTanhRatio, a, rest);
  // From 1 on the table has tanh itself, whose `rest` is small there. The sum decides, as it does
  // about the column: it may round up to 2.
  const V one = hn::Set(d, 1.0f);
  const V m = hn::IfThenElse(hn::Lt(hn::Add(a, one), hn::Set(d, 2.0f)), a, one);
  return WithSignOf(d, hn::MulAdd(m, first, hn::Mul(m, rest)), x);
#endif
}

/// erf(x).
template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V a = ClampAbove(d, hn::Abs(x), 4.0f);  // erf rounds to 1 from 3.92 on
  const V k = hn::MulAdd(a, hn::Set(d, 3.8125f), hn::Set(d, kRoundMagic));
  V rest;
  const V first = PiecewisePolynomial(d, kErfRatio, a, hn::BitCast(di, k), rest);
  return WithSignOf(d, hn::Mul(a, hn::Add(first, rest)), x);
}

/// erfc(x) = exp(-x^2) erfcx(x); for x < 0 from 2 - erfc(-x).
template <class D, class V>
HWY_INLINE V Erfc(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 10.25f);  // erfc rounds to 0 from 10.06 on
  V n;
  const V p = SplitExpOfMinusProduct(d, a, a, n);
  V rest;
  const V first = TailPolynomial(d, kErfcTail, a, rest);
  const V small = hn::MulAdd(hn::Add(first, rest), p, rest);
  const V y = ScaleByPow2(d, hn::Add(first, small), n);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, 2.0f), y), y);
}

/// The exact GELU, x P(Z <= x), as max(x, 0) - |x| P(Z > |x|): nothing cancels.
template <class D, class V>
HWY_INLINE V GeluByExp(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 14.5f);  // gelu(-14.5) rounds to -0
  V n;
  const V p = SplitExpOfMinusProduct(d, a, hn::Mul(a, hn::Set(d, 0.5f)), n);
  // a (first + rest) (1 + p) = a first + a (rest + (first + rest) p): only the small terms get
  // rounded twice.
  V rest;
  const V first = TailPolynomial(d, kNormalTail, a, rest);
  const V small = hn::MulAdd(hn::Add(first, rest), p, rest);
  const V y = ScaleByPow2(d, hn::MulAdd(a, first, hn::Mul(a, small)), n);
  // -0 for negative x, so that an underflow gives -0. (Selecting -0 where x < 0 would be simpler,
  // but clang 14 makes a maximum of that, which turns +0 into -0.)
  const V positive = WithSignOf(d, Relu(d, x), x);
  return hn::Sub(positive, y);
}

#if HWY_TARGET <= HWY_AVX3

/// By a table but for the tail, where a polynomial's error would show: see MapUsualAndRare.
struct GeluOp {
  template <class D, class V>
  static HWY_INLINE V Usual(D d, V x) {
    return GeluOfTable32(d, kGelu, 5.5f, x);
  }
  template <class D, class V>
  static HWY_INLINE hn::Mask<D> IsRare(D d, V x) {
    return MinusIsBetween(d, x, 5.5f, 14.5f);  // gelu(-14.5) rounds to -0
  }
  template <class D, class V>
  static HWY_INLINE V Rare(D d, V x) {
    return GeluByExp(d, x);
  }
};

#else

template <class D, class V>
HWY_INLINE V Gelu(D d, V x) {
  return GeluByExp(d, x);
}

#endif

#else  // !HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V Tanh(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::tanh(v); });
}
template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::erf(v); });
}
template <class D, class V>
HWY_INLINE V Erfc(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::erfc(v); });
}
template <class D, class V>
HWY_INLINE V Gelu(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::gelu(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
