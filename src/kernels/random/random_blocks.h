// MT19937's outputs and their conversion to element types, shared by the random_*.cpp files.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/random/random.h"
#include "kernels/random/random_bits.h"
#include "kernels/random/random_simd.h"
#include "kernels/simd/element.h"

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

/// Calls use(outputs, begin, count) for pieces of n elements, as random_words::share_out does, with
/// the outputs in place of the words.
template <class Use>
void share_outputs(RandomState& state, int64_t n, int64_t each, Team team, const Use& use) {
  random_words::share_out(state, n, each, team,
                          [&](const uint32_t* words, int64_t begin, int64_t count) {
                            std::array<uint32_t, 1024> outputs;
                            const int64_t room = static_cast<int64_t>(outputs.size()) / each;
                            for (int64_t done = 0; done < count; done += room) {
                              const int64_t some = std::min(room, count - done);
                              random_simd::temper(words + each * done, outputs.data(), each * some);
                              use(outputs.data(), begin + done, some);
                            }
                          });
}

/// out[i] = make(one output, i), for i in [0, n).
template <class T, class Make>
void fill_from_u32(RandomState& state, T* out, int64_t n, Team team, Make make) {
  share_outputs(state, n, 1, team, [&](const uint32_t* outputs, int64_t begin, int64_t count) {
    for (int64_t i = 0; i < count; ++i) out[begin + i] = make(outputs[i], begin + i);
  });
}

/// out[i] = make(high output, low output, i), for i in [0, n).
template <class T, class Make>
void fill_from_u64(RandomState& state, T* out, int64_t n, Team team, Make make) {
  share_outputs(state, n, 2, team, [&](const uint32_t* outputs, int64_t begin, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      out[begin + i] = make(outputs[2 * i], outputs[2 * i + 1], begin + i);
  });
}

}  // namespace wick::kernels::random_blocks
