// Exp and the functions built on it: Expm1, Sigmoid, Silu, GeluTanh.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_EXP_INL_H_
#undef WICK_KERNELS_MATH_EXP_INL_H_
#else
#define WICK_KERNELS_MATH_EXP_INL_H_
#endif

#include <cmath>

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_scalar.h"
#include "kernels/math/math_table32-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// exp(r) - 1 for |r| <= log(2) / 2, as r + r^2 q(r); q is a weighted minimax fit (Lawson, mpmath)
/// with coefficients rounded one at a time, relative error of exp 2^-28.
template <class D, class V>
HWY_INLINE V ExpPolynomial(D d, V r) {
  V q = hn::Set(d, 0x1.6d644ap-10f);
  q = hn::MulAdd(q, r, hn::Set(d, 0x1.123bf2p-7f));
  q = hn::MulAdd(q, r, hn::Set(d, 0x1.5554d2p-5f));
  q = hn::MulAdd(q, r, hn::Set(d, 0x1.55548ep-3f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.5f));
  return hn::MulAdd(hn::Mul(r, r), q, r);
}

/// exp(x + low) = 2^n (1 + p), n integral, for |x| <= 180 and low small beside x; returns p.
/// Keeping the 1 apart saves the callers a rounding. The first product with n is exact: log(2)'s
/// upper part has 16 bits.
template <class D, class V>
HWY_INLINE V SplitExp(D d, V x, V low, V& n) {
  const V magic = hn::Set(d, kRoundMagic);
  n = hn::Sub(hn::MulAdd(x, hn::Set(d, 0x1.715476p+0f), magic), magic);
  const V high = hn::NegMulAdd(n, hn::Set(d, 0x1.62e4p-1f), x);
  const V r = hn::Add(high, hn::NegMulAdd(n, hn::Set(d, 0x1.7f7d1cp-20f), low));
  return ExpPolynomial(d, r);
}

/// exp(x) in the same way.
template <class D, class V>
HWY_INLINE V SplitExp(D d, V x, V& n) {
  const V magic = hn::Set(d, kRoundMagic);
  n = hn::Sub(hn::MulAdd(x, hn::Set(d, 0x1.715476p+0f), magic), magic);
  const V high = hn::NegMulAdd(n, hn::Set(d, 0x1.62e4p-1f), x);
  const V r = hn::NegMulAdd(n, hn::Set(d, 0x1.7f7d1cp-20f), high);
  return ExpPolynomial(d, r);
}

/// exp(x).
template <FloatTag D, class V>
HWY_INLINE V Exp(D d, V x) {
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 90.0f), -105.0f), n);
  return ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0f)), n);
}

/// exp(x) - 1.
template <FloatTag D, class V>
HWY_INLINE V Expm1(D d, V x) {
  // The upper bound is above log of the largest float and keeps n <= 128, so that 2^(n - 1) is
  // finite.
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 88.8f), -20.0f), n);
  const V half = Pow2(d, hn::Sub(n, hn::Set(d, 1.0f)));
  const V y = hn::MulAdd(half, p, hn::Sub(half, hn::Set(d, 0.5f)));
  // n = 0: p is the result, also where halving it would lose bits of a denormal.
  const V magnitude = hn::IfThenElse(hn::Eq(n, hn::Zero(d)), p, hn::Add(y, y));
  return WithSignOf(d, hn::Abs(magnitude), x);
}

/// What Logistic scales by, so that its denominator stays finite.
inline constexpr float kLogisticScale = 0x1p-36f;

/// (1 + t) kLogisticScale for t = 2^n (1 + p), -90 <= n <= 163; all but one rounding is small.
template <class D, class V>
HWY_INLINE V ScaledOnePlusExp(D d, V n, V p) {
  const hn::RebindToSigned<D> di;
  const V scale = hn::Set(d, kLogisticScale);
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, hn::Add(n, hn::Set(d, kRoundMagic))));
  const V s = hn::BitCast(d, hn::Add(exponent, hn::BitCast(di, scale)));
  // What the sum of powers of two drops for a large s.
  const V sum = hn::Add(s, scale);
  const V rest = hn::Sub(scale, hn::Sub(sum, s));
  return hn::Add(sum, hn::MulAdd(s, p, rest));
}

/// -z, but for tiny z: the square of a denormal number would take long.
template <class D, class V>
HWY_INLINE V NegNotTiny(D d, V z) {
  return hn::Sub(hn::Set(d, -0x1p-60f), z);
}

/// 1 / (1 + exp(-x)).
template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V z = ClampBelow(d, ClampAbove(d, x, 60.0f), -105.0f);
  V n;
  const V p = SplitExp(d, NegNotTiny(d, z), n);
  return hn::Div(hn::Set(d, kLogisticScale), ScaledOnePlusExp(d, n, p));
}

/// x times scale / denominator, which is 1 from `limit` on; bounded = min(x, limit) has been
/// divided. The zeros' signs stay.
template <class D, class V>
HWY_INLINE V TimesLogistic(D d, V x, V bounded, V denominator) {
  const V y = hn::Div(bounded, denominator);
  return hn::MulSub(y, hn::Set(d, kLogisticScale), hn::Sub(bounded, x));
}

/// x / (1 + exp(-x)).
template <class D, class V>
HWY_INLINE V Silu(D d, V x) {
  const V v = ClampBelow(d, x, -110.0f);  // silu(-110) rounds to -0
  const V z = ClampAbove(d, v, 60.0f);
  V n;
  const V p = SplitExp(d, NegNotTiny(d, z), n);
  return TimesLogistic(d, v, z, ScaledOnePlusExp(d, n, p));
}

/// exp(-z) as SplitExp for the z of gelu_tanh, z = c (a^3 + D a), D = 1 / 0.044715,
/// c = 0.044715 * 2 sqrt(2 / pi), where |a| <= 11.
template <class D, class V>
HWY_INLINE V SplitExpOfGeluTanh(D d, V a, V& n) {
  // a^2 + D = s + s_low to about 48 bits: exp multiplies a relative error of z by z, up to 110.
  // The upper part of D has few enough bits for s - dh to be exact.
  const V v = hn::Mul(a, a);
  const V v_low = hn::MulSub(a, a, v);
  const V dh = hn::Set(d, 0x1.65d26p+4f);
  const V s = hn::Add(v, dh);
  const V v_rest = hn::Sub(v, hn::Sub(s, dh));
  const V s_low = hn::Add(hn::Add(v_low, hn::Set(d, -0x1.226128p-20f)), v_rest);
  // -z / c = n L - r with c L = log(2): dividing by c this way leaves no rounded product with it.
  const V y = hn::Mul(a, s);
  const V y_low = hn::MulAdd(a, s_low, hn::MulSub(a, s, y));
  const V magic = hn::Set(d, kRoundMagic);
  n = hn::Sub(hn::MulAdd(y, hn::Set(d, -0x1.a5a7dp-4f), magic), magic);
  const V high = hn::MulAdd(n, hn::Set(d, 0x1.36d8p+3f), y);
  const V r = hn::Add(high, hn::MulAdd(n, hn::Set(d, 0x1.d56d78p-13f), y_low));
  // exp(-c r) - 1 for |c r| <= log(2) / 2; fitted as in ExpPolynomial, relative error 2^-28.
  V p = hn::Set(d, 0x1.944b82p-33f);
  p = hn::MulAdd(p, r, hn::Set(d, -0x1.0a752ep-26f));
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.21f2c8p-20f));
  p = hn::MulAdd(p, r, hn::Set(d, -0x1.fbec8p-15f));
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.4dad5cp-9f));
  // The linear coefficient is split, so that all of p but its last rounding is small.
  p = hn::MulAdd(p, r, hn::Set(d, -0x1.113d00p-10f));
  return hn::MulAdd(r, hn::Set(d, -0x1.2p-4f), hn::Mul(p, r));
}

/// GELU with the tanh approximation: x / (1 + exp(-z)).
template <class D, class V>
HWY_INLINE V GeluTanhByExp(D d, V x) {
  const V bounded = ClampBelow(d, x, -11.0f);  // the result at -11 rounds to -0
  V n;
  const V z = ClampAbove(d, bounded, 5.5f);
  const V p = SplitExpOfGeluTanh(d, z, n);
  return TimesLogistic(d, bounded, z, ScaledOnePlusExp(d, n, p));
}

#if HWY_TARGET <= HWY_AVX3

/// By a table but for the tail, as GeluOp.
struct GeluTanhOp {
  template <class D, class V>
  static HWY_INLINE V Usual(D d, V x) {
    return GeluOfTable32(d, kGeluTanh, 6.0f, x);
  }
  template <class D, class V>
  static HWY_INLINE hn::Mask<D> IsRare(D d, V x) {
    return MinusIsBetween(d, x, 4.0f, 11.0f);  // gelu_tanh(-11) rounds to -0
  }
  template <class D, class V>
  static HWY_INLINE V Rare(D d, V x) {
    return GeluTanhByExp(d, x);
  }
};

#else

template <class D, class V>
HWY_INLINE V GeluTanh(D d, V x) {
  return GeluTanhByExp(d, x);
}

#endif

#else  // !HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V Exp(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::exp(v); });
}
template <class D, class V>
HWY_INLINE V Expm1(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::expm1(v); });
}
template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::sigmoid(v); });
}
template <class D, class V>
HWY_INLINE V Silu(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::silu(v); });
}
template <class D, class V>
HWY_INLINE V GeluTanh(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::gelu_tanh(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
