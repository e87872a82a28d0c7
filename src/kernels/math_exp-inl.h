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
#include "kernels/math_base-inl.h"
#include "kernels/math_scalar.h"

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
template <class D, class V>
HWY_INLINE V Exp(D d, V x) {
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 90.0f), -105.0f), n);
  return ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0f)), n);
}

/// exp(x) - 1.
template <class D, class V>
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

/// v / (1 + t) for t = 2^n (1 + p) as exp(-z). For n > 0 this is 2^-n v / (2^-n + 1 + p), so
/// that for either sign there is one rounding in the denominator and one in the quotient. The
/// scaling comes last, so a denormal result is rounded once.
template <class D, class V>
HWY_INLINE V Logistic(D d, V n, V p, V v) {
  const V one = hn::Set(d, 1.0f);
  const auto is_above_1 = hn::Gt(n, hn::Zero(d));
  const V minus_abs_n = hn::Or(n, hn::SignBit(d));
  const V s = Pow2(d, minus_abs_n);
  // For a tiny s the sum drops bits that count for n > 0: they join p. For n <= 0 they do not
  // count.
  const V s_plus_1 = hn::Add(s, one);
  p = hn::Add(p, hn::Sub(s, hn::Sub(s_plus_1, one)));
  const V denominator = hn::MulAdd(hn::IfThenElse(is_above_1, one, s), p, s_plus_1);
  return ScaleByPow2(d, hn::Div(v, denominator), hn::IfThenElseZero(is_above_1, minus_abs_n));
}

/// 1 / (1 + exp(-x)).
template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V z = ClampBelow(d, ClampAbove(d, x, 105.0f), -105.0f);
  V n;
  const V p = SplitExp(d, hn::Neg(z), n);
  return Logistic(d, n, p, hn::Set(d, 1.0f));
}

/// x / (1 + exp(-x)).
template <class D, class V>
HWY_INLINE V Silu(D d, V x) {
  const V v = ClampBelow(d, x, -110.0f);  // silu(-110) rounds to -0
  V n;
  const V p = SplitExp(d, hn::Neg(hn::Min(v, hn::Set(d, 110.0f))), n);
  return Logistic(d, n, p, v);
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
HWY_INLINE V GeluTanh(D d, V x) {
  const V bounded = ClampBelow(d, x, -11.0f);  // the result at -11 rounds to -0
  V n;
  const V p = SplitExpOfGeluTanh(d, hn::Min(bounded, hn::Set(d, 11.0f)), n);
  return Logistic(d, n, p, bounded);
}

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
  return MapInDouble(d, x, scalar::sigmoid);
}
template <class D, class V>
HWY_INLINE V Silu(D d, V x) {
  return MapInDouble(d, x, scalar::silu);
}
template <class D, class V>
HWY_INLINE V GeluTanh(D d, V x) {
  return MapInDouble(d, x, scalar::gelu_tanh);
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
