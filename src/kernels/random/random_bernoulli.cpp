// The distributions of random.h over two values: coins and dropout.
#include <array>
#include <bit>
#include <cmath>
#include <type_traits>

#include "kernels/random/random.h"
#include "kernels/random/random_blocks.h"
#include "kernels/random/random_simd.h"

namespace wick::kernels {

namespace {

using namespace random_blocks;
using random_words::share_out;

/// Bytes for the coins of one piece of work.
using CoinBytes = std::array<uint8_t, random_words::team_piece / 2 / 8>;

/// unit64 < p is a comparison of 53 bits with this: p * 2^53, exact, rounded up.
uint64_t coin_limit(double p) {
  if (!(p > 0)) return 0;
  return p >= 1 ? uint64_t{1} << 53 : static_cast<uint64_t>(std::ceil(p * 0x1p53));
}

/// out = bit ? one : 0, for any element type.
template <class T>
void select(const uint8_t* bits, T* out, int64_t n, T one) {
  using Bits = std::conditional_t<
      sizeof(T) == 1, uint8_t,
      std::conditional_t<sizeof(T) == 2, uint16_t,
                         std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;
  random_simd::select(bits, reinterpret_cast<Bits*>(out), n, std::bit_cast<Bits>(one));
}

/// out = `one` with probability p, else 0.
template <class T>
void fill_coins(RandomState& state, T* out, int64_t n, double p, T one, Team team) {
  const uint64_t limit = coin_limit(p);
  share_out(state, n, 2, team, [&](const uint32_t* words, int64_t begin, int64_t count) {
    CoinBytes coins;
    random_simd::coins(words, coins.data(), count, limit);
    select(coins.data(), out + begin, count, one);
  });
}

}  // namespace

template <class T>
void fill_bernoulli(RandomState& state, T* out, int64_t n, double p, Team team) {
  fill_coins(state, out, n, p, to<T>(1), team);
}

template <class T, class P>
void fill_bernoulli_each(RandomState& state, T* out, const P* p, int64_t n, Team team) {
  if constexpr (std::is_same_v<P, double>) {
    fill_from_u64(state, out, n, team, [&](uint32_t high, uint32_t low, int64_t i) {
      return to<T>(unit64(high, low) < p[i] ? 1 : 0);
    });
  } else {
    fill_from_u32(state, out, n, team, [&](uint32_t bits, int64_t i) {
      return to<T>(unit32(bits) < static_cast<float>(p[i]) ? 1 : 0);
    });
  }
}

template <class T>
T dropout_factor(double p) {
  return to<T>(T(1.0F) / to<T>(1.0 - p));
}

template <class T>
void fill_dropout_mask(RandomState& state, T* out, int64_t n, double p, Team team) {
  fill_coins(state, out, n, 1.0 - p, dropout_factor<T>(p), team);
}

template <class T>
void fill_dropout(RandomState& state, T* y, const T* x, int64_t n, double p, uint8_t* kept,
                  Team team) {
  const uint64_t limit = coin_limit(1.0 - p);
  const T factor = dropout_factor<T>(p);
  share_out(state, n, 2, team, [&](const uint32_t* words, int64_t begin, int64_t count) {
    CoinBytes here;
    uint8_t* const coins = kept ? kept + begin / 8 : here.data();
    random_simd::coins(words, coins, count, limit);
    apply_dropout(y + begin, x + begin, coins, count, factor);
  });
}

template <class T>
void apply_dropout(T* out, const T* x, const uint8_t* kept, int64_t n, T factor) {
  if constexpr (is_half<T>) {
    std::array<float, 512> mask;
    constexpr auto room = static_cast<int64_t>(mask.size());
    for (int64_t done = 0; done < n; done += room) {
      const int64_t count = std::min(room, n - done);
      select(kept + done / 8, mask.data(), count, static_cast<float>(factor));
      for (int64_t i = 0; i < count; ++i)
        out[done + i] = T(static_cast<float>(x[done + i]) * mask[static_cast<size_t>(i)]);
    }
  } else {
    random_simd::drop(kept, x, out, n, factor);
  }
}

#define WICK_FLOATING(T)                                                                      \
  template T dropout_factor<T>(double);                                                       \
  template void fill_dropout_mask<T>(RandomState&, T*, int64_t, double, Team);                \
  template void fill_dropout<T>(RandomState&, T*, const T*, int64_t, double, uint8_t*, Team); \
  template void apply_dropout<T>(T*, const T*, const uint8_t*, int64_t, T);
#define WICK_EACH(T, P) \
  template void fill_bernoulli_each<T, P>(RandomState&, T*, const P*, int64_t, Team);
#define WICK_ANY(T)                                                         \
  template void fill_bernoulli<T>(RandomState&, T*, int64_t, double, Team); \
  WICK_EACH(T, float) WICK_EACH(T, double) WICK_EACH(T, Half) WICK_EACH(T, BFloat16)
#define WICK_ALL(T) WICK_FLOATING(T) WICK_ANY(T)

WICK_ALL(float)
WICK_ALL(double)
WICK_ALL(Half)
WICK_ALL(BFloat16)
WICK_ANY(int64_t)
WICK_ANY(int32_t)
WICK_ANY(uint8_t)
WICK_ANY(bool)

#undef WICK_ALL
#undef WICK_ANY
#undef WICK_EACH
#undef WICK_FLOATING

}  // namespace wick::kernels
