// Normal numbers in float32, compiled for each instruction set.
//
// The logarithm and the sine and cosine below use the polynomials of the Cephes Math Library's
// single-precision functions (logf, sinf, cosf), by Stephen L. Moshier:
//   Cephes Math Library Release 2.2: June, 1992
//   Copyright 1984, 1985, 1987, 1988, 1992 by Stephen L. Moshier
// as they were arranged for SSE by Julien Pommier (2007) and for AVX2 by Giovanni Garberoglio
// (2012), under the zlib license. PyTorch draws its normal numbers with them, so its bits need
// them; where a multiplication and an addition are fused is part of those bits. This is an
// independent implementation, not their code.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/random_normal.cpp"
#include "kernels/hwy_targets.h"
// Above must come first: foreach_target.h compiles this file once more for each target.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/random-inl.h"
#include "kernels/random_simd.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::random_simd {
namespace HWY_NAMESPACE {

/// Cephes' logf for normal x in (0, 1].
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_unit(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto exponent = hn::Sub(hn::ShiftRight<23>(bits), hn::Set(di, 126));
  const auto half_to_one = hn::Or(hn::And(bits, hn::Set(di, 0x007FFFFF)), hn::Set(di, 0x3F000000));
  V e = hn::ConvertTo(d, exponent);
  V m = hn::BitCast(d, half_to_one);
  const V one = hn::Set(d, 1.0F);
  const auto small = hn::Lt(m, hn::Set(d, 0.70710677F));
  e = hn::Sub(e, hn::IfThenElseZero(small, one));
  m = hn::Add(hn::Sub(m, one), hn::IfThenElseZero(small, m));

  const V z = hn::Mul(m, m);
  const V tail = hn::Mul(e, hn::Set(d, -2.12194440e-4F));
  V p = hn::Set(d, 7.0376836292e-2F);
  p = fma(d, p, m, hn::Set(d, -1.1514610310e-1F));
  p = fma(d, p, m, hn::Set(d, 1.1676998740e-1F));
  p = fma(d, p, m, hn::Set(d, -1.2420140846e-1F));
  p = fma(d, p, m, hn::Set(d, 1.4249322787e-1F));
  p = fma(d, p, m, hn::Set(d, -1.6668057665e-1F));
  p = fma(d, p, m, hn::Set(d, 2.0000714765e-1F));
  p = fma(d, p, m, hn::Set(d, -2.4999993993e-1F));
  p = fma(d, p, m, hn::Set(d, 3.3333331174e-1F));
  V y = fma(d, hn::Mul(p, m), z, tail);
  y = fma(d, z, hn::Set(d, -0.5F), y);
  return fma(d, e, hn::Set(d, 0.693359375F), hn::Add(m, y));
}

/// Cephes' sinf and cosf for x in [0, 2 pi].
template <class D, class V = hn::Vec<D>>
HWY_INLINE void sin_cos(D d, V x, V& sine, V& cosine) {
  const hn::RebindToSigned<D> di;
  const auto one = hn::Set(di, 1);
  const auto two = hn::Set(di, 2);
  const auto four = hn::Set(di, 4);
  // j: the octant, rounded up to an even one.
  auto j = hn::ConvertTo(di, hn::Mul(x, hn::Set(d, 1.27323954473516F)));
  j = hn::AndNot(one, hn::Add(j, one));
  const V y = hn::ConvertTo(d, j);
  const auto swap = hn::RebindMask(d, hn::Eq(hn::And(j, two), two));
  const V sine_sign = hn::BitCast(d, hn::ShiftLeft<29>(hn::And(j, four)));
  const V cosine_sign = hn::BitCast(d, hn::ShiftLeft<29>(hn::AndNot(hn::Sub(j, two), four)));

  x = fma(d, y, hn::Set(d, -0.78515625F), x);  // pi / 4 in three parts
  x = fma(d, y, hn::Set(d, -2.4187564849853515625e-4F), x);
  x = fma(d, y, hn::Set(d, -3.77489497744594108e-8F), x);
  const V z = hn::Mul(x, x);
  V c = fma(d, hn::Set(d, 2.443315711809948e-5F), z, hn::Set(d, -1.388731625493765e-3F));
  c = fma(d, c, z, hn::Set(d, 4.166664568298827e-2F));
  c = fma(d, hn::Mul(c, z), z, hn::Neg(hn::Mul(z, hn::Set(d, 0.5F))));
  c = hn::Add(c, hn::Set(d, 1.0F));
  V s = fma(d, hn::Set(d, -1.9515295891e-4F), z, hn::Set(d, 8.3321608736e-3F));
  s = fma(d, s, z, hn::Set(d, -1.6666654611e-1F));
  s = fma(d, hn::Mul(s, z), x, x);
  sine = hn::Xor(hn::IfThenElse(swap, c, s), sine_sign);
  cosine = hn::Xor(hn::IfThenElse(swap, s, c), cosine_sign);
}

/// Box-Muller on radii u1 and angles u2, both of unit_floats().
template <class D, class V = hn::Vec<D>>
HWY_INLINE void box_muller(D d, V& u1, V& u2, V center, V spread) {
  const auto log_u1 = log_unit(d, hn::Sub(hn::Set(d, 1.0F), u1));  // of (0, 1]
  const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0F), log_u1));
  auto sine = hn::Zero(d);
  auto cosine = hn::Zero(d);
  sin_cos(d, hn::Mul(hn::Set(d, 6.2831855F), u2), sine, cosine);
  u1 = fma(d, hn::Mul(radius, cosine), spread, center);
  u2 = fma(d, hn::Mul(radius, sine), spread, center);
}

void normal_blocks_of(const uint32_t* raw, float* out, int64_t blocks, float mean, float std) {
  const uint32_t* const end = raw + 16 * blocks;
#if HWY_TARGET <= HWY_AVX3
  const hn::CappedTag<float, 16> wide;
  const hn::RebindToUnsigned<decltype(wide)> wide_words;
  for (; raw + 32 <= end; raw += 32, out += 32) {  // the radii of two blocks fill a vector
    const auto first = unit_floats(wide, hn::LoadU(wide_words, raw));
    const auto second = unit_floats(wide, hn::LoadU(wide_words, raw + 16));
    auto u1 = hn::ConcatLowerLower(wide, second, first);
    auto u2 = hn::ConcatUpperUpper(wide, second, first);
    box_muller(wide, u1, u2, hn::Set(wide, mean), hn::Set(wide, std));
    hn::StoreU(hn::ConcatLowerLower(wide, u2, u1), wide, out);
    hn::StoreU(hn::ConcatUpperUpper(wide, u2, u1), wide, out + 16);
  }
#endif
  const hn::CappedTag<float, 8> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  for (; raw != end; raw += 16, out += 16) {
    for (size_t j = 0; j < 8; j += lanes) {
      auto u1 = unit_floats(d, hn::LoadU(du, raw + j));
      auto u2 = unit_floats(d, hn::LoadU(du, raw + 8 + j));
      box_muller(d, u1, u2, hn::Set(d, mean), hn::Set(d, std));
      hn::StoreU(u1, d, out + j);
      hn::StoreU(u2, d, out + 8 + j);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::random_simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels::random_simd {

HWY_EXPORT(normal_blocks_of);

void normal_blocks(const uint32_t* raw, float* out, int64_t blocks, float mean, float std) {
  HWY_DYNAMIC_DISPATCH(normal_blocks_of)(raw, out, blocks, mean, std);
}

}  // namespace wick::kernels::random_simd
#endif  // HWY_ONCE
