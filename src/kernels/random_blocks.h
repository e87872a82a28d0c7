// Runs of MT19937 outputs and their conversion to element types, shared by the random_*.cpp files.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/element.h"
#include "kernels/random.h"
#include "kernels/random_simd.h"

namespace wick::kernels::random_blocks {

template <class T>
inline constexpr bool is_float = std::is_floating_point_v<T> || is_half<T>;

/// Bits of T's significand, the hidden one included; for integers, of its largest value.
template <class T>
inline constexpr int digits = std::numeric_limits<T>::digits;
template <>
inline constexpr int digits<Half> = 11;
template <>
inline constexpr int digits<BFloat16> = 8;

/// PyTorch's conversions: a half type is reached through float, which may round twice.
template <class T, class From>
T to(From value) {
  if constexpr (is_half<T>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

inline float unit32(uint32_t bits) { return static_cast<float>(bits & 0xFFFFFFU) * 0x1p-24F; }

inline double unit64(uint32_t high, uint32_t low) {
  const uint64_t bits = (static_cast<uint64_t>(high) << 32) | low;
  return static_cast<double>(bits & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
}

/// Calls use(words, count) on runs of words that are still to be handed out, n in all.
template <class Use>
void take_words(RandomState& state, int64_t n, Use use) {
  while (n > 0) {
    if (state.left == 1) {
      random_simd::twist(state.words.data());
      state.left = RandomState::word_count + 1;
      state.next = 0;
    }
    const int64_t count = std::min<int64_t>(n, state.left - 1);
    use(state.words.data() + state.next, count);
    state.left -= static_cast<uint32_t>(count);
    state.next += static_cast<uint32_t>(count);
    n -= count;
  }
}

/// out[i] = make(one output), for i in [0, n).
template <class T, class Make>
void fill_from_u32(RandomState& state, T* out, int64_t n, Make make) {
  std::array<uint32_t, RandomState::word_count> outputs;
  take_words(state, n, [&](const uint32_t* words, int64_t count) {
    random_simd::temper(words, outputs.data(), count);
    for (int64_t i = 0; i < count; ++i) out[i] = make(outputs[static_cast<size_t>(i)]);
    out += count;
  });
}

/// out[i] = make(high output, low output), for i in [0, n).
template <class T, class Make>
void fill_from_u64(RandomState& state, T* out, int64_t n, Make make) {
  constexpr int64_t chunk = RandomState::word_count / 2;
  std::array<uint32_t, 2 * chunk> outputs;
  for (int64_t done = 0; done < n; done += chunk) {
    const int64_t count = std::min(chunk, n - done);
    fill_u32(state, outputs.data(), 2 * count);
    for (int64_t i = 0; i < count; ++i) {
      const auto k = static_cast<size_t>(2 * i);
      out[done + i] = make(outputs[k], outputs[k + 1]);
    }
  }
}

}  // namespace wick::kernels::random_blocks
