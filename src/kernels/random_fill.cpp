// The engine and the floating-point distributions of random.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <type_traits>

#include "kernels/random.h"
#include "kernels/random_blocks.h"
#include "kernels/random_simd.h"

namespace wick::kernels {

namespace {

using namespace random_blocks;

/// Uniform in [0, 1): as many random bits as T's significand has.
template <class T>
void fill_unit(RandomState& state, T* out, int64_t n) {
  if constexpr (std::is_same_v<T, float>) {
    take_words(state, n, [&](const uint32_t* words, int64_t count) {
      random_simd::temper_to_unit(words, out, count);
      out += count;
    });
  } else if constexpr (std::is_same_v<T, double>) {
    fill_from_u64(state, out, n, unit64);
  } else {
    constexpr uint32_t range = 1U << digits<T>;
    fill_from_u32(state, out, n, [](uint32_t bits) {
      return T(static_cast<float>(bits & (range - 1)) / static_cast<float>(range));
    });
  }
}

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
void normal_blocks(T* x, int64_t blocks, T mean, T std) {
  if constexpr (std::is_same_v<T, float>) {
    random_simd::normal_blocks(x, blocks, mean, std);
  } else {
    for (int64_t i = 0; i < blocks; ++i) normal_block(x + 16 * i, mean, std);
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
  fill_u32(state, &output, 1);
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
  take_words(state, n, [&](const uint32_t* words, int64_t count) {
    random_simd::temper(words, out, count);
    out += count;
  });
}

template <class T>
void fill_uniform(RandomState& state, T* out, int64_t n, double lo, double hi) {
  const T low = to<T>(lo);
  const T width = to<T>(to<T>(hi) - low);
  if constexpr (is_half<T>) {
    constexpr uint32_t range = 1U << digits<T>;
    fill_from_u32(state, out, n, [=](uint32_t bits) {
      const float unit = static_cast<float>(bits & (range - 1)) / static_cast<float>(range);
      return T(std::fma(unit, static_cast<float>(width), static_cast<float>(low)));
    });
  } else {
    fill_unit(state, out, n);
    if (low == 0 && width == 1) return;
    random_simd::scale_shift(out, std::max<int64_t>(n, 0), width, low);
  }
}

template <class T>
void fill_normal(RandomState& state, T* out, int64_t n, double mean, double std) {
  if (n < 16) return fill_normal_one_by_one(state, out, n, mean, std);
  const T center = to<T>(mean);
  const T spread = to<T>(std);
  fill_unit(state, out, n);
  normal_blocks(out, n / 16, center, spread);
  if (n % 16 != 0) {  // the last block overlaps finished numbers and starts afresh
    fill_unit(state, out + n - 16, 16);
    normal_blocks(out + n - 16, 1, center, spread);
  }
}

template <class T>
void fill_normal_one_by_one(RandomState& state, T* out, int64_t n, double mean, double std) {
  for (int64_t i = 0; i < n; ++i) out[i] = to<T>(std::fma(next_normal(state), std, mean));
}

template <class T>
void fill_exponential(RandomState& state, T* out, int64_t n, double lambda) {
  const double scale = -1.0 / lambda;
  fill_from_u64(state, out, n, [scale](uint32_t high, uint32_t low) {
    return to<T>(scale * std::log(1.0 - unit64(high, low)));
  });
}

template <class T>
void fill_dropout_mask(RandomState& state, T* out, int64_t n, double p) {
  const double keep = 1.0 - p;
  // PyTorch divides in the input's type. Looked up, since a branch on random bits is slow.
  const std::array<T, 2> factors{T(0.0F), to<T>(T(1.0F) / to<T>(keep))};
  fill_from_u64(state, out, n,
                [=](uint32_t high, uint32_t low) { return factors[unit64(high, low) < keep]; });
}

#define WICK_FLOATING(T)                                                              \
  template void fill_uniform<T>(RandomState&, T*, int64_t, double, double);           \
  template void fill_normal<T>(RandomState&, T*, int64_t, double, double);            \
  template void fill_normal_one_by_one<T>(RandomState&, T*, int64_t, double, double); \
  template void fill_exponential<T>(RandomState&, T*, int64_t, double);               \
  template void fill_dropout_mask<T>(RandomState&, T*, int64_t, double);

WICK_FLOATING(float)
WICK_FLOATING(double)
WICK_FLOATING(Half)
WICK_FLOATING(BFloat16)

#undef WICK_FLOATING

}  // namespace wick::kernels
