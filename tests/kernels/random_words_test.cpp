// How random.h takes its words, and the shortcuts of its vectorised parts, against plain models.
#include "kernels/random/random_bits.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "catch.h"
#include "hwy/targets.h"
#include "kernels/random/random.h"
#include "kernels/random/random_simd.h"

namespace {

using namespace wick::kernels;

/// What PyTorch does for a word, on any state it takes.
uint32_t plain_next(RandomState& state) {
  auto& w = state.words;
  if (state.left == 1) {
    for (size_t i = 0; i < 624; ++i) {
      const uint32_t y = (w[i] & 0x80000000U) | (w[(i + 1) % 624] & 0x7FFFFFFFU);
      w[i] = w[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908B0DFU : 0U);
    }
    state.left = 625;
    state.next = 0;
  }
  --state.left;
  uint32_t y = w[state.next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9D2C5680U;
  y ^= (y << 15) & 0xEFC60000U;
  return y ^ (y >> 18);
}

bool same(const RandomState& a, const RandomState& b) {
  return a.words == b.words && a.left == b.left && a.next == b.next;
}

/// Three threads, whatever the machine has.
void three(int64_t most, void (*work)(const void*), const void* context) {
  std::vector<std::thread> threads;
  for (int64_t i = 0; i < std::min<int64_t>(most, 3); ++i) threads.emplace_back(work, context);
  for (std::thread& thread : threads) thread.join();
}

/// Calls f once for each instruction set that this machine has.
template <class F>
void on_every_target(F f) {
  struct Restore {
    ~Restore() { hwy::SetSupportedTargetsForTest(0); }
  } restore;
  for (int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    INFO(hwy::TargetName(target));
    f();
  }
}

}  // namespace

TEST_CASE("random: words from any state, in any number, by any threads", "[random]") {
  // The last two are states that only set_state makes: words left in the middle of the block.
  const auto [left, next] =
      GENERATE(std::pair<uint32_t, uint32_t>{1, 0}, std::pair<uint32_t, uint32_t>{1, 624},
               std::pair<uint32_t, uint32_t>{624, 1}, std::pair<uint32_t, uint32_t>{25, 600},
               std::pair<uint32_t, uint32_t>{101, 300}, std::pair<uint32_t, uint32_t>{600, 7});
  for (const int64_t n : {1, 24, 25, 99, 100, 101, 599, 600, 623, 624, 625, 640, 700, 1248, 1249,
                          5000, 65536, 80001}) {
    CAPTURE(left, next, n);
    RandomState plain(7);
    plain.left = left;
    plain.next = next;
    RandomState serial = plain, shared = plain;
    std::vector<uint32_t> expected, out(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) expected.push_back(plain_next(plain));
    fill_u32(serial, out.data(), n);
    CHECK(out == expected);
    CHECK(same(serial, plain));
    std::fill(out.begin(), out.end(), 0);
    random_words::share_out(shared, n, 1, three,
                            [&](const uint32_t* words, int64_t begin, int64_t count) {
                              random_simd::temper(words, out.data() + begin, count);
                            });
    CHECK(out == expected);
    CHECK(same(shared, plain));
    CHECK(next_u32(serial) == plain_next(plain));  // goes on from there
  }
}

TEST_CASE("random: coins that only the low words decide", "[random][simd]") {
  constexpr int64_t n = 203;
  RandomState state(21);
  std::vector<uint32_t> words(2 * n), outputs(2 * n);
  RandomState copy = state;
  random_words::RawWords<2 * n> raw(state);
  std::memcpy(words.data(), raw.take(2 * n), sizeof(uint32_t) * words.size());
  fill_u32(copy, outputs.data(), 2 * n);
  const auto number = [&](int64_t i) {
    const auto k = static_cast<size_t>(2 * i);
    return ((static_cast<uint64_t>(outputs[k]) << 32) | outputs[k + 1]) & ((uint64_t{1} << 53) - 1);
  };
  on_every_target([&] {
    bool right = true;
    for (int64_t tie = 0; tie < n; tie += 3)
      for (const uint64_t limit : {number(tie), number(tie) + 1, number(tie) ^ 0xFFFFFFFFU,
                                   uint64_t{0}, uint64_t{1} << 53}) {
        for (const int64_t count : {n, int64_t{16}, int64_t{17}, int64_t{5}, int64_t{128}}) {
          std::vector<uint8_t> bits(static_cast<size_t>((count + 7) / 8) + 1, 0xAA);
          random_simd::coins(words.data(), bits.data(), count, limit);
          for (int64_t i = 0; i < count; ++i)
            right =
                right && (bits[static_cast<size_t>(i / 8)] >> (i % 8) & 1) == (number(i) < limit);
          right = right && bits.back() == 0xAA;
          if (count % 8 != 0) right = right && bits[bits.size() - 2] >> (count % 8) == 0;
        }
      }
    CHECK(right);
  });
}

TEST_CASE("random: probabilities at the edge of what 53 bits tell apart", "[random]") {
  const auto ones = [](double p) {
    RandomState state(4);
    std::vector<float> out(5000);
    fill_bernoulli(state, out.data(), 5000, p);
    return std::count(out.begin(), out.end(), 1.0F);
  };
  RandomState state(4);
  const double first = canon64(state);
  std::vector<float> out(16);
  for (const double p : {first, std::nextafter(first, 1.0), std::nextafter(first, 0.0)}) {
    RandomState again(4);
    fill_bernoulli(again, out.data(), 16, p);
    CHECK(out[0] == (first < p ? 1.0F : 0.0F));
  }
  CHECK(ones(0) == 0);
  CHECK(ones(std::numeric_limits<double>::denorm_min()) == 0);
  CHECK(ones(1) == 5000);
  CHECK(ones(std::nextafter(1.0, 0.0)) == 5000);
  CHECK(ones(std::numeric_limits<double>::quiet_NaN()) == 0);
}

TEST_CASE("random: masks of bits on every instruction set", "[random][simd]") {
  std::mt19937 random(3);
  std::vector<uint8_t> bits(50);
  for (uint8_t& byte : bits) byte = static_cast<uint8_t>(random());
  const auto bit = [&](int64_t i) {
    return (bits[static_cast<size_t>(i / 8)] >> (i % 8) & 1) != 0;
  };
  const auto check_type = [&](auto one) {
    using T = decltype(one);
    for (const int64_t n : {0, 1, 7, 8, 63, 64, 65, 127, 128, 400}) {
      std::vector<T> out(static_cast<size_t>(n) + 1, T(77));
      random_simd::select(bits.data(), out.data(), n, one);
      bool right = out.back() == T(77);
      for (int64_t i = 0; i < n; ++i)
        right = right && out[static_cast<size_t>(i)] == (bit(i) ? one : T(0));
      CHECK(right);
    }
  };
  const auto check_drop = [&](auto factor) {
    using T = decltype(factor);
    for (const int64_t n : {0, 1, 63, 64, 65, 400}) {
      std::vector<T> x(static_cast<size_t>(n) + 1, T(-3)), out(x);
      random_simd::drop(bits.data(), x.data(), out.data(), n, factor);
      bool right = out.back() == T(-3);
      for (int64_t i = 0; i < n; ++i) {
        const T value = out[static_cast<size_t>(i)];
        right = right && value == (bit(i) ? T(-3) * factor : T(0)) && std::signbit(value);
      }
      CHECK(right);
    }
  };
  on_every_target([&] {
    check_type(uint8_t{1});
    check_type(uint16_t{0x3F80});
    check_type(uint32_t{0x3F800000});
    check_type(uint64_t{0x8000000000000001});
    check_drop(1.1F);
    check_drop(1.1);
  });
}

TEST_CASE("random: the quarter turn of an angle is the same from its bits", "[random]") {
  // Cephes finds the octant in the rounded angle, normal_blocks() in the 24 bits it is made of.
  int64_t different = 0;
  for (int32_t k = 0; k < 1 << 24; ++k) {
    const float angle = 6.2831855F * (static_cast<float>(k) * 0x1p-24F);
    const int32_t octant = (static_cast<int32_t>(angle * 1.27323954473516F) + 1) & ~1;
    different += octant != 2 * ((k + (1 << 21)) >> 22);
  }
  CHECK(different == 0);
}
