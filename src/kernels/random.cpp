// MT19937 and the float32 transforms of random.h, compiled for each instruction set.
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
#define HWY_TARGET_INCLUDE "kernels/random.cpp"
#include "kernels/hwy_targets.h"
// Above must come first: foreach_target.h compiles this file once more for each target.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <cmath>

#include "kernels/random_simd.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::random_simd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// ---- one rounding, on every target

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

// ---- MT19937

constexpr size_t word_count = 624;
constexpr size_t middle = 397;

HWY_INLINE uint32_t twist_word(uint32_t high, uint32_t low, uint32_t far) {
  const uint32_t y = (high & 0x80000000U) | (low & 0x7FFFFFFFU);
  return far ^ (y >> 1) ^ ((low & 1U) != 0 ? 0x9908B0DFU : 0U);
}

/// words[i] = f(words[i], words[i + 1], words[i + far]) for i in [begin, end), in order.
HWY_INLINE void twist_range(uint32_t* words, size_t begin, size_t end, ptrdiff_t far) {
  const hn::ScalableTag<uint32_t> d;
  const size_t lanes = hn::Lanes(d);
  const auto upper = hn::Set(d, 0x80000000U);
  const auto one = hn::Set(d, 1U);
  const auto matrix = hn::Set(d, 0x9908B0DFU);
  size_t i = begin;
  // Whole vectors are in order too: a step writes only words that no later step wants old.
  for (; i + lanes <= end; i += lanes) {
    const auto low = hn::LoadU(d, words + i + 1);
    const auto y = hn::Or(hn::And(hn::LoadU(d, words + i), upper), hn::AndNot(upper, low));
    const auto odd = hn::Sub(hn::Zero(d), hn::And(low, one));  // all ones if odd
    const auto mixed = hn::Xor(hn::ShiftRight<1>(y), hn::And(odd, matrix));
    hn::StoreU(hn::Xor(hn::LoadU(d, words + static_cast<ptrdiff_t>(i) + far), mixed), d, words + i);
  }
  for (; i < end; ++i) {
    words[i] = twist_word(words[i], words[i + 1], words[static_cast<ptrdiff_t>(i) + far]);
  }
}

void twist_words(uint32_t* words) {
  constexpr ptrdiff_t back = static_cast<ptrdiff_t>(middle) - static_cast<ptrdiff_t>(word_count);
  twist_range(words, 0, word_count - middle, static_cast<ptrdiff_t>(middle));
  twist_range(words, word_count - middle, word_count - 1, back);
  words[word_count - 1] = twist_word(words[word_count - 1], words[0], words[middle - 1]);
}

HWY_INLINE uint32_t temper_word(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9D2C5680U;
  y ^= (y << 15) & 0xEFC60000U;
  return y ^ (y >> 18);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V temper_vector(D d, V y) {
  y = hn::Xor(y, hn::ShiftRight<11>(y));
  y = hn::Xor(y, hn::And(hn::ShiftLeft<7>(y), hn::Set(d, 0x9D2C5680U)));
  y = hn::Xor(y, hn::And(hn::ShiftLeft<15>(y), hn::Set(d, 0xEFC60000U)));
  return hn::Xor(y, hn::ShiftRight<18>(y));
}

void temper_words(const uint32_t* words, uint32_t* out, int64_t n) {
  const hn::ScalableTag<uint32_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(temper_vector(d, hn::LoadU(d, words + i)), d, out + i);
  }
  for (; i < n; ++i) out[i] = temper_word(words[i]);
}

void unit_floats(const uint32_t* words, float* out, int64_t n) {
  const hn::ScalableTag<float> df;
  const hn::RebindToUnsigned<decltype(df)> du;
  const hn::RebindToSigned<decltype(df)> di;
  const auto lanes = static_cast<int64_t>(hn::Lanes(df));
  const auto mask = hn::Set(du, 0xFFFFFFU);
  const auto unit = hn::Set(df, 0x1p-24F);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto bits = hn::And(temper_vector(du, hn::LoadU(du, words + i)), mask);
    hn::StoreU(hn::Mul(hn::ConvertTo(df, hn::BitCast(di, bits)), unit), df, out + i);
  }
  for (; i < n; ++i) out[i] = static_cast<float>(temper_word(words[i]) & 0xFFFFFFU) * 0x1p-24F;
}

// ---- uniform

template <class T>
HWY_INLINE void scale_shift_any(T* x, int64_t n, T scale, T shift) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto factor = hn::Set(d, scale);
  const auto offset = hn::Set(d, shift);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(fma(d, hn::LoadU(d, x + i), factor, offset), d, x + i);
  }
  for (; i < n; ++i) x[i] = std::fma(x[i], scale, shift);
}

void scale_shift_f32(float* x, int64_t n, float scale, float shift) {
  scale_shift_any(x, n, scale, shift);
}

void scale_shift_f64(double* x, int64_t n, double scale, double shift) {
  scale_shift_any(x, n, scale, shift);
}

// ---- normal

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

void normal_blocks_f32(float* x, int64_t blocks, float mean, float std) {
  const hn::CappedTag<float, 8> d;
  const size_t lanes = hn::Lanes(d);
  const auto center = hn::Set(d, mean);
  const auto spread = hn::Set(d, std);
  for (float* block = x; block != x + 16 * blocks; block += 16) {
    for (size_t j = 0; j < 8; j += lanes) {
      const auto u1 = hn::Sub(hn::Set(d, 1.0F), hn::LoadU(d, block + j));  // (0, 1], for the log
      const auto u2 = hn::LoadU(d, block + 8 + j);
      const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0F), log_unit(d, u1)));
      auto sine = hn::Zero(d);
      auto cosine = hn::Zero(d);
      sin_cos(d, hn::Mul(hn::Set(d, 6.2831855F), u2), sine, cosine);
      hn::StoreU(fma(d, hn::Mul(radius, cosine), spread, center), d, block + j);
      hn::StoreU(fma(d, hn::Mul(radius, sine), spread, center), d, block + 8 + j);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::random_simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels::random_simd {

HWY_EXPORT(twist_words);
HWY_EXPORT(temper_words);
HWY_EXPORT(unit_floats);
HWY_EXPORT(scale_shift_f32);
HWY_EXPORT(scale_shift_f64);
HWY_EXPORT(normal_blocks_f32);

void twist(uint32_t* words) { HWY_DYNAMIC_DISPATCH(twist_words)(words); }

void temper(const uint32_t* words, uint32_t* out, int64_t n) {
  HWY_DYNAMIC_DISPATCH(temper_words)(words, out, n);
}

void temper_to_unit(const uint32_t* words, float* out, int64_t n) {
  HWY_DYNAMIC_DISPATCH(unit_floats)(words, out, n);
}

void scale_shift(float* x, int64_t n, float scale, float shift) {
  HWY_DYNAMIC_DISPATCH(scale_shift_f32)(x, n, scale, shift);
}

void scale_shift(double* x, int64_t n, double scale, double shift) {
  HWY_DYNAMIC_DISPATCH(scale_shift_f64)(x, n, scale, shift);
}

void normal_blocks(float* x, int64_t blocks, float mean, float std) {
  HWY_DYNAMIC_DISPATCH(normal_blocks_f32)(x, blocks, mean, std);
}

}  // namespace wick::kernels::random_simd
#endif  // HWY_ONCE
