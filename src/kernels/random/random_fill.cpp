// The engine and the floating-point distributions of random.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <type_traits>

#include "kernels/random/random.h"
#include "kernels/random/random_blocks.h"
#include "kernels/random/random_simd.h"

namespace wick::kernels {

namespace {

using namespace random_blocks;
using random_words::share_out;

/// fma(unit, scale, shift) with a uniform unit in [0, 1) that has as many random bits as T's
/// significand.
template <class T>
void uniform(const uint32_t* words, T* out, int64_t n, T scale, T shift) {
  if constexpr (is_half<T>) {
    constexpr uint32_t range = 1U << digits<T>;
    std::array<uint32_t, 512> outputs;
    constexpr auto room = static_cast<int64_t>(outputs.size());
    for (int64_t done = 0; done < n; done += room) {
      const int64_t count = std::min(room, n - done);
      random_simd::temper(words + done, outputs.data(), count);
      for (int64_t i = 0; i < count; ++i) {
        const uint32_t bits = outputs[static_cast<size_t>(i)] & (range - 1);
        const float unit = static_cast<float>(bits) / static_cast<float>(range);
        out[done + i] = T(std::fma(unit, static_cast<float>(scale), static_cast<float>(shift)));
      }
    }
  } else {
    random_simd::uniform(words, out, n, scale, shift);
  }
}

/// Words that one number of T takes.
template <class T>
constexpr int64_t words_each = std::is_same_v<T, double> ? 2 : 1;

/// Box-Muller on one block of 16: the first 8 numbers are radii, the last 8 angles.
void normal_block(double* x, double mean, double std) {
  for (int j = 0; j < 8; ++j) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - x[j]));
    const double angle = 2.0 * std::numbers::pi * x[j + 8];
    x[j] = std::fma(radius * std::cos(angle), std, mean);
    x[j + 8] = std::fma(radius * std::sin(angle), std, mean);
  }
}

/// The same for half types. PyTorch's bfloat16 rounds after every step, its float16 only where a
/// value is stored: float16 has no functions of its own there, so the float ones take over.
template <class T>
void normal_block(T* x, T mean, T std) {
  using Step = std::conditional_t<std::is_same_v<T, Half>, float, T>;
  for (int j = 0; j < 8; ++j) {
    const T u1 = T(1.0F - x[j]);
    const Step log_u1 = std::log(static_cast<float>(u1));
    const Step squared = -2.0F * log_u1;
    const T radius = std::sqrt(static_cast<float>(squared));
    const T angle = to<T>(2.0 * std::numbers::pi * static_cast<double>(x[j + 8]));
    const auto place = [&](Step wave) {
      const Step product = radius * wave;
      if constexpr (std::is_same_v<T, Half>) return T(std::fma(product, float{std}, float{mean}));
      return T(T(product * std) + mean);
    };
    x[j] = place(std::cos(static_cast<float>(angle)));
    x[j + 8] = place(std::sin(static_cast<float>(angle)));
  }
}

template <class T>
void normal_blocks(const uint32_t* words, T* out, int64_t blocks, T mean, T std) {
  if constexpr (std::is_same_v<T, float>) {
    random_simd::normal_blocks(words, out, blocks, mean, std);
  } else {
    uniform(words, out, 16 * blocks, T(1.0F), T(0.0F));
    for (int64_t i = 0; i < blocks; ++i) normal_block(out + 16 * i, mean, std);
  }
}

double next_normal(RandomState& state) {
  if (state.cached_normal) {
    const double kept = *state.cached_normal;
    state.cached_normal.reset();
    return kept;
  }
  const double u1 = canon64(state);
  const double u2 = canon64(state);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - u2));
  const double angle = 2.0 * std::numbers::pi * u1;
  state.cached_normal = radius * std::sin(angle);
  return radius * std::cos(angle);
}

}  // namespace

RandomState::RandomState(uint64_t seed) : initial_seed(seed) {
  words[0] = static_cast<uint32_t>(seed);  // the low half alone, as in PyTorch
  for (uint32_t i = 1; i < word_count; ++i) {
    words[i] = 1812433253U * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
  }
}

uint32_t next_u32(RandomState& state) {
  uint32_t output = 0;
  if (state.left == 1) {
    fill_u32(state, &output, 1);
  } else {
    random_simd::temper(&state.words[state.next], &output, 1);
    --state.left;
    ++state.next;
  }
  return output;
}

uint64_t next_u64(RandomState& state) {
  const uint64_t high = next_u32(state);
  return (high << 32) | next_u32(state);
}

double canon64(RandomState& state) {
  const uint32_t high = next_u32(state);
  return unit64(high, next_u32(state));
}

void fill_u32(RandomState& state, uint32_t* out, int64_t n) {
  share_out(state, n, 1, nullptr, [&](const uint32_t* words, int64_t begin, int64_t count) {
    random_simd::temper(words, out + begin, count);
  });
}

template <class T>
void fill_uniform(RandomState& state, T* out, int64_t n, double lo, double hi, Team team) {
  const T low = to<T>(lo);
  const T width = to<T>(to<T>(hi) - low);
  share_out(state, n, words_each<T>, team,
            [&](const uint32_t* words, int64_t begin, int64_t count) {
              uniform(words, out + begin, count, width, low);
            });
}

template <class T>
void fill_normal(RandomState& state, T* out, int64_t n, double mean, double std, Team team) {
  if (n < 16) return fill_normal_one_by_one(state, out, n, mean, std);
  const T center = to<T>(mean);
  const T spread = to<T>(std);
  const auto draw = [&](T* start, int64_t whole_blocks) {
    share_out(state, whole_blocks, words_each<T>, team,
              [&](const uint32_t* words, int64_t begin, int64_t count) {
                normal_blocks(words, start + begin, count / 16, center, spread);
              });
  };
  draw(out, n / 16 * 16);
  if (n % 16 != 0) {  // the numbers of the rest are drawn, and replaced by a block of new ones
    for (int64_t i = 0; i < n % 16 * words_each<T>; ++i) next_u32(state);
    draw(out + n - 16, 16);  // overlaps finished numbers
  }
}

template <class T>
void fill_normal_one_by_one(RandomState& state, T* out, int64_t n, double mean, double std) {
  for (int64_t i = 0; i < n; ++i) out[i] = to<T>(std::fma(next_normal(state), std, mean));
}

template <class T>
void fill_exponential(RandomState& state, T* out, int64_t n, double lambda, Team team) {
  const double scale = -1.0 / lambda;
  fill_from_u64(state, out, n, team, [scale](uint32_t high, uint32_t low, int64_t) {
    return to<T>(scale * std::log(1.0 - unit64(high, low)));
  });
}

#define WICK_FLOATING(T)                                                              \
  template void fill_uniform<T>(RandomState&, T*, int64_t, double, double, Team);     \
  template void fill_normal<T>(RandomState&, T*, int64_t, double, double, Team);      \
  template void fill_normal_one_by_one<T>(RandomState&, T*, int64_t, double, double); \
  template void fill_exponential<T>(RandomState&, T*, int64_t, double, Team);

WICK_FLOATING(float)
WICK_FLOATING(double)
WICK_FLOATING(Half)
WICK_FLOATING(BFloat16)

#undef WICK_FLOATING

}  // namespace wick::kernels
