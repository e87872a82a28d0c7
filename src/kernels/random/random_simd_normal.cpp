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
#define HWY_TARGET_INCLUDE "kernels/random/random_simd_normal.cpp"
#include "kernels/simd/hwy_targets.h"
// Above must come first: foreach_target.h compiles this file once more for each target.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <limits>

#include "kernels/random/random-inl.h"
#include "kernels/random/random_simd.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::random_simd {
namespace HWY_NAMESPACE {

/// Cephes' logf of k * 2^-24, for integers k in [1, 2^24].
template <class D, class DI, class V = hn::Vec<D>>
HWY_INLINE V log_of_24_bits(D d, DI di, hn::Vec<DI> k) {
  // k * 2^-24 = (m + 1) * 2^e, with m + 1 from sqrt(1/2) on. All of this is exact.
  constexpr int32_t root = 0x3F3504F3;  // the bits of 0.70710677
  const auto bits = hn::BitCast(di, hn::ConvertTo(d, k));
  const auto above = hn::Sub(bits, hn::Set(di, root + (24 << 23)));
  const V e = hn::ConvertTo(d, hn::ShiftRight<23>(above));
  const auto scaled = hn::Add(hn::And(above, hn::Set(di, 0x007FFFFF)), hn::Set(di, root));
  const V m = hn::Sub(hn::BitCast(d, scaled), hn::Set(d, 1.0F));

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

/// Cephes' sinf and cosf of 2 pi k * 2^-24, for integers k in [0, 2^24).
template <class D, class DI, class V = hn::Vec<D>>
HWY_INLINE void sin_cos_of_24_bits(D d, DI di, hn::Vec<DI> k, V& sine, V& cosine) {
  // The nearest quarter turn. Cephes finds it in x: for each k the same, as a test shows.
  const auto turn = hn::Add(k, hn::Set(di, 1 << 21));
  const V quarter = hn::ConvertTo(d, hn::ShiftRight<22>(turn));
  const auto odd = hn::RebindMask(d, hn::TestBit(turn, hn::Set(di, 1 << 22)));
  const auto sign = hn::Set(di, std::numeric_limits<int32_t>::min());
  const auto sine_sign = hn::And(hn::ShiftLeft<8>(turn), sign);
  const auto cosine_sign = hn::And(hn::ShiftLeft<8>(hn::Add(turn, hn::Set(di, 1 << 22))), sign);

  V x = hn::Mul(hn::ConvertTo(d, k), hn::Set(d, 6.2831855F * 0x1p-24F));
  x = fma(d, quarter, hn::Set(d, 2 * -0.78515625F), x);  // pi / 2 in three parts
  x = fma(d, quarter, hn::Set(d, 2 * -2.4187564849853515625e-4F), x);
  x = fma(d, quarter, hn::Set(d, 2 * -3.77489497744594108e-8F), x);
  const V z = hn::Mul(x, x);
  V c = fma(d, hn::Set(d, 2.443315711809948e-5F), z, hn::Set(d, -1.388731625493765e-3F));
  c = fma(d, c, z, hn::Set(d, 4.166664568298827e-2F));
  c = fma(d, hn::Mul(c, z), z, hn::Mul(z, hn::Set(d, -0.5F)));
  c = hn::Add(c, hn::Set(d, 1.0F));
  V s = fma(d, hn::Set(d, -1.9515295891e-4F), z, hn::Set(d, 8.3321608736e-3F));
  s = fma(d, s, z, hn::Set(d, -1.6666654611e-1F));
  s = fma(d, hn::Mul(s, z), x, x);
  sine = hn::Xor(hn::IfThenElse(odd, c, s), hn::BitCast(d, sine_sign));
  cosine = hn::Xor(hn::IfThenElse(odd, s, c), hn::BitCast(d, cosine_sign));
}

/// Box-Muller on raw words: `first` of a radius, `second` of an angle.
template <class D, class V = hn::Vec<D>, class W>
HWY_INLINE void box_muller(D d, W first, W second, V center, V spread, V& a, V& b) {
  const hn::RebindToSigned<D> di;
  const hn::RebindToUnsigned<D> du;
  const auto mask = hn::Set(du, 0xFFFFFFU);
  const auto u1 = hn::BitCast(di, hn::And(tempered(du, first), mask));
  const auto u2 = hn::BitCast(di, hn::And(tempered(du, second), mask));
  const auto log_u1 = log_of_24_bits(d, di, hn::Sub(hn::Set(di, 1 << 24), u1));
  const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0F), log_u1));
  auto sine = hn::Zero(d);
  auto cosine = hn::Zero(d);
  sin_cos_of_24_bits(d, di, u2, sine, cosine);
  a = fma(d, hn::Mul(radius, cosine), spread, center);
  b = fma(d, hn::Mul(radius, sine), spread, center);
}

void normal_blocks_of(const uint32_t* raw, float* out, int64_t blocks, float mean, float std) {
  const uint32_t* const end = raw + 16 * blocks;
#if HWY_TARGET <= HWY_AVX3
  const hn::CappedTag<float, 16> wide;
  const hn::RebindToUnsigned<decltype(wide)> wide_words;
  for (; raw + 32 <= end; raw += 32, out += 32) {  // the radii of two blocks fill a vector
    const auto first = hn::LoadU(wide_words, raw);
    const auto second = hn::LoadU(wide_words, raw + 16);
    auto a = hn::Zero(wide);
    auto b = hn::Zero(wide);
    box_muller(wide, hn::ConcatLowerLower(wide_words, second, first),
               hn::ConcatUpperUpper(wide_words, second, first), hn::Set(wide, mean),
               hn::Set(wide, std), a, b);
    hn::StoreU(hn::ConcatLowerLower(wide, b, a), wide, out);
    hn::StoreU(hn::ConcatUpperUpper(wide, b, a), wide, out + 16);
  }
#endif
  const hn::CappedTag<float, 8> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  for (; raw != end; raw += 16, out += 16) {
    for (size_t j = 0; j < 8; j += lanes) {
      auto a = hn::Zero(d);
      auto b = hn::Zero(d);
      box_muller(d, hn::LoadU(du, raw + j), hn::LoadU(du, raw + 8 + j), hn::Set(d, mean),
                 hn::Set(d, std), a, b);
      hn::StoreU(a, d, out + j);
      hn::StoreU(b, d, out + 8 + j);
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
