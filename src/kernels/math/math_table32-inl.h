// Tanh and, in their central parts, Gelu and GeluTanh by tables of 32 columns: with AVX-512, one
// instruction looks up 16 of those, and nothing but a polynomial is left to do.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MATH_TABLE32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_TABLE32_INL_H_
#undef WICK_KERNELS_MATH_TABLE32_INL_H_
#else
#define WICK_KERNELS_MATH_TABLE32_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_tables32.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET <= HWY_AVX3

/// The piecewise polynomial `table` at a, in the columns that are the low 5 bits of `column`.
template <size_t kRows, class D, class V, class VI>
HWY_INLINE V Polynomial32(D d, const float (&table)[kRows][32], V a, VI column) {
  const auto row = [&](size_t k) HWY_ATTR {
    return V{_mm512_permutex2var_ps(hn::Load(d, table[k]).raw, column.raw,
                                    hn::Load(d, table[k] + 16).raw)};
  };
  const V u = hn::Sub(a, row(0));
  return Horner<1, kRows - 2>(row(kRows - 1), u, row);
}

/// tanh(x).
template <class D, class V>
HWY_INLINE V Tanh32(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V a = ClampAbove(d, hn::Abs(x), 9.125f);  // tanh rounds to 1 from 9.02 on
  const auto bits = hn::BitCast(di, hn::Add(a, hn::Set(d, 0.625f)));
  return WithSignOf(d, Polynomial32(d, kTanh, a, hn::ShiftRight<20>(bits)), x);
}

/// `table` at a >= 0 in columns of width 1 / per_unit, on the last of which all larger a fall.
template <size_t kRows, class D, class V>
HWY_INLINE V UniformPolynomial32(D d, const float (&table)[kRows][32], float per_unit, V a) {
  const hn::RebindToSigned<D> di;
  a = ClampAbove(d, a, 31.0f / per_unit);
  const V t = hn::MulAdd(a, hn::Set(d, per_unit), hn::Set(d, kRoundMagic));
  return Polynomial32(d, table, a, hn::BitCast(di, t));
}

/// f(x) = max(x, 0) - y(|x|) for y(a) of `table`, whose last column is 0.
template <size_t kRows, class D, class V>
HWY_INLINE V GeluOfTable32(D d, const float (&table)[kRows][32], float per_unit, V x) {
  const V y = UniformPolynomial32(d, table, per_unit, hn::Abs(x));
  // max(-0, x): of two zeros and of a NaN and a number, x86 takes the second.
  return hn::Sub(hn::Max(hn::Set(d, -0.0f), x), y);
}

/// low < -x < high for 0 < low < high, as a mask: the bits of negative floats grow with -x.
template <class D, class V>
HWY_INLINE hn::Mask<D> MinusIsBetween(D d, V x, float low, float high) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = [&](float v) HWY_ATTR { return hn::BitCast(du, hn::Set(d, -v)); };
  const auto from_low = hn::Sub(hn::BitCast(du, x), bits(low));
  return hn::RebindMask(d, hn::Lt(from_low, hn::Sub(bits(high), bits(low))));
}

#endif  // HWY_TARGET <= HWY_AVX3

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
