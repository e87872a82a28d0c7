// MT19937, uniform numbers and coins, compiled for each instruction set.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/random/random_simd.cpp"
#include "kernels/simd/hwy_targets.h"
// Above must come first: foreach_target.h compiles this file once more for each target.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstring>

#include "kernels/random/random-inl.h"
#include "kernels/random/random_simd.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::random_simd {
namespace HWY_NAMESPACE {

// ---- MT19937

constexpr int64_t word_count = 624;
constexpr int64_t middle = 397;

void generate_words(uint32_t* words, int64_t n) {
  const hn::CappedTag<uint32_t, 16> d;  // 624 is a multiple of 16
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto upper = hn::Set(d, 0x80000000U);
  const auto one = hn::Set(d, 1U);
  const auto matrix = hn::Set(d, 0x9908B0DFU);
  for (uint32_t* w = words; w != words + n; w += lanes) {
    const auto low = hn::LoadU(d, w + 1);
    const auto y = hn::Or(hn::And(hn::LoadU(d, w), upper), hn::AndNot(upper, low));
    const auto odd = hn::Sub(hn::Zero(d), hn::And(low, one));  // all ones if odd
    const auto mixed = hn::Xor(hn::ShiftRight<1>(y), hn::And(odd, matrix));
    hn::StoreU(hn::Xor(hn::LoadU(d, w + middle), mixed), d, w + word_count);
  }
}

uint32_t temper_word(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9D2C5680U;
  y ^= (y << 15) & 0xEFC60000U;
  return y ^ (y >> 18);
}

void temper_words(const uint32_t* raw, uint32_t* out, int64_t n) {
  const hn::ScalableTag<uint32_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(tempered(d, hn::LoadU(d, raw + i)), d, out + i);
  for (; i < n; ++i) out[i] = temper_word(raw[i]);
}

// ---- uniform

void uniform_f32(const uint32_t* raw, float* out, int64_t n, float scale, float shift) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const bool plain = scale == 1 && shift == 0;
  const auto factor = hn::Set(d, scale);
  const auto offset = hn::Set(d, shift);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto unit = unit_floats(d, hn::LoadU(du, raw + i));
    hn::StoreU(plain ? unit : fma(d, unit, factor, offset), d, out + i);
  }
  for (; i < n; ++i)
    out[i] = std::fma(static_cast<float>(temper_word(raw[i]) & 0xFFFFFFU) * 0x1p-24F, scale, shift);
}

HWY_INLINE uint64_t low_53_bits(const uint32_t* raw) {
  return (static_cast<uint64_t>(temper_word(raw[0]) & 0x1FFFFFU) << 32) | temper_word(raw[1]);
}

void uniform_f64(const uint32_t* raw, double* out, int64_t n, double scale, double shift) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Repartition<uint32_t, decltype(d)> dw;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const bool plain = scale == 1 && shift == 0;
  const auto factor = hn::Set(d, scale);
  const auto offset = hn::Set(d, shift);
  const auto mask = hn::Set(du, (uint64_t{1} << 53) - 1);
  for (; i + lanes <= n; i += lanes) {
    const auto pair = hn::BitCast(du, tempered(dw, hn::LoadU(dw, raw + 2 * i)));
    // The first word is the high one.
    const auto bits = hn::Or(hn::ShiftLeft<32>(pair), hn::ShiftRight<32>(pair));
    const auto number = hn::ConvertTo(d, hn::BitCast(di, hn::And(bits, mask)));
    const auto unit = hn::Mul(number, hn::Set(d, 0x1p-53));
    hn::StoreU(plain ? unit : fma(d, unit, factor, offset), d, out + i);
  }
#endif
  for (; i < n; ++i)
    out[i] = std::fma(static_cast<double>(low_53_bits(raw + 2 * i)) * 0x1p-53, scale, shift);
}

// ---- coins

/// Up to 16 coins one by one.
uint32_t few_coins(const uint32_t* raw, int64_t n, uint64_t limit) {
  uint32_t bits = 0;
  for (int64_t i = 0; i < n; ++i)
    bits |= static_cast<uint32_t>(low_53_bits(raw + 2 * i) < limit) << i;
  return bits;
}

#if HWY_TARGET != HWY_SCALAR
template <class D, class M>
HWY_INLINE uint32_t bits_of(D d, M mask) {
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  return bytes[0] | static_cast<uint32_t>(bytes[1]) << 8;
}
#endif

void coins_of(const uint32_t* raw, uint8_t* bits, int64_t n, uint64_t limit) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<uint32_t, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  // The 21 bits of the high word nearly always decide: then the low one needs no tempering.
  const auto bound = hn::Set(di, static_cast<int32_t>(limit >> 32));
  for (; i + 16 <= n; i += 16, raw += 32) {
    uint32_t less = 0;
    auto tie = hn::MaskFromVec(hn::Zero(di));
    for (size_t k = 0; k < 16; k += lanes) {
      const auto first = hn::LoadU(d, raw + 2 * k);
      const auto second = hn::LoadU(d, raw + 2 * k + lanes);
      const auto word = tempered(d, hn::ConcatEven(d, second, first));
      const auto high = hn::BitCast(di, hn::And(word, hn::Set(d, 0x1FFFFFU)));
      less |= bits_of(di, hn::Lt(high, bound)) << k;
      tie = hn::Or(tie, hn::Eq(high, bound));
    }
    if (HWY_UNLIKELY(!hn::AllFalse(di, tie))) less = few_coins(raw, 16, limit);
    bits[i / 8] = static_cast<uint8_t>(less);
    bits[i / 8 + 1] = static_cast<uint8_t>(less >> 8);
  }
#endif
  for (; i < n; i += 8, raw += 16)
    bits[i / 8] = static_cast<uint8_t>(few_coins(raw, std::min<int64_t>(8, n - i), limit));
}

/// Calls vector(i, mask) for whole vectors of D and single(i, bit) for what is left.
template <class D, class Vector, class Single>
HWY_INLINE void for_each_bit(D d, const uint8_t* bits, int64_t n, Vector vector, Single single) {
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    uint64_t word;
    std::memcpy(&word, bits + i / 8, sizeof word);
    for (size_t k = 0; k < 64; k += hn::Lanes(d)) {
      const uint64_t part = word >> k;
      uint8_t bytes[8];
      std::memcpy(bytes, &part, sizeof part);
      vector(i + static_cast<int64_t>(k), hn::LoadMaskBits(d, bytes));
    }
  }
  for (; i < n; ++i) single(i, (bits[i / 8] >> (i % 8) & 1) != 0);
}

template <class T>
HWY_INLINE void select_any(const uint8_t* bits, T* out, int64_t n, T one) {
  const hn::CappedTag<T, 64> d;
  const auto chosen = hn::Set(d, one);
  for_each_bit(
      d, bits, n,
      [&](int64_t i, auto mask) { hn::StoreU(hn::IfThenElseZero(mask, chosen), d, out + i); },
      [&](int64_t i, bool bit) { out[i] = bit ? one : T(0); });
}

void select_8(const uint8_t* bits, uint8_t* out, int64_t n, uint8_t one) {
  select_any(bits, out, n, one);
}
void select_16(const uint8_t* bits, uint16_t* out, int64_t n, uint16_t one) {
  select_any(bits, out, n, one);
}
void select_32(const uint8_t* bits, uint32_t* out, int64_t n, uint32_t one) {
  select_any(bits, out, n, one);
}
void select_64(const uint8_t* bits, uint64_t* out, int64_t n, uint64_t one) {
  select_any(bits, out, n, one);
}

template <class T>
HWY_INLINE void drop_any(const uint8_t* bits, const T* x, T* out, int64_t n, T factor) {
  const hn::CappedTag<T, 64> d;
  const auto kept = hn::Set(d, factor);
  for_each_bit(
      d, bits, n,
      // A product, even where the factor is 0: inf and nan must become nan.
      [&](int64_t i, auto mask) {
        hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::IfThenElseZero(mask, kept)), d, out + i);
      },
      [&](int64_t i, bool bit) { out[i] = x[i] * (bit ? factor : T(0)); });
}

void drop_f32(const uint8_t* bits, const float* x, float* out, int64_t n, float factor) {
  drop_any(bits, x, out, n, factor);
}
void drop_f64(const uint8_t* bits, const double* x, double* out, int64_t n, double factor) {
  drop_any(bits, x, out, n, factor);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::random_simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels::random_simd {

HWY_EXPORT(generate_words);
HWY_EXPORT(temper_words);
HWY_EXPORT(uniform_f32);
HWY_EXPORT(uniform_f64);
HWY_EXPORT(coins_of);
HWY_EXPORT(select_8);
HWY_EXPORT(select_16);
HWY_EXPORT(select_32);
HWY_EXPORT(select_64);
HWY_EXPORT(drop_f32);
HWY_EXPORT(drop_f64);

void generate(uint32_t* words, int64_t n) { HWY_DYNAMIC_DISPATCH(generate_words)(words, n); }
void temper(const uint32_t* raw, uint32_t* out, int64_t n) {
  HWY_DYNAMIC_DISPATCH(temper_words)(raw, out, n);
}
void uniform(const uint32_t* raw, float* out, int64_t n, float scale, float shift) {
  HWY_DYNAMIC_DISPATCH(uniform_f32)(raw, out, n, scale, shift);
}
void uniform(const uint32_t* raw, double* out, int64_t n, double scale, double shift) {
  HWY_DYNAMIC_DISPATCH(uniform_f64)(raw, out, n, scale, shift);
}
void coins(const uint32_t* raw, uint8_t* bits, int64_t n, uint64_t limit) {
  HWY_DYNAMIC_DISPATCH(coins_of)(raw, bits, n, limit);
}
void select(const uint8_t* bits, uint8_t* out, int64_t n, uint8_t one) {
  HWY_DYNAMIC_DISPATCH(select_8)(bits, out, n, one);
}
void select(const uint8_t* bits, uint16_t* out, int64_t n, uint16_t one) {
  HWY_DYNAMIC_DISPATCH(select_16)(bits, out, n, one);
}
void select(const uint8_t* bits, uint32_t* out, int64_t n, uint32_t one) {
  HWY_DYNAMIC_DISPATCH(select_32)(bits, out, n, one);
}
void select(const uint8_t* bits, uint64_t* out, int64_t n, uint64_t one) {
  HWY_DYNAMIC_DISPATCH(select_64)(bits, out, n, one);
}
void drop(const uint8_t* bits, const float* x, float* out, int64_t n, float factor) {
  HWY_DYNAMIC_DISPATCH(drop_f32)(bits, x, out, n, factor);
}
void drop(const uint8_t* bits, const double* x, double* out, int64_t n, double factor) {
  HWY_DYNAMIC_DISPATCH(drop_f64)(bits, x, out, n, factor);
}

}  // namespace wick::kernels::random_simd
#endif  // HWY_ONCE
