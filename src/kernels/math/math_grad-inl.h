// Derivatives of Gelu, GeluTanh, Silu, Erf, and from their results of Sigmoid and Tanh.
// Accuracy and values at infinity and NaN are those of kernels/pointwise/unary_grad.h.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_GRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_GRAD_INL_H_
#undef WICK_KERNELS_MATH_GRAD_INL_H_
#else
#define WICK_KERNELS_MATH_GRAD_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_double-inl.h"
#include "kernels/math/math_erf-inl.h"
#include "kernels/math/math_exp-inl.h"
#include "kernels/math/math_scalar_grad.h"
#include "kernels/math/math_tables.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// f'(x) from y = f'(-|x|), for functions with f(x) - f(-x) = x.
template <class D, class V>
HWY_INLINE V FromNegativeSide(D d, V x, V y) {
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), y, hn::Sub(hn::Set(d, 1.0f), y));
}

/// gelu'(x): gelu'(-a) = P(Z > a) - a phi(a), both of which are exp(-a^2 / 2) times something.
template <class D, class V>
HWY_INLINE V GeluGradByExp(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 14.6f);  // gelu'(-14.6) rounds to -0
  V n;
  const V p = SplitExpOfMinusProduct(d, a, hn::Mul(a, hn::Set(d, 0.5f)), n);
  V rest;
  const V first = TailPolynomial(d, kNormalTail, a, rest);
  // m = exp(a^2 / 2) gelu'(-a); 1 / sqrt(2 pi) is split in two.
  const V high = hn::NegMulAdd(a, hn::Set(d, 0x1.988454p-2f), first);
  const V m = hn::Add(high, hn::MulAdd(a, hn::Set(d, 0x1.857936p-27f), rest));
  return FromNegativeSide(d, x, ScaleByPow2(d, hn::MulAdd(m, p, m), n));
}

/// 2^n (1 + p), rounded; 0 or tiny where that is below 2^-126.
template <class D, class V>
HWY_INLINE V JoinExp(D d, V n, V p) {
  const V s = Pow2(d, n);
  return hn::MulAdd(s, p, s);
}

/// f'(-a) for f(x) = x sigmoid(z(x)), a >= 0, given q = exp(-z(a)) = 2^n (1 + p), n <= 0, and
/// m + rest = 1 + q - a z'(a): this is q (m + rest) / (1 + q)^2. The scaling comes last, so a
/// denormal result is rounded once.
template <class D, class V>
HWY_INLINE V TimesSigmoidGrad(D d, V n, V p, V q, V m, V rest) {
  const V denominator = hn::MulAdd(q, hn::Add(q, hn::Set(d, 2.0f)), hn::Set(d, 1.0f));
  // (m + rest) (1 + p), with one rounding fewer.
  const V numerator = hn::Add(m, hn::MulAdd(hn::Add(m, rest), p, rest));
  return ScaleByPow2(d, hn::Div(numerator, denominator), n);
}

/// silu'(x).
template <class D, class V>
HWY_INLINE V SiluGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 110.0f);  // silu'(-110) rounds to -0
  V n;
  const V p = SplitExp(d, hn::Neg(a), n);
  const V q = JoinExp(d, n, p);
  const V m = hn::Sub(hn::Set(d, 1.0f), a);
  return FromNegativeSide(d, x, TimesSigmoidGrad(d, n, p, q, m, q));
}

/// gelu_tanh'(x).
template <class D, class V>
HWY_INLINE V GeluTanhGradByExp(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 11.0f);  // gelu_tanh'(-11) rounds to -0
  V n;
  const V p = SplitExpOfGeluTanh(d, a, n);
  const V q = JoinExp(d, n, p);
  // z'(a) = k (1 + 3 * 0.044715 a^2); k = 2 sqrt(2 / pi) is split in two.
  const V bend =
      hn::MulAdd(hn::Mul(a, a), hn::Set(d, 0x1.b6676cp-3f), hn::Set(d, -0x1.857936p-25f));
  const V m = hn::NegMulAdd(a, hn::Set(d, 0x1.988454p+0f), hn::Set(d, 1.0f));
  const V rest = hn::NegMulAdd(a, bend, q);
  return FromNegativeSide(d, x, TimesSigmoidGrad(d, n, p, q, m, rest));
}

#if HWY_TARGET <= HWY_AVX3

/// f'(x) by `table`, which has f'(-a) in columns of width 1 / per_unit and 0 in the last.
template <size_t kRows, class D, class V>
HWY_INLINE V GradOfTable32(D d, const float (&table)[kRows][32], float per_unit, V x) {
  return FromNegativeSide(d, x, UniformPolynomial32(d, table, per_unit, hn::Abs(x)));
}

// Out of line, as in Gelu.
template <class D, class V>
HWY_NOINLINE V GeluGradTail(D d, V x) {
  return GeluGradByExp(d, x);
}
template <class D, class V>
HWY_NOINLINE V GeluTanhGradTail(D d, V x) {
  return GeluTanhGradByExp(d, x);
}

template <class D, class V>
HWY_INLINE V GeluGrad(D d, V x) {
  const V y = GradOfTable32(d, kGeluGrad, 5.0f, x);
  const auto is_tail = MinusIsBetween(d, x, 6.0f, 14.6f);
  if (HWY_LIKELY(hn::AllFalse(d, is_tail))) return y;
  return hn::IfThenElse(is_tail, GeluGradTail(d, x), y);
}

template <class D, class V>
HWY_INLINE V GeluTanhGrad(D d, V x) {
  const V y = GradOfTable32(d, kGeluTanhGrad, 5.5f, x);
  const auto is_tail = MinusIsBetween(d, x, 5.25f, 11.0f);
  if (HWY_LIKELY(hn::AllFalse(d, is_tail))) return y;
  return hn::IfThenElse(is_tail, GeluTanhGradTail(d, x), y);
}

#else

template <class D, class V>
HWY_INLINE V GeluGrad(D d, V x) {
  return GeluGradByExp(d, x);
}
template <class D, class V>
HWY_INLINE V GeluTanhGrad(D d, V x) {
  return GeluTanhGradByExp(d, x);
}

#endif

/// erf'(x).
template <class D, class V>
HWY_INLINE V ErfGrad(D d, V x) {
  const V a = ClampAbove(d, hn::Abs(x), 10.25f);  // erf'(10.25) rounds to 0
  V n;
  const V p = SplitExpOfMinusProduct(d, a, a, n);
  // 2 / sqrt(pi), in two terms.
  const V c = hn::Set(d, 0x1.20dd76p+0f);
  return ScaleByPow2(d, hn::Add(c, hn::MulAdd(c, p, hn::Set(d, -0x1.f7ac92p-25f))), n);
}

/// sigmoid'(x) from y = sigmoid(x).
template <class D, class V>
HWY_INLINE V SigmoidGradFromResult(D, V y) {
  return hn::NegMulAdd(y, y, y);
}

/// tanh'(x) from y = tanh(x).
template <class D, class V>
HWY_INLINE V TanhGradFromResult(D d, V y) {
  return hn::NegMulAdd(y, y, hn::Set(d, 1.0f));
}

#else  // !HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V GeluGrad(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::gelu_grad(v); });
}
template <class D, class V>
HWY_INLINE V SiluGrad(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::silu_grad(v); });
}
template <class D, class V>
HWY_INLINE V GeluTanhGrad(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::gelu_tanh_grad(v); });
}
template <class D, class V>
HWY_INLINE V ErfGrad(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::erf_grad(v); });
}
template <class D, class V>
HWY_INLINE V SigmoidGradFromResult(D d, V y) {
  return MapWide(d, y, [](auto v) { return scalar::sigmoid_grad_from_result(v); });
}
template <class D, class V>
HWY_INLINE V TanhGradFromResult(D d, V y) {
  return MapWide(d, y, [](auto v) { return scalar::tanh_grad_from_result(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
