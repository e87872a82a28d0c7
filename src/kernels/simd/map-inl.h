// Loops that apply a vector function to arrays of float32 or float64.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_MAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MAP_INL_H_
#undef WICK_KERNELS_MAP_INL_H_
#else
#define WICK_KERNELS_MAP_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/math/math_base-inl.h"
#include "kernels/simd/stream.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// y = f(d, x) for n < Lanes(d) elements, through the same vector code.
template <class T, class F>
HWY_INLINE void MapRest(const T* x, T* y, size_t n, F f) {
  if (n == 0) return;
  const hn::ScalableTag<T> d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)] = {};
  for (size_t j = 0; j < n; ++j) buffer[j] = x[j];
  hn::Store(f(d, hn::Load(d, buffer)), d, buffer);
  for (size_t j = 0; j < n; ++j) y[j] = buffer[j];
#else
  const auto mask = hn::FirstN(d, n);
  hn::BlendedStore(f(d, hn::MaskedLoad(mask, d, x)), mask, d, y);
#endif
}

/// y = f(d, x) elementwise.
template <class T, class F>
HWY_INLINE void Map(const T* x, T* y, size_t n, Stores store, F f) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  if (store == Stores::streaming) {
    i = HWY_MIN(n, ElementsToAlignment(d, y));
    MapRest(x, y, i, f);
    for (; i + lanes <= n; i += lanes) hn::Stream(f(d, hn::LoadU(d, x + i)), d, y + i);
    hwy::FlushStream();
  } else {
    for (; i + lanes <= n; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  }
  MapRest(x + i, y + i, n - i, f);
}

#if HWY_TARGET <= HWY_AVX3

inline constexpr size_t kMapBlock = 512;

/// y = F::Usual(d, x) for n <= kMapBlock elements; a bit for each says whether it is rare. Streams
/// whole vectors if so told: y is aligned then. True if any is rare.
template <bool streaming, class F>
HWY_NOINLINE bool MapUsual(const float* x, float* y, size_t n, uint64_t* is_rare, F) {
  const hn::CappedTag<float, 16> d;
  const auto step = [&](size_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    const auto result = F::Usual(d, v);
    if constexpr (streaming)
      hn::Stream(result, d, y + i);
    else
      hn::StoreU(result, d, y + i);
    return uint64_t{F::IsRare(d, v).raw};
  };
  // 64 bits at a time: what is stored in parts cannot be read until those stores are done.
  uint64_t any = 0;
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const uint64_t low = step(i) | step(i + 16) << 16;
    const uint64_t high = step(i + 32) | step(i + 48) << 16;
    is_rare[i / 64] = low | high << 32;
    any |= low | high;
  }
  uint64_t bits = 0;
  for (; i + 16 <= n; i += 16) bits |= step(i) << i % 64;
  if (i < n) {
    const auto rest = hn::FirstN(d, n - i);
    const auto v = hn::MaskedLoad(rest, d, x + i);
    hn::BlendedStore(F::Usual(d, v), rest, d, y + i);
    bits |= uint64_t{hn::And(rest, F::IsRare(d, v)).raw} << i % 64;
  }
  if (n % 64 != 0) is_rare[n / 64] = bits;
  return (any | bits) != 0;
}

/// y = F::Rare(d, x) where `is_rare` has a bit, for a block. If there are few, they are put
/// together, so that the function, which may be slow, sees full vectors.
template <class F>
HWY_INLINE void MapRare(const float* x, float* y, const uint64_t* is_rare, F) {
  constexpr size_t words = kMapBlock / 64;
  size_t count = 0;
  for (size_t w = 0; w < words; ++w) count += hwy::PopCount(is_rare[w]);
  if (count > kMapBlock / 8) {
    const hn::CappedTag<float, 16> d;
    for (size_t i = 0; i < kMapBlock; i += 16) {
      const auto mask = hn::Mask<decltype(d)>{static_cast<uint16_t>(is_rare[i / 64] >> i % 64)};
      if (!hn::AllFalse(d, mask))
        hn::BlendedStore(F::Rare(d, hn::MaskedLoad(mask, d, x + i)), mask, d, y + i);
    }
    return;
  }
  float values[kMapBlock / 8];
  uint16_t places[kMapBlock / 8];
  count = 0;
  for (size_t w = 0; w < words; ++w) {
    for (uint64_t bits = is_rare[w]; bits != 0; bits &= bits - 1) {
      const size_t place = 64 * w + hwy::Num0BitsBelowLS1Bit_Nonzero64(bits);
      values[count] = x[place];
      places[count++] = static_cast<uint16_t>(place);
    }
  }
  const auto rare = [](auto d, auto v) HWY_ATTR { return F::Rare(d, v); };
  Map<float>(values, values, count, Stores::cached, rare);
  for (size_t j = 0; j < count; ++j) y[places[j]] = values[j];
}

/// y = F::Usual(d, x), but F::Rare(d, x) where F::IsRare(d, x). The loop over all elements has no
/// branches and all registers to itself.
template <class F>
HWY_INLINE void MapUsualAndRare(const float* x, float* y, size_t n, Stores store, F f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const bool streaming = store == Stores::streaming;
  HWY_ALIGN float buffer[kMapBlock];
  // Lines that have been streamed are far away: after a block with rare elements, the next one is
  // streamed when it is complete.
  bool buffered = true;
  size_t size = streaming ? HWY_MIN(n, ElementsToAlignment(d, y)) : 0;
  for (; n > 0; x += size, y += size, n -= size, size = 0) {
    if (size == 0) size = HWY_MIN(n, kMapBlock);
    uint64_t is_rare[kMapBlock / 64] = {};
    if (!streaming) {
      const bool in_place = x == y;
      if (in_place) std::copy_n(x, size, buffer);
      if (MapUsual<false>(x, y, size, is_rare, f)) MapRare(in_place ? buffer : x, y, is_rare, f);
    } else if (buffered) {
      buffered = MapUsual<false>(x, buffer, size, is_rare, f);
      if (buffered) MapRare(x, buffer, is_rare, f);
      size_t i = 0;
      for (; i + lanes <= size; i += lanes) hn::Stream(hn::Load(d, buffer + i), d, y + i);
      std::copy_n(buffer + i, size - i, y + i);
    } else {
      buffered = MapUsual<true>(x, y, size, is_rare, f);
      if (buffered) MapRare(x, y, is_rare, f);
    }
  }
  if (streaming) hwy::FlushStream();
}

#endif  // HWY_TARGET <= HWY_AVX3

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
