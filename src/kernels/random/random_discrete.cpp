// The distributions of random.h over integers: ranges and permutations.
#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "kernels/random/random.h"
#include "kernels/random/random_blocks.h"
#include "kernels/random/random_simd.h"

namespace wick::kernels {

namespace {

using namespace random_blocks;

constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
constexpr int64_t highest = std::numeric_limits<int64_t>::max();

/// int64_t(T(value)), cut to what int64 holds: a half type may give an infinity.
template <class T>
int64_t rounded(int64_t value) {
  const auto result = static_cast<double>(to<T>(value));
  if (result >= 0x1p63) return highest;
  if (result < -0x1p63) return lowest;
  return static_cast<int64_t>(result);
}

/// Twice the distance of neighbouring T's at `value`: how far PyTorch moves a bound.
template <class T>
int64_t step_at(int64_t value) {
  const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const int exponent = static_cast<int>(std::bit_width(size)) - digits<T>;
  return int64_t{1} << std::clamp(exponent, 0, 62);
}

}  // namespace

template <class T>
void fill_random(RandomState& state, T* out, int64_t n, Team team) {
  // Floating-point types include 2^digits, the last integer before they skip some.
  constexpr uint64_t range = (uint64_t{1} << digits<T>)+(is_float<T> ? 1 : 0);
  if constexpr (sizeof(T) == 8) {
    fill_from_u64(state, out, n, team, [](uint32_t high, uint32_t low, int64_t) {
      return static_cast<T>(((static_cast<uint64_t>(high) << 32) | low) % range);
    });
  } else {
    fill_from_u32(state, out, n, team, [](uint32_t bits, int64_t) { return to<T>(bits % range); });
  }
}

template <class T>
void fill_random_range(RandomState& state, T* out, int64_t n, uint64_t range, int64_t base,
                       Team team) {
  const auto shifted = [base](uint64_t value) {
    return to<T>(static_cast<int64_t>(value + static_cast<uint64_t>(base)));
  };
  // From here on the remainder of one word would favour small numbers too much: two, as in PyTorch
  // 2.15 (older ones began at 2^32).
  constexpr uint64_t least_wide = uint64_t{1} << 28;
  if (range == 0 || range >= least_wide) {
    fill_from_u64(state, out, n, team, [&](uint32_t high, uint32_t low, int64_t) {
      const uint64_t value = (static_cast<uint64_t>(high) << 32) | low;
      return shifted(range == 0 ? value : value % range);
    });
  } else {
    const auto small = static_cast<uint32_t>(range);
    fill_from_u32(state, out, n, team,
                  [&](uint32_t bits, int64_t) { return shifted(bits % small); });
  }
}

template <class T>
int64_t random_from(int64_t from) {
  if constexpr (!is_float<T>) {
    return from;
  } else {
    if (from == highest) return from;
    const int64_t above = rounded<T>(from + 1);
    if (above >= from) return from;
    const int64_t step = step_at<T>(from + 1);
    return above > highest - step ? highest : above + step;
  }
}

template <class T>
int64_t random_to(int64_t to) {
  if constexpr (!is_float<T>) {
    return to;
  } else {
    if (to == lowest) return to;
    const int64_t below = rounded<T>(to - 1);
    if (below < to) return to;
    const int64_t step = step_at<T>(to - 1);
    return below < lowest + step ? lowest : below - step;
  }
}

template <class T>
void fill_permutation(RandomState& state, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = to<T>(i);
  if (n <= 1) return;
  share_outputs(state, n - 1, 1, nullptr,
                [&](const uint32_t* outputs, int64_t begin, int64_t count) {
                  for (int64_t i = begin; i < begin + count; ++i) {
                    const uint64_t offset = outputs[i - begin] % static_cast<uint64_t>(n - i);
                    std::swap(out[i], out[i + static_cast<int64_t>(offset)]);
                  }
                });
}

#define WICK_COUNTABLE(T) template void fill_permutation<T>(RandomState&, T*, int64_t);
#define WICK_ANY(T)                                                                       \
  template void fill_random<T>(RandomState&, T*, int64_t, Team);                          \
  template void fill_random_range<T>(RandomState&, T*, int64_t, uint64_t, int64_t, Team); \
  template int64_t random_from<T>(int64_t);                                               \
  template int64_t random_to<T>(int64_t);
#define WICK_ALL(T) WICK_COUNTABLE(T) WICK_ANY(T)

WICK_ALL(float)
WICK_ALL(double)
WICK_ALL(Half)
WICK_ALL(BFloat16)
WICK_ALL(int64_t)
WICK_ALL(int32_t)
WICK_ALL(uint8_t)
WICK_ANY(bool)

#undef WICK_ALL
#undef WICK_ANY
#undef WICK_COUNTABLE

}  // namespace wick::kernels
