#include "kernels/gemm/bfloat16.h"

#include <cmath>
#include <random>
#include <vector>

#include "catch.h"

using namespace wick;

TEST_CASE("bfloat16 products where the machine has them", "[kernels][bfloat16]") {
  std::mt19937 rng(6);
  std::uniform_real_distribution<float> uniform(-1, 1);
  constexpr int64_t n = 70, k = 130;
  std::vector<BFloat16> w(n * k), x(100 * k);
  for (BFloat16& v : w) v = BFloat16(uniform(rng));
  for (BFloat16& v : x) v = BFloat16(uniform(rng));
  std::vector<float> bias(n);
  for (float& v : bias) v = uniform(rng);
  CHECK(kernels::pack_bfloat16(w.data(), n, k, 2 * k, 2) == nullptr);
  const auto packed = kernels::pack_bfloat16(w.data(), n, k, k, 1);
  if (!packed) {
    WARN("no bfloat16 on this machine: products not tested");
    return;
  }
  for (const int64_t m : {1, 5, 64, 100}) {
    std::vector<float> y(static_cast<size_t>(m * n));
    std::vector<BFloat16> rounded(y.size());
    REQUIRE(kernels::bfloat16_linear(*packed, x.data(), m, bias.data(), y.data()));
    REQUIRE(kernels::bfloat16_linear(*packed, x.data(), m, bias.data(), rounded.data()));
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = bias[static_cast<size_t>(j)];
        for (int64_t t = 0; t < k; ++t)
          sum += static_cast<double>(static_cast<float>(x[static_cast<size_t>(i * k + t)])) *
                 static_cast<float>(w[static_cast<size_t>(j * k + t)]);
        const auto at = static_cast<size_t>(i * n + j);
        CHECK(std::abs(y[at] - sum) <= 2e-5);
        CHECK(std::abs(static_cast<float>(rounded[at]) - sum) <= 2e-5 + std::abs(sum) / 256);
      }
  }
}
