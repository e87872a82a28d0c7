// Exp, Log, Sin, Cos and what is built on them, of one float64 vector: the overloads that
// math-inl.h adds to those of float32. Within 4 ulp of the true value where there is fused
// multiply-add; elsewhere the float32 ones go through the C++ standard library and serve float64 as
// well. The coefficients are by fit_double.py. Per-target header: see hwy/foreach_target.h for the
// include guard.

#if defined(WICK_KERNELS_MATH_DOUBLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_DOUBLE_INL_H_
#undef WICK_KERNELS_MATH_DOUBLE_INL_H_
#else
#define WICK_KERNELS_MATH_DOUBLE_INL_H_
#endif

#include <cmath>
#include <limits>

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_trig-inl.h"
#if HWY_NATIVE_FMA
#include "hwy/contrib/math/math-inl.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// c[first] + c[first + step] x + c[first + 2 step] x^2 + ...
template <size_t first, size_t step, size_t n, class D, class V>
HWY_INLINE V PolynomialFrom(D d, V x, const double (&c)[n]) {
  if constexpr (first + step >= n)
    return hn::Set(d, c[first]);
  else
    return hn::MulAdd(PolynomialFrom<first + step, step>(d, x, c), x, hn::Set(d, c[first]));
}

/// c[0] + c[1] x + ... in two chains: half of the latency of Horner's scheme.
template <size_t n, class D, class V>
HWY_INLINE V Polynomial(D d, V x, const double (&c)[n]) {
  const V x2 = hn::Mul(x, x);
  return hn::MulAdd(PolynomialFrom<1, 2>(d, x2, c), x, PolynomialFrom<0, 2>(d, x2, c));
}

/// Added and subtracted, rounds |x| < 2^51 to an integer, which the low bits of the sum are.
inline constexpr double kRoundMagicDouble = 0x1.8p52;

/// 2^n for integers n in [-1022, 1023]; for n below, 0.
template <DoubleTag D, class V>
HWY_INLINE V Pow2(D d, V n) {
  const hn::RebindToSigned<D> di;
  const V biased = hn::Add(ClampBelow(d, n, -1023.0), hn::Set(d, kRoundMagicDouble + 1023));
  return hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(di, biased)));
}

/// v * 2^n, rounded once even when denormal. n holds integers, |n| <= 2000, v is of moderate size.
template <DoubleTag D, class V>
HWY_INLINE V ScaleByPow2(D d, V v, V n) {
  // Two factors: 2^n itself may be out of range. The first product is exact.
  const hn::RebindToSigned<D> di;
  const V magic = hn::Set(d, kRoundMagicDouble);
  const V half = hn::Sub(hn::MulAdd(n, hn::Set(d, 0.5), magic), magic);
  const V bias = hn::Set(d, kRoundMagicDouble + 1023);
  const auto power = [&](V k) HWY_ATTR {
    return hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(di, hn::Add(k, bias))));
  };
  return hn::Mul(hn::Mul(v, power(half)), power(hn::Sub(n, half)));
}

/// exp(x + low) = 2^n (1 + p), n integral, for |x| <= 1300 and low small beside x; returns p. The
/// first product with n is exact: log(2)'s upper part has 42 bits.
template <DoubleTag D, class V>
HWY_INLINE V SplitExp(D d, V x, V low, V& n) {
  constexpr double c[] = {0.5,
                          0x1.5555555555556p-3,
                          0x1.5555555555555p-5,
                          0x1.11111111109b5p-7,
                          0x1.6c16c16c167e2p-10,
                          0x1.a01a01a7c2efep-13,
                          0x1.a01a01a47a591p-16,
                          0x1.71de0db2f6b19p-19,
                          0x1.27e4e1f7222cbp-22,
                          0x1.af389ecfc4b9cp-26,
                          0x1.1f66d948a47d2p-29};
  const V magic = hn::Set(d, kRoundMagicDouble);
  n = hn::Sub(hn::MulAdd(x, hn::Set(d, 0x1.71547652b82fep+0), magic), magic);
  const V high = hn::NegMulAdd(n, hn::Set(d, 0x1.62e42fefa38p-1), x);
  const V r = hn::Add(high, hn::NegMulAdd(n, hn::Set(d, 0x1.ef35793c7673p-45), low));
  return hn::MulAdd(hn::Mul(r, r), Polynomial(d, r, c), r);
}

/// exp(x) in the same way.
template <DoubleTag D, class V>
HWY_INLINE V SplitExp(D d, V x, V& n) {
  return SplitExp(d, x, hn::Zero(d), n);
}

/// exp(x).
template <DoubleTag D, class V>
HWY_INLINE V Exp(D d, V x) {
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 710.0), -746.0), n);
  return ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0)), n);
}

/// exp(-a) for a >= 0, or NaN.
template <DoubleTag D, class V>
HWY_INLINE V ExpOfMinus(D d, V a) {
  V n;
  const V p = SplitExp(d, hn::Neg(ClampAbove(d, a, 746.0)), n);
  return ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0)), n);
}

/// exp(x) - 1.
template <DoubleTag D, class V>
HWY_INLINE V Expm1(D d, V x) {
  // The upper bound is above log of the largest double and keeps n <= 1024.
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 709.8), -40.0), n);
  const V half = Pow2(d, hn::Sub(n, hn::Set(d, 1.0)));
  const V y = hn::MulAdd(half, p, hn::Sub(half, hn::Set(d, 0.5)));
  // n = 0: p is the result, also where halving it would lose bits of a denormal.
  const V magnitude = hn::IfThenElse(hn::Eq(n, hn::Zero(d)), p, hn::Add(y, y));
  return WithSignOf(d, hn::Abs(magnitude), x);
}

/// tanh(x) from e = exp(2 |x|) - 1.
template <DoubleTag D, class V>
HWY_INLINE V Tanh(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 20.0);  // tanh rounds to 1 from 19.1 on
  const V e = Expm1(d, hn::Add(a, a));
  return WithSignOf(d, hn::Div(e, hn::Add(e, hn::Set(d, 2.0))), x);
}

/// 1 / (1 + exp(-x)), for x < 0 as exp(x) / (1 + exp(x)), which keeps the tail.
template <DoubleTag D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0);
  const V e = ExpOfMinus(d, hn::Abs(x));
  const V numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one);
  return hn::Div(numerator, hn::Add(one, e));
}

/// x / (1 + exp(-t)) where t has the sign of x, from exp(-|t|) = 2^n (1 + p), n <= 0. For x < 0 the
/// power of two comes last: exp(t) may be denormal where x exp(t) is not.
template <DoubleTag D, class V>
HWY_INLINE V TimesSigmoid(D d, V x, V n, V p) {
  const V one = hn::Set(d, 1.0);
  const V s = Pow2(d, n);
  const auto negative = hn::Lt(x, hn::Zero(d));
  const V numerator = hn::IfThenElse(negative, hn::MulAdd(x, p, x), x);
  const V y = hn::Div(numerator, hn::Add(one, hn::MulAdd(s, p, s)));
  return ScaleByPow2(d, y, hn::IfThenElseZero(negative, n));
}

/// x / (1 + exp(-x)).
template <DoubleTag D, class V>
HWY_INLINE V Silu(D d, V x) {
  const V v = ClampBelow(d, x, -760.0);  // silu(-760) rounds to -0
  V n;
  const V p = SplitExp(d, hn::Neg(ClampAbove(d, hn::Abs(v), 760.0)), n);
  return TimesSigmoid(d, v, n, p);
}

/// exp(-z) as SplitExp for the z of gelu_tanh, z = c (a + 0.044715 a^3), c = 2 sqrt(2 / pi),
/// 0 <= a <= 22.5. In two terms, because exp multiplies a relative error of z by z.
template <DoubleTag D, class V>
HWY_INLINE V SplitExpOfGeluTanh(D d, V a, V& n) {
  const V c = hn::Set(d, 0x1.9884533d43651p+0), cubic = hn::Set(d, 0x1.2444f2a4d8b4bp-4);
  const V square = hn::Mul(a, a);
  const V square_low = hn::MulSub(a, a, square);
  const V bend = hn::Mul(square, cubic);
  const V bend_low =
      hn::Add(hn::MulSub(square, cubic, bend),
              hn::MulAdd(square_low, cubic, hn::Mul(square, hn::Set(d, -0x1.6c843a29d1c7p-61))));
  // s + s_low = c + bend, whichever is larger.
  const V s = hn::Add(bend, c);
  const V back = hn::Sub(s, bend);
  const V lost = hn::Add(hn::Sub(bend, hn::Sub(s, back)), hn::Sub(c, back));
  const V s_low = hn::Add(hn::Add(lost, bend_low), hn::Set(d, -0x1.cbc0d30ebfd15p-54));
  const V z = hn::Mul(a, s);
  const V z_low = hn::MulAdd(a, s_low, hn::MulSub(a, s, z));
  return SplitExp(d, hn::Neg(z), hn::Neg(z_low), n);
}

/// GELU with the tanh approximation: x / (1 + exp(-z)).
template <DoubleTag D, class V>
HWY_INLINE V GeluTanh(D d, V x) {
  const V v = ClampBelow(d, x, -22.5);  // the result there rounds to -0
  V n;
  const V p = SplitExpOfGeluTanh(d, ClampAbove(d, hn::Abs(v), 22.5), n);
  return TimesSigmoid(d, v, n, p);
}

// Highway's own serve the usual arguments.

/// log(x).
template <DoubleTag D, class V>
HWY_INLINE V Log(D d, V x) {
  const V zero = hn::Zero(d);
  const V infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  V y = hn::Log(d, x);
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);  // infinity and NaN
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, std::numeric_limits<double>::quiet_NaN()), y);
}

/// log(1 + x).
template <DoubleTag D, class V>
HWY_INLINE V Log1p(D d, V x) {
  const V minus_one = hn::Set(d, -1.0);
  const V infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  V y = hn::Log1p(d, x);
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);  // infinity and NaN
  y = hn::IfThenElse(hn::Eq(x, minus_one), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(x, minus_one), hn::Set(d, std::numeric_limits<double>::quiet_NaN()),
                        y);
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
template <DoubleTag D, class V>
HWY_INLINE V Softplus(D d, V x) {
  return hn::Add(Relu(d, x), hn::Log1p(d, ExpOfMinus(d, hn::Abs(x))));
}

/// Up to here Highway's sine and cosine are right.
inline constexpr double kTrigBoundDouble = 39000.0;

/// sin(x).
template <DoubleTag D, class V>
HWY_INLINE V Sin(D d, V x) {
  const V y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, hn::Sin(d, x));  // -0 stays
  return WithHugeArguments(d, x, y, kTrigBoundDouble, [](double v) { return std::sin(v); });
}

/// cos(x).
template <DoubleTag D, class V>
HWY_INLINE V Cos(D d, V x) {
  return WithHugeArguments(d, x, hn::Cos(d, x), kTrigBoundDouble,
                           [](double v) { return std::cos(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
