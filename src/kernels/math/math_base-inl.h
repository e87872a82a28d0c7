// Building blocks of the vector functions: scaling by powers of two, table lookup, clamping.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_BASE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_BASE_INL_H_
#undef WICK_KERNELS_MATH_BASE_INL_H_
#else
#define WICK_KERNELS_MATH_BASE_INL_H_
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Vectors of these elements: the overloads for float64 stand in math_double-inl.h.
template <class D>
concept FloatTag = std::is_same_v < hn::TFromD<D>,
float > ;
template <class D>
concept DoubleTag = std::is_same_v < hn::TFromD<D>,
double > ;

/// How many elements lie before the first vector boundary at or behind p.
template <class D, class T>
HWY_INLINE size_t ElementsToAlignment(D d, const T* p) {
  const size_t bytes = hn::Lanes(d) * sizeof(T);
  return (bytes - reinterpret_cast<uintptr_t>(p) % bytes) % bytes / sizeof(T);
}

/// f(lane) in double, rounded once. Instruction sets without fused multiply-add use this for the
/// functions below: the compensated steps need the fusion, and such machines are rare.
template <class D, class V, class F>
HWY_INLINE V MapInDouble(D d, V x, F f) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(x, d, lanes);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    // nan as it came: its sign would depend on how the compiler orders a product's factors.
    if (lanes[i] == lanes[i]) lanes[i] = static_cast<T>(f(static_cast<double>(lanes[i])));
  }
  return hn::Load(d, lanes);
}

/// The same for formulas that lose bits on the way: doubles go through long double.
template <class D, class V, class F>
HWY_INLINE V MapWide(D d, V x, F f) {
  if constexpr (DoubleTag<D>)
    return MapInDouble(
        d, x, [f](double v) { return static_cast<double>(f(static_cast<long double>(v))); });
  else
    return MapInDouble(d, x, f);
}

/// x < 0 ? 0 : x. NaN and -0 stay.
template <class D, class V>
HWY_INLINE V Relu(D d, V x) {
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
}

/// -1, 0 or 1; 0 for NaN.
template <class D, class V>
HWY_INLINE V Sign(D d, V x) {
  const V zero = hn::Zero(d);
  const V negative = hn::IfThenElseZero(hn::Lt(x, zero), hn::Set(d, -1.0f));
  return hn::IfThenElse(hn::Gt(x, zero), hn::Set(d, 1.0f), negative);
}

#if HWY_NATIVE_FMA

template <class D, class V>
HWY_INLINE V Floor(D, V x) {
  return hn::Floor(x);
}
template <class D, class V>
HWY_INLINE V Ceil(D, V x) {
  return hn::Ceil(x);
}
/// To the nearest integer, ties to even.
template <class D, class V>
HWY_INLINE V Round(D, V x) {
  return hn::Round(x);
}

/// min(x, limit), but NaN stays. Min leaves open what becomes of it, but x86 takes the second.
template <class D, class V>
HWY_INLINE V ClampAbove(D d, V x, hn::TFromD<D> limit) {
  const V l = hn::Set(d, limit);
#if HWY_ARCH_X86
  return hn::Min(l, x);
#else
  return hn::IfThenElse(hn::Gt(x, l), l, x);
#endif
}

/// max(x, limit), but NaN stays.
template <class D, class V>
HWY_INLINE V ClampBelow(D d, V x, hn::TFromD<D> limit) {
  const V l = hn::Set(d, limit);
#if HWY_ARCH_X86
  return hn::Max(l, x);
#else
  return hn::IfThenElse(hn::Lt(x, l), l, x);
#endif
}

/// magnitude with the sign of x; magnitude must not be negative.
template <class D, class V>
HWY_INLINE V WithSignOf(D d, V magnitude, V x) {
  return hn::Or(magnitude, hn::And(x, hn::SignBit(d)));
}

/// v * 2^n, rounded once even when denormal. n holds integers, |n| <= 250, v is of moderate size.
template <class D, class V>
HWY_INLINE V ScaleByPow2(D d, V v, V n) {
#if HWY_TARGET <= HWY_AVX3
  (void)d;
  return V{_mm512_scalef_ps(v.raw, n.raw)};
#else
  // Two factors: 2^n itself may be out of range. The first product is exact.
  const hn::RebindToSigned<D> di;
  const auto i = hn::ConvertTo(di, n);
  const auto half = hn::ShiftRight<1>(i);
  const auto bias = hn::Set(di, 127);
  const V s1 = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(half, bias)));
  const V s2 = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::Sub(i, half), bias)));
  return hn::Mul(hn::Mul(v, s1), s2);
#endif
}

/// 2^n for integers n in [-126, 127]; for n below, anything from 0 to 2^-126.
template <class D, class V>
HWY_INLINE V Pow2(D d, V n) {
#if HWY_TARGET <= HWY_AVX3
  return V{_mm512_scalef_ps(hn::Set(d, 1.0f).raw, n.raw)};
#else
  const hn::RebindToSigned<D> di;
  const auto i = hn::ConvertTo(di, hn::Max(n, hn::Set(d, -126.0f)));
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(i, hn::Set(di, 127))));
#endif
}

/// Adding then subtracting this rounds |x| < 2^22 to an integer, whose low bits are then those of
/// the sum: one instruction fewer than rounding the product, as the multiplication fuses with the
/// sum.
inline constexpr float kRoundMagic = 0x1.8p23f;

/// table[index[i] & 15] for each lane.
template <class D, class VI>
HWY_INLINE hn::Vec<D> Lookup16(D d, const float* table, VI index) {
  const hn::RebindToSigned<D> di;
#if HWY_TARGET <= HWY_AVX3
  const auto i = hn::IndicesFromVec(d, hn::And(index, hn::Set(di, 15)));
  return hn::TableLookupLanes(hn::Load(d, table), i);
#elif HWY_TARGET == HWY_AVX2
  const auto i = hn::IndicesFromVec(d, hn::And(index, hn::Set(di, 7)));
  const auto low = hn::TableLookupLanes(hn::Load(d, table), i);
  const auto high = hn::TableLookupLanes(hn::Load(d, table + 8), i);
  const auto is_high = hn::TestBit(index, hn::Set(di, 8));
  return hn::IfThenElse(hn::RebindMask(d, is_high), high, low);
#else
  return hn::GatherIndex(d, table, hn::And(index, hn::Set(di, 15)));
#endif
}

/// y times u plus row(k), for k from kLast down to kFirst: Horner's scheme, written out, so that
/// rows stay in registers.
template <size_t kFirst, size_t kLast, class V, class F>
HWY_INLINE V Horner(V y, V u, const F& row) {
  y = hn::MulAdd(y, u, row(kLast));
  if constexpr (kLast == kFirst)
    return y;
  else
    return Horner<kFirst, kLast - 1>(y, u, row);
}

/// The piecewise polynomial `table` (see math_tables.h) at a, in the columns `index`, in two terms:
/// returns the value at the piece's centre; `rest`, the smaller one, is to be added. Left to the
/// caller, the sum can be part of its last rounding. (No struct: some vectors cannot be members.)
template <size_t kRows, class D, class V, class VI>
HWY_INLINE V PiecewisePolynomial(D d, const float (&table)[kRows][16], V a, VI index, V& rest) {
  const auto row = [&](size_t k) HWY_ATTR { return Lookup16(d, table[k], index); };
  const V u = hn::Sub(a, row(0));
  rest = hn::Mul(Horner<2, kRows - 2>(row(kRows - 1), u, row), u);
  return row(1);
}

#else  // Highway's own emulations there lose the sign of zero

template <class D, class V>
HWY_INLINE V Floor(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::floor(v); });
}
template <class D, class V>
HWY_INLINE V Ceil(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::ceil(v); });
}
template <class D, class V>
HWY_INLINE V Round(D d, V x) {
  return MapInDouble(d, x, [](double v) { return std::nearbyint(v); });
}

#endif  // HWY_NATIVE_FMA

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
