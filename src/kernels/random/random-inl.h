// What the files that Highway compiles for random.h share. Compiled once for every instruction set.
#if defined(WICK_KERNELS_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_RANDOM_INL_H_
#undef WICK_KERNELS_RANDOM_INL_H_
#else
#define WICK_KERNELS_RANDOM_INL_H_
#endif

#include <cmath>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::random_simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// a b + c with one rounding, on every target.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V fma(D d, V a, V b, V c) {
#if HWY_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  using T = hn::TFromD<D>;
  HWY_ALIGN T x[hn::MaxLanes(D())];
  HWY_ALIGN T y[hn::MaxLanes(D())];
  HWY_ALIGN T z[hn::MaxLanes(D())];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (size_t i = 0; i < hn::Lanes(d); ++i) x[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, x);
#endif
}

/// MT19937's output function.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tempered(D d, V y) {
  y = hn::Xor(y, hn::ShiftRight<11>(y));
  y = hn::Xor(y, hn::And(hn::ShiftLeft<7>(y), hn::Set(d, 0x9D2C5680U)));
  y = hn::Xor(y, hn::And(hn::ShiftLeft<15>(y), hn::Set(d, 0xEFC60000U)));
  return hn::Xor(y, hn::ShiftRight<18>(y));
}

/// float(output & 0xFFFFFF) * 2^-24 of raw words.
template <class D, class V>
HWY_INLINE hn::Vec<D> unit_floats(D d, V raw) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::And(tempered(du, raw), hn::Set(du, 0xFFFFFFU));
  return hn::Mul(hn::ConvertTo(d, hn::BitCast(di, bits)), hn::Set(d, 0x1p-24F));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::random_simd
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
