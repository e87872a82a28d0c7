// The SIMD kernels of two arguments, of choices, conversions and copies, against one element at a
// time: for every instruction set, every length of tail, and both kinds of stores.
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../catch.h"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, so that its choice of targets holds.
#include "hwy/targets.h"
#include "kernels/copy/convert.h"
#include "kernels/copy/copy.h"
#include "kernels/copy/transpose.h"
#include "kernels/pointwise/binary_functions.h"
#include "kernels/pointwise/where.h"
#include "kernels/simd/element.h"
#include "kernels/simd/half.h"

namespace {

using namespace wick;
using namespace wick::kernels;

const std::vector<int64_t> lengths = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 513, 1500};

template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    INFO(hwy::TargetName(target));
    f();
    hwy::SetSupportedTargetsForTest(0);
  }
}

/// f(stores, offset) for both kinds, and results that begin at and beside a line of memory.
template <class F>
void for_each_store(F f) {
  for (const Stores stores : {Stores::cached, Stores::streaming})
    for (const size_t offset : std::initializer_list<size_t>{0, 1, 5}) f(stores, offset);
}

/// Floats of every kind: random bits, so tiny, huge, infinite and nan ones.
std::vector<float> any_floats(int64_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> x;
  const float special[] = {0.0F, -0.0F, INFINITY, -INFINITY, NAN, 65504.0F, 65520.0F, 1e-8F};
  for (int64_t i = 0; i < n; ++i)
    x.push_back(random() % 8 == 0 ? special[random() % 8]
                                  : std::bit_cast<float>(static_cast<uint32_t>(random())));
  return x;
}

template <class T>
std::vector<T> elements(int64_t n, uint32_t seed) {
  std::vector<T> x;
  for (const float value : any_floats(n, seed)) {
    if constexpr (std::is_integral_v<T>)
      x.push_back(static_cast<T>(std::bit_cast<uint32_t>(value) * uint64_t{0x9E3779B97F4A7C15}));
    else
      x.push_back(static_cast<T>(value));
  }
  return x;
}

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  else if constexpr (is_half<T>)
    return a.bits == b.bits || (std::isnan(float{a}) && std::isnan(float{b}));
  else
    return a == b;
}

template <class T, class F>
void check_op(Binary op, F f) {
  for (const int64_t n : lengths) {
    const std::vector<T> a = elements<T>(n, 1), b = elements<T>(n, 2);
    for (int sides = 0; sides < 4; ++sides)
      for_each_store([&](Stores stores, size_t offset) {
        const bool a_one = (sides & 1) != 0, b_one = (sides & 2) != 0;
        constexpr int64_t size = sizeof(T);
        std::vector<T> r(static_cast<size_t>(n) + offset + 1);
        char* const data[] = {
            reinterpret_cast<char*>(r.data() + offset),
            const_cast<char*>(reinterpret_cast<const char*>(a.data())),
            const_cast<char*>(reinterpret_cast<const char*>(b.data())),
        };
        const int64_t strides[] = {size, a_one ? 0 : size, b_one ? 0 : size};
        binary_loop(op, dtype_of<T>, stores)(data, strides, n);
        for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
          const Arithmetic<T> x = a[a_one ? 0 : i], y = b[b_one ? 0 : i];
          if (!same(r[offset + i], static_cast<T>(f(x, y)))) REQUIRE(false);
        }
        if (!same(r[offset + static_cast<size_t>(n)], T())) REQUIRE(false);
      });
  }
}

template <class T>
void check_arithmetic() {
  check_op<T>(Binary::add, functions::Add());
  check_op<T>(Binary::sub, functions::Sub());
  check_op<T>(Binary::mul, functions::Mul());
  check_op<T>(Binary::maximum, functions::Maximum());
  check_op<T>(Binary::minimum, functions::Minimum());
  if constexpr (!std::is_integral_v<T>) check_op<T>(Binary::div, functions::Div());
}

template <class T>
void check_comparisons() {
  const auto check = [](Binary op, auto f) {
    for (const int64_t n : lengths) {
      std::vector<T> a = elements<T>(n, 1);
      const std::vector<T> b = elements<T>(n, 2);
      for (size_t i = 0; i < a.size(); i += 3) a[i] = b[i];
      std::vector<uint8_t> r(static_cast<size_t>(n));
      char* const data[] = {reinterpret_cast<char*>(r.data()), reinterpret_cast<char*>(a.data()),
                            const_cast<char*>(reinterpret_cast<const char*>(b.data()))};
      const int64_t strides[] = {1, sizeof(T), sizeof(T)};
      binary_loop(op, dtype_of<T>)(data, strides, n);
      for (size_t i = 0; i < r.size(); ++i) {
        const Arithmetic<T> x = a[i], y = b[i];
        if (r[i] != static_cast<uint8_t>(f(x, y))) REQUIRE(false);
      }
    }
  };
  check(Binary::eq, functions::Eq());
  check(Binary::ne, functions::Ne());
  check(Binary::lt, functions::Lt());
  check(Binary::le, functions::Le());
}

template <class T>
void check_where() {
  for (const int64_t n : lengths) {
    const std::vector<T> a = elements<T>(2 * n, 1), b = elements<T>(2 * n, 2);
    std::vector<uint8_t> c;
    for (const float x : any_floats(2 * n, 3))  // any byte but 0 is true
      c.push_back(static_cast<uint8_t>(std::bit_cast<uint32_t>(x) >> 8 & 3));
    constexpr int64_t size = sizeof(T);
    for (int layout = 0; layout < 16; ++layout)
      for_each_store([&](Stores stores, size_t offset) {
        std::vector<T> r(static_cast<size_t>(2 * n) + offset);
        char* const data[] = {reinterpret_cast<char*>(r.data() + offset),
                              reinterpret_cast<char*>(c.data()),
                              const_cast<char*>(reinterpret_cast<const char*>(a.data())),
                              const_cast<char*>(reinterpret_cast<const char*>(b.data()))};
        const int64_t steps[] = {layout == 15 ? 2 : 1, layout & 1 ? 2 : (layout & 8 ? 0 : 1),
                                 layout & 2 ? 0 : 1, layout & 4 ? (layout & 8 ? 2 : 0) : 1};
        const int64_t strides[] = {steps[0] * size, steps[1], steps[2] * size, steps[3] * size};
        where_loop(sizeof(T), stores)(data, strides, n);
        for (int64_t i = 0; i < n; ++i) {
          const auto at = [i](int64_t step) { return static_cast<size_t>(i * step); };
          const T want = c[at(steps[1])] != 0 ? a[at(steps[2])] : b[at(steps[3])];
          if (r[offset + at(steps[0])] != want) REQUIRE(false);
        }
      });
  }
}

template <class T>
void check_half() {
  std::vector<T> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i].bits = static_cast<uint16_t>(i);
  for_each_store([&](Stores stores, size_t offset) {
    std::vector<float> y(all.size() + offset);
    widen(all.data(), y.data() + offset, 65536, stores);
    for (size_t i = 0; i < all.size(); ++i)
      if (std::bit_cast<uint32_t>(y[offset + i]) != std::bit_cast<uint32_t>(float{all[i]}))
        REQUIRE(false);
  });
  // Every upper half of a float with lower halves around every way to round.
  for (const uint32_t low : {0x0000U, 0x0001U, 0x0FFFU, 0x1000U, 0x1001U, 0x7FFFU, 0x8000U, 0x8001U,
                             0xE000U, 0xF000U, 0xFFFFU}) {
    std::vector<float> x(65536);
    for (uint32_t i = 0; i < 65536; ++i)
      x[i] = std::bit_cast<float>(i << 16 | (low ^ (i % 3 == 0 ? 0x2000U : 0U)));
    std::vector<T> y(x.size());
    narrow(x.data(), y.data(), 65536);
    for (size_t i = 0; i < x.size(); ++i)
      if (y[i].bits != T(x[i]).bits) REQUIRE(false);
  }
  for (const int64_t n : lengths)
    for_each_store([&](Stores stores, size_t offset) {
      const std::vector<float> x = any_floats(n, 4);
      std::vector<T> y(static_cast<size_t>(n) + offset + 1);
      narrow(x.data(), y.data() + offset, n, stores);
      for (size_t i = 0; i < x.size(); ++i)
        if (y[offset + i].bits != T(x[i]).bits) REQUIRE(false);
      REQUIRE(y.back().bits == 0);
    });
}

template <class T>
void check_transpose() {
  const std::vector<T> from = elements<T>(40 * 50, 5);
  constexpr int64_t size = sizeof(T);
  for (int64_t rows = 1; rows <= 40; rows += rows < 18 ? 1 : 11)
    for (int64_t cols = 1; cols <= 40; cols += cols < 18 ? 1 : 11) {
      std::vector<T> to(40 * 41);
      transpose_tile(reinterpret_cast<const char*>(from.data()), 50 * size,
                     reinterpret_cast<char*>(to.data()), (rows + 1) * size, rows, cols, sizeof(T));
      for (int64_t j = 0; j < cols; ++j) {
        for (int64_t i = 0; i < rows; ++i)
          if (to[static_cast<size_t>(j * (rows + 1) + i)] != from[static_cast<size_t>(i * 50 + j)])
            REQUIRE(false);
        if (to[static_cast<size_t>(j * (rows + 1) + rows)] != T()) REQUIRE(false);
      }
    }
}

}  // namespace

TEST_CASE("arithmetic of two arguments in SIMD", "[kernels]") {
  for_each_target([] {
    check_arithmetic<float>();
    check_arithmetic<double>();
    check_arithmetic<BFloat16>();
    check_arithmetic<Half>();
    check_arithmetic<int64_t>();
    check_arithmetic<int32_t>();
    check_arithmetic<uint8_t>();
  });
}

TEST_CASE("comparisons in SIMD", "[kernels]") {
  for_each_target([] {
    check_comparisons<float>();
    check_comparisons<double>();
    check_comparisons<BFloat16>();
    check_comparisons<Half>();
    check_comparisons<int64_t>();
    check_comparisons<int32_t>();
    check_comparisons<uint8_t>();
  });
}

TEST_CASE("where in SIMD, with every kind of stride", "[kernels]") {
  for_each_target([] {
    check_where<uint8_t>();
    check_where<uint16_t>();
    check_where<uint32_t>();
    check_where<uint64_t>();
  });
}

TEST_CASE("the half types from and to float in SIMD have the bits of dtype.h", "[kernels]") {
  for_each_target([] {
    check_half<BFloat16>();
    check_half<Half>();
  });
}

TEST_CASE("float to int64 in SIMD truncates and saturates", "[kernels]") {
  for_each_target([] {
    std::vector<float> x = any_floats(3000, 6);
    for (const float edge : {0x1p62F, -0x1p62F, 0x1p63F, -0x1p63F, 0x1.fffffep62F, -0.5F, 1.99F})
      x.push_back(edge);
    for_each_store([&](Stores stores, size_t offset) {
      std::vector<int64_t> y(x.size() + offset);
      char* const data[] = {reinterpret_cast<char*>(y.data() + offset),
                            reinterpret_cast<char*>(x.data())};
      const int64_t strides[] = {sizeof(int64_t), sizeof(float)};
      convert_loop(DType::int64, DType::float32, stores)(data, strides,
                                                         static_cast<int64_t>(x.size()));
      for (size_t i = 0; i < x.size(); ++i) {
        int64_t want = std::isnan(x[i]) ? 0 : x[i] > 0 ? INT64_MAX : INT64_MIN;
        if (std::fabs(x[i]) < 0x1p63F) want = static_cast<int64_t>(x[i]);
        if (y[offset + i] != want) REQUIRE(false);
      }
    });
  });
}

TEST_CASE("tiles are transposed in registers", "[kernels]") {
  for_each_target([] {
    check_transpose<uint8_t>();
    check_transpose<uint16_t>();
    check_transpose<uint32_t>();
    check_transpose<uint64_t>();
  });
}

TEST_CASE("copies with streaming stores touch what they should", "[kernels]") {
  for_each_target([] {
    const std::vector<uint8_t> from = elements<uint8_t>(20000, 7);
    for (const int64_t n : lengths)
      for (const int64_t step : {0, 1, 3})
        for_each_store([&](Stores stores, size_t offset) {
          for (const int64_t size : {1, 2, 4, 8}) {
            if (n * step * size > 20000) continue;
            std::vector<char> to(static_cast<size_t>(n * size) + offset + 1);
            copy_run(to.data() + offset, size, reinterpret_cast<const char*>(from.data()),
                     step * size, n, static_cast<size_t>(size), stores);
            for (int64_t i = 0; i < n * size; ++i) {
              const auto source = static_cast<size_t>(i / size * step * size + i % size);
              if (to[offset + static_cast<size_t>(i)] != static_cast<char>(from[source]))
                REQUIRE(false);
            }
            REQUIRE(to.back() == 0);
          }
        });
  });
}
