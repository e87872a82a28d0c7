// Sin and Cos.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_TRIG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_TRIG_INL_H_
#undef WICK_KERNELS_MATH_TRIG_INL_H_
#else
#define WICK_KERNELS_MATH_TRIG_INL_H_
#endif

#include <cmath>

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

/// Up to here x - n pi / 2 is computed to full relative precision with pi / 2 in three floats: the
/// first product is exact for n < 2^17, the least nonzero remainder is about 2^-27.
inline constexpr float kTrigBound = 65536.0f;

/// sin(n pi / 2 + r) for a = n pi / 2 + r in [0, kTrigBound], where `quarter` is added to n.
/// Polynomials: weighted minimax fits (Lawson, mpmath), relative errors 2^-28 (sin), 2^-33 (cos).
template <class D, class V>
HWY_INLINE V SinOfReduced(D d, V a, int quarter) {
  const hn::RebindToSigned<D> di;
  const V magic = hn::Set(d, kRoundMagic);
  const V k = hn::MulAdd(a, hn::Set(d, 0x1.45f306p-1f), magic);
  const V n = hn::Sub(k, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, 0x1.921fb6p+0f), a);
  r = hn::MulAdd(n, hn::Set(d, 0x1.777a5cp-25f), r);
  r = hn::MulAdd(n, hn::Set(d, 0x1.ee59dap-50f), r);
  const auto quadrant = hn::Add(hn::BitCast(di, k), hn::Set(di, quarter));
  const V r2 = hn::Mul(r, r);
  V s = hn::Set(d, -0x1.9952d8p-13f);
  s = hn::MulAdd(s, r2, hn::Set(d, 0x1.110776p-7f));
  s = hn::MulAdd(s, r2, hn::Set(d, -0x1.555546p-3f));
  s = hn::MulAdd(hn::Mul(s, r2), r, r);
  V c = hn::Set(d, 0x1.99e94p-16f);
  c = hn::MulAdd(c, r2, hn::Set(d, -0x1.6c0c2ap-10f));
  c = hn::MulAdd(c, r2, hn::Set(d, 0x1.55554ap-5f));
  c = hn::MulAdd(c, r2, hn::Set(d, -0.5f));
  c = hn::MulAdd(c, r2, hn::Set(d, 1.0f));
  const auto is_odd = hn::RebindMask(d, hn::TestBit(quadrant, hn::Set(di, 1)));
  const auto sign = hn::ShiftLeft<30>(hn::And(quadrant, hn::Set(di, 2)));
  return hn::Xor(hn::IfThenElse(is_odd, c, s), hn::BitCast(d, sign));
}

/// y, with f(lane) in double where |x| is above the bound: rare, and the same bits in any lane.
template <class D, class V, class F>
HWY_INLINE V WithHugeArguments(D d, V x, V y, hn::TFromD<D> bound, F f) {
  using T = hn::TFromD<D>;
  if (hn::AllFalse(d, hn::Gt(hn::Abs(x), hn::Set(d, bound)))) return y;
  HWY_ALIGN T in[HWY_MAX_BYTES / sizeof(T)];
  HWY_ALIGN T out[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(x, d, in);
  hn::Store(y, d, out);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    if (std::fabs(in[i]) > bound) out[i] = static_cast<T>(f(static_cast<double>(in[i])));
  }
  return hn::Load(d, out);
}

/// sin(x).
template <FloatTag D, class V>
HWY_INLINE V Sin(D d, V x) {
  const V sign = hn::And(x, hn::SignBit(d));
  const V y = hn::Xor(SinOfReduced(d, hn::Abs(x), 0), sign);
  return WithHugeArguments(d, x, y, kTrigBound, [](double v) { return std::sin(v); });
}

/// cos(x).
template <FloatTag D, class V>
HWY_INLINE V Cos(D d, V x) {
  const V y = SinOfReduced(d, hn::Abs(x), 1);
  return WithHugeArguments(d, x, y, kTrigBound, [](double v) { return std::cos(v); });
}

#else  // !HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V Sin(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::sin(v); });
}
template <class D, class V>
HWY_INLINE V Cos(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::cos(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
