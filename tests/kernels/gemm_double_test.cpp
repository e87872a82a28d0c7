// The blocked product of float64.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../catch.h"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, so that its choice of targets holds.
#include "hwy/targets.h"
#include "kernels/gemm/gemm.h"

using wick::kernels::gemm;

namespace {

/// Runs f once for every instruction set that is compiled in and this CPU has.
template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

std::vector<double> numbers(int64_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> x(static_cast<size_t>(n));
  for (double& v : x) v = uniform(random);
  return x;
}

/// A matrix in row-major or column-major order.
struct Strides {
  Strides(int64_t rows, int64_t cols, bool by_columns)
      : row(by_columns ? 1 : cols), col(by_columns ? rows : 1) {}
  int64_t row, col;
};

bool is_product(int64_t m, int64_t n, int64_t k, bool a_by_columns, bool b_by_columns) {
  const auto a = numbers(m * k, 1), b = numbers(k * n, 2), bias = numbers(n, 3);
  const Strides as(m, k, a_by_columns), bs(k, n, b_by_columns);
  const int64_t ldc = n + 3;
  std::vector<double> c(static_cast<size_t>(m * ldc), 7.0);
  gemm<double>(m, n, k, a.data(), as.row, as.col, b.data(), bs.row, bs.col, bias.data(), c.data(),
               ldc);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < ldc; ++j) {
      const double got = c[static_cast<size_t>(i * ldc + j)];
      if (j >= n) {  // between the rows
        if (got != 7) return false;
        continue;
      }
      long double sum = bias[static_cast<size_t>(j)], size = std::fabs(sum);
      for (int64_t p = 0; p < k; ++p) {
        const long double term =
            static_cast<long double>(a[static_cast<size_t>(i * as.row + p * as.col)]) *
            b[static_cast<size_t>(p * bs.row + j * bs.col)];
        sum += term;
        size += std::fabs(term);
      }
      if (!(std::fabs(got - sum) <= 4e-15L * size)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("gemm: float64 of every shape and layout", "[kernels][gemm][float64]") {
  for_each_target([](const std::string& target) {
    for (const int64_t m : {1, 3, 6, 7, 13, 48})
      for (const int64_t n : {1, 7, 9, 32, 193, 201})
        for (const int64_t k : {1, 17, 255, 256, 257, 600})
          for (int layout = 0; layout < 4; ++layout) {
            INFO(target << " " << m << " x " << n << " x " << k << ", layout " << layout);
            CHECK(is_product(m, n, k, (layout & 1) != 0, (layout & 2) != 0));
          }
  });
}

TEST_CASE("gemm: an element of a float64 product has one value", "[kernels][gemm][float64]") {
  const int64_t m = 40, n = 259, k = 700;
  const auto a = numbers(m * k, 4), b = numbers(k * n, 5);
  for_each_target([&](const std::string& target) {
    std::vector<double> whole(static_cast<size_t>(m * n)), part = whole;
    gemm<double>(m, n, k, a.data(), k, 1, b.data(), n, 1, nullptr, whole.data(), n);
    // In tiles of odd sizes, as other shapes or threads would cut it.
    for (int64_t i = 0; i < m; i += 17)
      for (int64_t j = 0; j < n; j += 37)
        gemm<double>(std::min<int64_t>(17, m - i), std::min<int64_t>(37, n - j), k,
                     a.data() + i * k, k, 1, b.data() + j, n, 1, nullptr, part.data() + i * n + j,
                     n);
    bool same = true;
    for (size_t i = 0; i < whole.size(); ++i)
      same = same && std::bit_cast<uint64_t>(whole[i]) == std::bit_cast<uint64_t>(part[i]);
    INFO(target);
    CHECK(same);
  });
}

TEST_CASE("gemm: infinity in float64 stays in its row and column", "[kernels][gemm][float64]") {
  const int64_t m = 20, n = 41, k = 300;
  auto a = numbers(m * k, 6), b = numbers(k * n, 7);
  a[5 * k + 7] = std::numeric_limits<double>::infinity();
  for (int64_t p = 0; p < k; ++p) b[static_cast<size_t>(p * n + 40)] = 0;  // 0 times infinity
  std::vector<double> c(static_cast<size_t>(m * n));
  gemm<double>(m, n, k, a.data(), k, 1, b.data(), n, 1, nullptr, c.data(), n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      const double got = c[static_cast<size_t>(i * n + j)];
      if (i != 5 ? !std::isfinite(got) : j == 40 ? !std::isnan(got) : !std::isinf(got))
        FAIL_CHECK("at " << i << ", " << j << ": " << got);
    }
}
