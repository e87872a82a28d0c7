// Log, Log1p and Softplus.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_LOG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_LOG_INL_H_
#undef WICK_KERNELS_MATH_LOG_INL_H_
#else
#define WICK_KERNELS_MATH_LOG_INL_H_
#endif

#include <cmath>
#include <limits>

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_exp-inl.h"
#include "kernels/math/math_scalar.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// Exponent e of the floats with these bits such that value * 2^-e is in [2/3, 4/3).
template <class DI, class VI>
HWY_INLINE VI LogExponent(DI di, VI bits) {
  return hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f2aaaab)));
}

/// e log(2) + log(1 + f) for |f| <= 1/3: f - f^2 / 2 + f^3 P(f), P a weighted minimax fit (Lawson,
/// mpmath), relative error 2^-29. The product of e and the upper part of log(2) is exact.
template <class D, class V>
HWY_INLINE V LogOfParts(D d, V e, V f) {
  V p = hn::Set(d, 0x1.e8b38p-4f);
  p = hn::MulAdd(p, f, hn::Set(d, -0x1.06f81p-3f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.b95d2ap-4f));
  p = hn::MulAdd(p, f, hn::Set(d, -0x1.f39696p-4f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.24e902p-3f));
  p = hn::MulAdd(p, f, hn::Set(d, -0x1.559884p-3f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.9997fep-3f));
  p = hn::MulAdd(p, f, hn::Set(d, -0x1.ffff12p-3f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.555556p-2f));
  const V rest = hn::Mul(hn::Mul(f, f), hn::MulAdd(p, f, hn::Set(d, -0.5f)));
  const V low = hn::Add(f, hn::MulAdd(e, hn::Set(d, 0x1.7f7d1cp-20f), rest));
  return hn::MulAdd(e, hn::Set(d, 0x1.62e4p-1f), low);
}

/// log(x).
template <FloatTag D, class V>
HWY_INLINE V Log(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V zero = hn::Zero(d);
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const auto is_small = hn::Lt(x, hn::Set(d, 0x1p-100f));  // denormals among them
  const V scaled = hn::IfThenElse(is_small, hn::Mul(x, hn::Set(d, 0x1p24f)), x);
  const auto bits = hn::BitCast(di, scaled);
  const auto exponent = LogExponent(di, bits);
  const V m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const V e = hn::Sub(hn::ConvertTo(d, exponent), hn::IfThenElseZero(is_small, hn::Set(d, 24.0f)));
  V y = LogOfParts(d, e, hn::Sub(m, hn::Set(d, 1.0f)));
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);  // infinity and NaN
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, std::numeric_limits<float>::quiet_NaN()), y);
}

/// log(1 + x) for 0 > x > -1 or 0 <= x < 2^100: 2^-e (1 + x) - 1 is one rounding away from x.
template <class D, class V>
HWY_INLINE V Log1pFinite(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V one = hn::Set(d, 1.0f);
  const auto exponent = LogExponent(di, hn::BitCast(di, hn::Add(x, one)));
  const auto one_bits = hn::BitCast(di, one);
  const V s = hn::BitCast(d, hn::Sub(one_bits, hn::ShiftLeft<23>(exponent)));
  return LogOfParts(d, hn::ConvertTo(d, exponent), hn::MulAdd(x, s, hn::Sub(s, one)));
}

/// log(1 + x).
template <FloatTag D, class V>
HWY_INLINE V Log1p(D d, V x) {
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const V minus_one = hn::Set(d, -1.0f);
  // From 2^64 on log(1 + x) = log(2^-32 (1 + x)) + 32 log(2) to any precision, in the finite range.
  const auto is_huge = hn::Gt(x, hn::Set(d, 0x1p64f));
  V y = Log1pFinite(d, hn::IfThenElse(is_huge, hn::Mul(x, hn::Set(d, 0x1p-32f)), x));
  y = hn::Add(y, hn::IfThenElseZero(is_huge, hn::Set(d, 0x1.62e43p+4f)));
  y = WithSignOf(d, hn::Abs(y), x);               // log1p(-0) = -0
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);  // infinity and NaN
  y = hn::IfThenElse(hn::Eq(x, minus_one), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(x, minus_one), hn::Set(d, std::numeric_limits<float>::quiet_NaN()),
                        y);
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
template <class D, class V>
HWY_INLINE V Softplus(D d, V x) {
  V n;
  const V p = SplitExp(d, hn::Neg(ClampAbove(d, hn::Abs(x), 105.0f)), n);
  const V t = ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0f)), n);
  return hn::Add(Relu(d, x), Log1pFinite(d, t));
}

#else  // !HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V Log(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::log(v); });
}
template <class D, class V>
HWY_INLINE V Log1p(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::log1p(v); });
}
template <class D, class V>
HWY_INLINE V Softplus(D d, V x) {
  return MapWide(d, x, [](auto v) { return scalar::softplus(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
