#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "../catch.h"
#include "kernels/reduce/minmax.h"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, so that its choice of targets holds.
#include "hwy/targets.h"
#include "kernels/reduce/layer_norm.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/softmax.h"

namespace {

using namespace wick::kernels;

template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

/// Numbers in [-scale, scale).
template <class T>
std::vector<T> numbers(int64_t n, uint32_t seed, double scale = 1) {
  std::vector<T> x;
  for (int64_t i = 0; i < n; ++i) {
    seed = seed * 1664525 + 1013904223;
    x.push_back(static_cast<T>(scale * (static_cast<double>(seed >> 8) / (1 << 23) - 1)));
  }
  return x;
}

double term_of(Term term, double x, double center) {
  if (term == Term::absolute) return std::fabs(x);
  if (term == Term::square) return x * x;
  if (term == Term::deviation) return x - center;
  if (term == Term::deviation_square) return (x - center) * (x - center);
  return x;
}

/// What sum_rows() promises, element by element.
template <class T>
double plain_sum(Term term, const T* x, int64_t n, double center) {
  const int64_t block = sizeof(T) == 8 ? sum_block / 8 : sum_block;
  if (n > block) {
    const int64_t half = (n / block + 1) / 2 * block;
    return plain_sum(term, x, half, center) + plain_sum(term, x + half, n - half, center);
  }
  double part[16] = {};
  for (int64_t i = 0; i < n; ++i) part[i % 16] += term_of(term, static_cast<double>(x[i]), center);
  for (int width = 8; width > 0; width /= 2)
    for (int j = 0; j < width; ++j) part[j] += part[j + width];
  return part[0];
}

template <class T>
void check_sums() {
  for (const Term term :
       {Term::value, Term::absolute, Term::square, Term::deviation, Term::deviation_square}) {
    for (const int64_t n : {1,  2,  3,  4,  5,  7,   8,   9,    12,   13,   15,  16,
                            17, 31, 32, 37, 64, 511, 513, 4095, 4096, 4097, 9001}) {
      for (const int64_t rows : {1, 2, 5}) {
        // No more memory than the rows: reading past them would show under a sanitizer.
        std::vector<T> x = numbers<T>(rows * n, static_cast<uint32_t>(n));
        if (n < 16) std::fill_n(x.begin(), n, static_cast<T>(-0.0));
        const auto centers = numbers<double>(rows, 3);
        std::vector<double> got(static_cast<size_t>(rows));
        sum_rows(term, x.data(), rows, n, centers.data(), got.data());
        for (int64_t r = 0; r < rows; ++r) {
          const auto k = static_cast<size_t>(r);
          const double want = plain_sum(term, x.data() + r * n, n, centers[k]);
          CAPTURE(static_cast<int>(term), n, rows, r);
          REQUIRE(std::bit_cast<uint64_t>(got[k]) == std::bit_cast<uint64_t>(want));
        }
      }
    }
  }
}

template <bool largest, class T>
void check_extremes(int64_t rows, int64_t n, int64_t nan_at) {
  std::vector<T> x = numbers<T>(rows * n, static_cast<uint32_t>(n + rows), 50);
  if (nan_at >= 0) x[static_cast<size_t>(nan_at)] = std::numeric_limits<T>::quiet_NaN();
  const auto pick = [&](int64_t begin, int64_t count, int64_t step) {
    T best = x[static_cast<size_t>(begin)];
    for (int64_t i = 1; i < count; ++i) {
      const T v = x[static_cast<size_t>(begin + i * step)];
      if (replaces<largest>(v, best)) best = v;
    }
    return best;
  };
  const auto same = [](T a, T b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  std::vector<T> to(static_cast<size_t>(std::max(rows, n)));
  CAPTURE(rows, n, nan_at, largest);
  extreme_rows<largest>(x.data(), rows, n, to.data());
  for (int64_t r = 0; r < rows; ++r) REQUIRE(same(to[static_cast<size_t>(r)], pick(r * n, n, 1)));
  if constexpr (std::is_same_v<T, float>) {
    (largest ? largest_of_columns : smallest_of_columns)(x.data(), rows, n, n, to.data());
    for (int64_t c = 0; c < n; ++c) REQUIRE(same(to[static_cast<size_t>(c)], pick(c, rows, n)));
  }
}

bool is_near(float a, float b, float tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= tolerance * std::max(std::fabs(b), 1e-30f);
}

}  // namespace

TEST_CASE("sum_rows: the order that is promised, on every instruction set", "[rows]") {
  for_each_target([](const std::string& target) {
    INFO(target);
    check_sums<float>();
    check_sums<double>();
  });
}

TEST_CASE("extremes of rows and columns, with nan", "[rows]") {
  for_each_target([](const std::string& target) {
    INFO(target);
    for (const int64_t rows : {1, 2, 4, 7}) {
      for (const int64_t n : {1, 2, 7, 8, 15, 16, 17, 33, 130}) {
        for (const int64_t nan_at : {int64_t{-1}, int64_t{0}, n / 2, rows * n - 1}) {
          check_extremes<true, float>(rows, n, nan_at);
          check_extremes<false, float>(rows, n, nan_at);
          check_extremes<true, double>(rows, n, nan_at);
          check_extremes<false, double>(rows, n, nan_at);
        }
      }
    }
    const float infinity = std::numeric_limits<float>::infinity();
    const float low[3] = {-infinity, -infinity, -infinity};
    CHECK(extreme<true>(low, 3) == -infinity);
    CHECK(position_among_few(low, 3, -infinity) == 0);
  });
}

TEST_CASE("softmax of columns agrees with that of rows", "[rows][softmax]") {
  using Rows = void (*)(const float*, float*, int64_t, int64_t, bool);
  using Columns = void (*)(const float*, float*, int64_t, int64_t, int64_t);
  const std::pair<Rows, Columns> pairs[] = {{softmax, softmax_columns},
                                            {log_softmax, log_softmax_columns}};
  for_each_target([&](const std::string& target) {
    // The last shape is above what is kept in the cache.
    for (const auto& [n, cols] :
         {std::pair<int64_t, int64_t>{1, 3}, {5, 1}, {3, 37}, {20, 16}, {33, 130}, {300, 512}}) {
      const int64_t stride = cols + 5;
      const auto x = numbers<float>(n * stride, 7, 20), g = numbers<float>(n * stride, 8);
      std::vector<float> row_x(static_cast<size_t>(n * cols)), row_g = row_x, row_y = row_x,
                                                               row_dx = row_x;
      gather_columns(x.data(), n, cols, stride, row_x.data());
      gather_columns(g.data(), n, cols, stride, row_g.data());
      for (const auto& [rows, columns] : pairs) {
        const bool log = rows == static_cast<Rows>(log_softmax);
        std::vector<float> y(x.size(), -7.0f), dx(x.size(), -7.0f);
        columns(x.data(), y.data(), n, cols, stride);
        rows(row_x.data(), row_y.data(), cols, n, false);
        (log ? log_softmax_backward_columns : softmax_backward_columns)(g.data(), y.data(),
                                                                        dx.data(), n, cols, stride);
        gather_columns(y.data(), n, cols, stride, row_x.data());
        CAPTURE(target, n, cols, log);
        for (size_t i = 0; i < row_y.size(); ++i) REQUIRE(is_near(row_x[i], row_y[i], 3e-7f));
        if (log)
          log_softmax_backward(row_g.data(), row_x.data(), row_dx.data(), cols, n);
        else
          softmax_backward(row_g.data(), row_x.data(), row_dx.data(), cols, n);
        std::vector<float> got(row_x.size());
        gather_columns(dx.data(), n, cols, stride, got.data());
        for (size_t i = 0; i < got.size(); ++i)
          REQUIRE(std::fabs(got[i] - row_dx[i]) <= 2e-7f * std::fabs(row_dx[i]) + 1e-12f);
        for (int64_t r = 0; r < n; ++r)
          for (int64_t c = cols; c < stride; ++c) {
            REQUIRE(y[static_cast<size_t>(r * stride + c)] == -7.0f);
            REQUIRE(dx[static_cast<size_t>(r * stride + c)] == -7.0f);
          }
        gather_columns(x.data(), n, cols, stride, row_x.data());
      }
    }
    const float infinity = std::numeric_limits<float>::infinity();
    const float bad[6] = {-infinity, infinity, std::numeric_limits<float>::quiet_NaN(),
                          -infinity, 0,        0};
    float y[6];
    softmax_columns(bad, y, 2, 3, 3);
    for (const float v : y) CHECK(std::isnan(v));
    log_softmax_columns(bad, y, 2, 3, 3);
    for (const float v : y) CHECK(std::isnan(v));
  });
}

TEST_CASE("results past the caches have the same bits", "[rows]") {
  for_each_target([](const std::string& target) {
    for (const int64_t n : {1, 7, 16, 37, 48, 100, 2048}) {
      const int64_t rows = 5;
      const auto x = numbers<float>(rows * n, 5, 4), g = numbers<float>(rows * n, 6);
      const auto weight = numbers<float>(n, 1), bias = numbers<float>(n, 2);
      std::vector<RowScale> scales(rows);
      std::vector<float> results[2];
      for (const bool past : {false, true}) {
        const auto size = static_cast<size_t>(rows * n);
        std::vector<float>& y = results[past];
        y.resize(6 * size + 1);
        float* to = y.data() + 1;  // aligned to nothing
        const auto next = [&] {
          to += size;
          return to - size;
        };
        softmax(x.data(), next(), rows, n, past);
        log_softmax(x.data(), next(), rows, n, past);
        layer_norm(x.data(), next(), rows, n, weight.data(), bias.data(), 1e-5, scales.data(),
                   past);
        softmax_backward(g.data(), x.data(), next(), rows, n, past);
        log_softmax_backward(g.data(), x.data(), next(), rows, n, past);
        layer_norm_backward(g.data(), x.data(), weight.data(), scales.data(), next(), nullptr,
                            nullptr, rows, n, past);
      }
      CAPTURE(target, n);
      REQUIRE(std::memcmp(results[0].data(), results[1].data(),
                          results[0].size() * sizeof(float)) == 0);
    }
  });
}
