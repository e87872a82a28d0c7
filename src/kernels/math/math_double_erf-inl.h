// Erf, Erfc and Gelu of one float64 vector, and derivatives; as math_double-inl.h.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_DOUBLE_ERF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_DOUBLE_ERF_INL_H_
#undef WICK_KERNELS_MATH_DOUBLE_ERF_INL_H_
#else
#define WICK_KERNELS_MATH_DOUBLE_ERF_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_double-inl.h"
#include "kernels/math/math_grad-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// exp(a^2 / 2) P(Z > a), Z standard normal, for 0 <= a <= 39 by one polynomial: 1 + a times it
/// goes slowly from 0.5 to 0.4 and is smooth in (a - 6) / (a + 6).
template <DoubleTag D, class V>
HWY_INLINE V ScaledNormalTail(D d, V a) {
  constexpr double c[] = {-0x1.5c438de6f0fe7p-4,  0x1.46229bd016ff9p-5,   -0x1.1e9d4130ecaefp-8,
                          -0x1.08766e432ce70p-6,  0x1.7227accaeb261p-6,   -0x1.43da9f739f9b5p-6,
                          0x1.b212c028799c9p-7,   -0x1.ceac1d880af98p-8,  0x1.80c840e1243ccp-9,
                          -0x1.c79a7d3f591bcp-11, 0x1.f52d0b573274ap-14,  0x1.3d0be8f2f9466p-15,
                          -0x1.ba2304e1c8a94p-16, 0x1.281cecc61f684p-18,  0x1.ded8ceefa80e3p-20,
                          -0x1.0c551920ee091p-20, -0x1.0627233e9ca0ap-31, 0x1.1c485229277cfp-23,
                          -0x1.576911856a28ap-26, -0x1.0c9a6d3ec480dp-26, 0x1.929d3c03a7899p-29,
                          0x1.ae0fac9f0d9ddp-30};
  const V six = hn::Set(d, 6.0);
  const V t = hn::Div(hn::Sub(a, six), hn::Add(a, six));
  // The sum with the first coefficient is last: all else is small.
  const V y = hn::MulAdd(Polynomial(d, t, c), t, hn::Set(d, 0x1.d0568f5d76666p-2));
  return hn::Div(y, hn::Add(a, hn::Set(d, 1.0)));
}

/// exp(-scale a^2) as SplitExp, scale a power of two. The square's rounding error goes along: exp
/// multiplies it by a^2.
template <DoubleTag D, class V>
HWY_INLINE V SplitExpOfMinusSquare(D d, V a, double scale, V& n) {
  const V square = hn::Mul(a, a);
  const V rest = hn::MulSub(a, a, square);
  const V s = hn::Set(d, -scale);
  return SplitExp(d, hn::Mul(square, s), hn::Mul(rest, s), n);
}

/// erfc(a) for 0 <= a <= 27.5 (0 from 27.23 on), or NaN: 2 P(Z > sqrt(2) a).
template <DoubleTag D, class V>
HWY_INLINE V ErfcOfPositive(D d, V a) {
  V n;
  const V p = SplitExpOfMinusSquare(d, a, 1.0, n);
  const V tail = ScaledNormalTail(d, hn::Mul(a, hn::Set(d, 0x1.6a09e667f3bcdp+0)));
  const V m = hn::Add(tail, tail);
  return ScaleByPow2(d, hn::MulAdd(m, p, m), n);
}

/// erfc(x).
template <DoubleTag D, class V>
HWY_INLINE V Erfc(D d, V x) {
  const V y = ErfcOfPositive(d, ClampAbove(d, hn::Abs(x), 27.5));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, 2.0), y), y);
}

/// 1 - erfc(a) for 0.5 <= a <= 6, erfc(a) being exp(-a^2) / (a + 3) times a polynomial in
/// (a - 3) / (a + 3): it may be off where it is small beside 1.
template <DoubleTag D, class V>
HWY_INLINE V ErfFromErfc(D d, V a) {
  constexpr double c[] = {0x1.12f21ddd9f5e2p+0,   -0x1.c44c471baa36cp-1,  0x1.2e326945de2b9p-1,
                          -0x1.3deb21415ecb1p-2,  0x1.e995f11b11c1bp-4,   -0x1.b78993d3156bdp-6,
                          -0x1.3dd3e68f3f630p-10, 0x1.8dae3779d020bp-9,   -0x1.1f7903f00fb42p-11,
                          -0x1.22382fca2ef95p-12, 0x1.c335963c716cbp-14,  0x1.fdf6d5f1f5aa1p-16,
                          -0x1.26c17b78037abp-16, -0x1.4807aa2701827p-18, 0x1.864a02e711a2cp-19,
                          0x1.a8941195cab96p-20,  0x1.c922ded901f0fp-23};
  const V three = hn::Set(d, 3.0), one = hn::Set(d, 1.0);
  const V r = hn::Div(one, hn::Add(a, three));
  const V y = hn::Mul(Polynomial(d, hn::Mul(hn::Sub(a, three), r), c), r);
  V n;
  const V p = SplitExp(d, hn::Neg(hn::Mul(a, a)), n);
  return hn::NegMulAdd(JoinExp(d, n, p), y, one);
}

/// erf(x): a polynomial in x^2 up to 0.5.
template <DoubleTag D, class V>
HWY_INLINE V Erf(D d, V x) {
  constexpr double c[] = {0x1.20dd750429b6dp+0,  -0x1.812746b0379b5p-2,  0x1.ce2f21a03d814p-4,
                          -0x1.b82ce30f2b28fp-6, 0x1.565bcbf8e0365p-8,   -0x1.c02d4f6e4921ap-11,
                          0x1.f98db34e8872ep-14, -0x1.f224dfc5409afp-17, 0x1.8b4b60851826bp-20};
  const V a = ClampAbove(d, hn::Abs(x), 6.0);  // erf rounds to 1 from 5.93 on
  const V near = hn::Mul(a, Polynomial(d, hn::Mul(a, a), c));
  const V y = hn::IfThenElse(hn::Gt(a, hn::Set(d, 0.5)), ErfFromErfc(d, a), near);
  return WithSignOf(d, hn::Abs(y), x);
}

/// The exact GELU, x P(Z <= x), as max(x, 0) - |x| P(Z > |x|): nothing cancels.
template <DoubleTag D, class V>
HWY_INLINE V Gelu(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 39.0);  // gelu(-39) rounds to -0
  V n;
  const V p = SplitExpOfMinusSquare(d, a, 0.5, n);
  const V m = hn::Mul(a, ScaledNormalTail(d, a));
  const V y = ScaleByPow2(d, hn::MulAdd(m, p, m), n);
  return hn::Sub(WithSignOf(d, Relu(d, x), x), y);  // -0 for negative x, as in GeluByExp
}

/// gelu'(x): gelu'(-a) = P(Z > a) - a phi(a), both of which are exp(-a^2 / 2) times something.
template <DoubleTag D, class V>
HWY_INLINE V GeluGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 39.0);
  V n;
  const V p = SplitExpOfMinusSquare(d, a, 0.5, n);
  const V m = hn::NegMulAdd(a, hn::Set(d, 0x1.9884533d43651p-2), ScaledNormalTail(d, a));
  return FromNegativeSide(d, x, ScaleByPow2(d, hn::MulAdd(m, p, m), n));
}

/// silu'(x).
template <DoubleTag D, class V>
HWY_INLINE V SiluGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 760.0);  // silu'(-760) rounds to -0
  V n;
  const V p = SplitExp(d, hn::Neg(a), n);
  const V m = hn::Sub(hn::Set(d, 1.0), a), q = JoinExp(d, n, p);
  return FromNegativeSide(d, x, TimesSigmoidGrad(d, n, p, q, m, q));
}

/// gelu_tanh'(x).
template <DoubleTag D, class V>
HWY_INLINE V GeluTanhGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 22.5);  // gelu_tanh'(-22.5) rounds to -0
  V n;
  const V p = SplitExpOfGeluTanh(d, a, n);
  const V q = JoinExp(d, n, p);
  // z'(a) = k (1 + 3 * 0.044715 a^2), k = 2 sqrt(2 / pi).
  const V slope = hn::MulAdd(hn::Mul(a, a), hn::Set(d, 3 * 0x1.2444f2a4d8b4bp-4),
                             hn::Set(d, 0x1.9884533d43651p+0));
  const V m = hn::NegMulAdd(a, slope, hn::Set(d, 1.0));
  return FromNegativeSide(d, x, TimesSigmoidGrad(d, n, p, q, m, q));
}

/// erf'(x).
template <DoubleTag D, class V>
HWY_INLINE V ErfGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 28.0);  // erf'(28) rounds to 0
  V n;
  const V p = SplitExpOfMinusSquare(d, a, 1.0, n);
  const V c = hn::Set(d, 0x1.20dd750429b6dp+0);  // 2 / sqrt(pi)
  return ScaleByPow2(d, hn::MulAdd(c, p, c), n);
}

/// sigmoid'(x) from y = sigmoid(x).
template <DoubleTag D, class V>
HWY_INLINE V SigmoidGradFromResult(D d, V y) {
  return hn::Mul(y, hn::Sub(hn::Set(d, 1.0), y));
}

/// tanh'(x) from y = tanh(x).
template <DoubleTag D, class V>
HWY_INLINE V TanhGradFromResult(D d, V y) {
  const V one = hn::Set(d, 1.0);
  return hn::Mul(hn::Sub(one, y), hn::Add(one, y));
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
