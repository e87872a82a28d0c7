#include "kernels/gemm/few_rows.h"
#include "kernels/gemm/gemm_policy.h"

#include <cmath>
#include <random>
#include <vector>

#include "catch.h"

using namespace wick::kernels;

TEST_CASE("few rows times weights", "[kernels][few_rows]") {
  std::mt19937 rng(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  const auto fill = [&](int64_t n) {
    std::vector<float> x(static_cast<size_t>(n));
    for (float& v : x) v = uniform(rng);
    return x;
  };
  for (const int64_t k : {1, 3, 15, 16, 17, 100, 512}) {
    for (const int64_t n : {1, 3, 4, 5, 8, 9, 30}) {
      const int64_t ldx = k + 3, ldw = k + 1, ldy = n + 2;
      const std::vector<float> x = fill(most_few_rows * ldx), w = fill(n * ldw), bias = fill(n);
      std::vector<float> first_row;
      for (int64_t m = 1; m <= most_few_rows; ++m) {
        for (const bool with_bias : {false, true}) {
          std::vector<float> y(static_cast<size_t>(m * ldy), 99.0f);
          const FewRows p{
              m, k, x.data(), ldx, w.data(), ldw, with_bias ? bias.data() : nullptr, y.data(), ldy};
          // In two parts: an element's value does not depend on where they meet.
          few_rows_linear(p, 0, n / 3);
          few_rows_linear(p, n / 3, n);
          for (int64_t i = 0; i < m; ++i) {
            for (int64_t j = 0; j < n; ++j) {
              double sum = with_bias ? bias[static_cast<size_t>(j)] : 0, size = std::abs(sum);
              for (int64_t t = 0; t < k; ++t) {
                const double product = static_cast<double>(x[static_cast<size_t>(i * ldx + t)]) *
                                       w[static_cast<size_t>(j * ldw + t)];
                sum += product;
                size += std::abs(product);
              }
              CHECK(std::abs(y[static_cast<size_t>(i * ldy + j)] - sum) <= 1e-6 * size);
            }
            for (int64_t j = n; j < ldy; ++j) CHECK(y[static_cast<size_t>(i * ldy + j)] == 99.0f);
          }
          if (!with_bias) continue;
          const std::vector<float> row(y.begin(), y.begin() + n);
          if (m == 1) first_row = row;
          CHECK(row == first_row);  // whatever the number of rows
        }
      }
    }
  }
}
