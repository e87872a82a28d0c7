// Softmax, its logarithm and their derivatives in float64, beside long double.
#include <algorithm>
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
#include "kernels/reduce/softmax.h"

using namespace wick::kernels;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// Runs f once for every instruction set that is compiled in and this CPU has.
template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

struct Row {
  explicit Row(const std::vector<double>& values) : x(values) {
    long double top = -std::numeric_limits<long double>::infinity();
    for (const double v : x) top = std::max(top, static_cast<long double>(v));
    for (const double v : x) total += std::exp(v - top);
    for (const double v : x) {
      soft.push_back(std::exp(v - top) / total);
      log.push_back(v - top - std::log(total));
    }
  }
  std::vector<double> x;
  long double total = 0;
  std::vector<long double> soft, log;
};

bool near(double got, long double truth, double relative) {
  return std::fabs(static_cast<long double>(got) - truth) <= relative * std::fabs(truth) + 1e-323L;
}

std::vector<double> numbers(int64_t n, double scale, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, scale);
  std::vector<double> x;
  for (int64_t i = 0; i < n; ++i) x.push_back(normal(random));
  return x;
}

}  // namespace

TEST_CASE("softmax: float64 rows of every length", "[kernels][float64]") {
  for_each_target([](const std::string& target) {
    for (int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 33, 70, 4095, 4097, 9001}) {
      for (const double scale : {1.0, 30.0, 300.0}) {
        const Row row(numbers(n, scale, static_cast<unsigned>(n)));
        const double top = *std::max_element(row.x.begin(), row.x.end());
        std::vector<double> two = row.x;  // two rows, the second one the first
        two.insert(two.end(), row.x.begin(), row.x.end());
        std::vector<double> y(two.size() + 1, 7.0), z = y;
        softmax(two.data(), y.data(), 2, n);
        log_softmax(two.data(), z.data(), 2, n);
        bool good = y.back() == 7 && z.back() == 7;
        for (size_t i = 0; i < two.size(); ++i) {
          const size_t j = i % row.x.size();
          good = good && y[i] == y[j] && z[i] == z[j];
          // exp() multiplies the rounding error of x - top by that.
          const double relative = (n > 100 ? 1e-14 : 2e-15) + 1.2e-16 * (top - row.x[j]);
          good = good && near(y[i], row.soft[j], relative);
          // What is subtracted is rounded in relation to its own size.
          good = good && std::fabs(z[i] - row.log[j]) <= 1e-15L * (2 + std::fabs(row.log[j]));
        }
        good = good && near(exp_sum(row.x.data(), n, top), row.total, 1e-14);
        INFO(target << ", " << n << " elements, scale " << scale);
        CHECK(good);
      }
    }
  });
}

TEST_CASE("softmax: float64 derivatives", "[kernels][float64]") {
  for_each_target([](const std::string& target) {
    for (int64_t n : {1, 3, 4, 9, 33, 513, 5000}) {
      const Row row(numbers(n, 2.0, 1));
      const std::vector<double> dy = numbers(n, 1.0, 2);
      std::vector<double> y(row.x.size()), z = y, dx = y, dz = y;
      softmax(row.x.data(), y.data(), 1, n);
      log_softmax(row.x.data(), z.data(), 1, n);
      softmax_backward(dy.data(), y.data(), dx.data(), 1, n);
      log_softmax_backward(dy.data(), z.data(), dz.data(), 1, n);
      long double dot = 0, sum = 0;
      for (size_t i = 0; i < dy.size(); ++i) dot += row.soft[i] * dy[i], sum += dy[i];
      bool good = true;
      for (size_t i = 0; i < dy.size(); ++i) {
        good = good && std::fabs(dx[i] - row.soft[i] * (dy[i] - dot)) <= 1e-14L;
        good = good && std::fabs(dz[i] - (dy[i] - row.soft[i] * sum)) <= 1e-13L;
      }
      INFO(target << ", " << n << " elements");
      CHECK(good);
    }
    // Near 1, the derivative is -expm1(y) to full precision.
    const double y[] = {-1e-20, -46.0}, one[] = {1.0, 0.0};
    double dx[2];
    log_softmax_backward(one, y, dx, 1, 2);
    CHECK(near(dx[0], 1e-20L, 1e-15));
  });
}

TEST_CASE("softmax: float64 rows with nan and infinities", "[kernels][float64]") {
  for_each_target([](const std::string& target) {
    INFO(target);
    for (const double bad : {inf, std::nan("")}) {
      double x[] = {1, 2, bad, 3, 4}, y[5], z[5];
      softmax(x, y, 1, 5);
      log_softmax(x, z, 1, 5);
      for (const double v : y) CHECK(std::isnan(v));
      for (const double v : z) CHECK(std::isnan(v));
    }
    double none[] = {-inf, -inf, -inf}, some[] = {-inf, 0, -inf}, y[3];
    softmax(none, y, 1, 3);
    CHECK(std::isnan(y[0]));
    softmax(some, y, 1, 3);
    CHECK((y[0] == 0 && y[1] == 1 && y[2] == 0));
    log_softmax(some, y, 1, 3);
    CHECK((y[0] == -inf && y[1] == 0));
  });
}
