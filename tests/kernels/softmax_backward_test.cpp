#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.h"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, so that its choice of targets holds.
#include "hwy/targets.h"
#include "kernels/reduce/layer_norm.h"
#include "kernels/reduce/softmax.h"

// The truth is the plain formula in long double, from the same rounded arguments.

namespace {

using wick::kernels::layer_norm_backward;
using wick::kernels::log_softmax_backward;
using wick::kernels::softmax_backward;

using Real = long double;
const std::vector<int64_t> sizes = {1, 2, 3, 7, 16, 31, 64, 100, 513, 4099, 20000};

template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

/// Numbers in [-1, 1) times scale, plus offset.
template <class T>
std::vector<T> numbers(int64_t n, uint32_t seed, double scale = 1, double offset = 0) {
  std::vector<T> x;
  for (int64_t i = 0; i < n; ++i) {
    seed = seed * 1664525 + 1013904223;
    const double unit = static_cast<double>(seed >> 8) / (1 << 23) - 1;
    x.push_back(static_cast<T>(offset + scale * unit));
  }
  return x;
}

/// An error of half a unit in T's last place, and `slack` from sums in double.
template <class T>
bool is_near(T got, Real truth, Real slack) {
  const Real rounding = std::fabs(truth) * std::numeric_limits<T>::epsilon() / 2;
  const Real denormal = std::numeric_limits<T>::denorm_min();
  return std::fabs(static_cast<Real>(got) - truth) <= rounding * 1.0001L + denormal + slack;
}

template <class T>
std::vector<T> log_softmax_of(const std::vector<T>& x, int64_t rows) {
  std::vector<T> y(x.size());
  wick::kernels::log_softmax(x.data(), y.data(), rows, static_cast<int64_t>(x.size()) / rows);
  return y;
}

template <class T>
void check_softmax(const std::string& what, int64_t rows, int64_t n, double spread) {
  const auto dy = numbers<T>(rows * n, 3, 2, 0.3);
  const auto x = numbers<T>(rows * n, 5, spread);
  const auto log_y = log_softmax_of(x, rows);
  std::vector<T> y(x.size()), dx(x.size()), log_dx = dy;
  wick::kernels::softmax(x.data(), y.data(), rows, n);
  softmax_backward(dy.data(), y.data(), dx.data(), rows, n);
  log_softmax_backward(log_dx.data(), log_y.data(), log_dx.data(), rows, n);
  const Real exp_error = std::is_same_v<T, float> ? 4e-8L : 0x1p-52L;
  int64_t bad = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const auto at = [&](const std::vector<T>& v, int64_t i) {
      return static_cast<Real>(v[static_cast<size_t>(r * n + i)]);
    };
    Real sum = 0, product = 0, size = 0;
    for (int64_t i = 0; i < n; ++i) {
      sum += at(dy, i);
      size += std::fabs(at(dy, i));
      product += at(dy, i) * at(y, i);
    }
    for (int64_t i = 0; i < n; ++i) {
      const auto k = static_cast<size_t>(r * n + i);
      const Real e = std::exp(at(log_y, i));
      bad += !is_near(dx[k], at(y, i) * (at(dy, i) - product), at(y, i) * 1e-14L);
      bad += !is_near(log_dx[k], at(dy, i) - e * sum,
                      e * std::fabs(sum) * exp_error + 1e-15L * (e * size + 1));
    }
  }
  INFO(what << " " << rows << " x " << n << ", spread " << spread);
  CHECK(bad == 0);
}

/// What the forward pass keeps for the backward one.
template <class T>
std::vector<wick::kernels::RowScale> scales_of(const std::vector<T>& x, double eps, int64_t n) {
  const auto rows = static_cast<int64_t>(x.size()) / n;
  std::vector<wick::kernels::RowScale> scales(static_cast<size_t>(rows));
  std::vector<T> y(x.size());
  wick::kernels::layer_norm(x.data(), y.data(), rows, n, nullptr, nullptr, eps, scales.data());
  return scales;
}

template <class T>
struct LayerNormGrads {
  std::vector<T> dx;
  std::vector<double> dweight, dbias;
};

template <class T>
LayerNormGrads<T> layer_norm_grads(const std::vector<T>& dy, const std::vector<T>& x,
                                   const std::vector<T>& weight, double eps, int64_t n) {
  const auto width = static_cast<size_t>(n);
  LayerNormGrads<T> g{std::vector<T>(x.size()), std::vector<double>(width, 0.5),
                      std::vector<double>(width, -0.5)};
  const auto scales = scales_of(x, eps, n);
  layer_norm_backward(dy.data(), x.data(), weight.empty() ? nullptr : weight.data(), scales.data(),
                      g.dx.data(), g.dweight.data(), g.dbias.data(),
                      static_cast<int64_t>(x.size()) / n, n);
  for (double& v : g.dweight) v -= 0.5;  // it adds to what is there
  for (double& v : g.dbias) v += 0.5;
  return g;
}

template <class T>
void check_layer_norm(const std::string& what, int64_t rows, int64_t n, double scale, double offset,
                      bool with_weight) {
  const double eps = 1e-5 * scale * scale;
  const auto dy = numbers<T>(rows * n, 7, 2, 0.3);
  const auto x = numbers<T>(rows * n, 9, scale, offset);
  const auto weight = with_weight ? numbers<T>(n, 11, 0.5, 1) : std::vector<T>();
  const LayerNormGrads<T> got = layer_norm_grads(dy, x, weight, eps, n);
  std::vector<Real> dweight(static_cast<size_t>(n)), dbias(static_cast<size_t>(n));
  int64_t bad = 0;
  // The mean is off by so much of the deviations.
  const Real relative = 1e-14L + 1e-15L * std::fabs(static_cast<Real>(offset / scale));
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x.data() + r * n;
    std::vector<Real> z, g;
    Real mean = 0, variance = 0, g_mean = 0, slope = 0;
    for (int64_t i = 0; i < n; ++i) mean += static_cast<Real>(row[i]) / static_cast<Real>(n);
    for (int64_t i = 0; i < n; ++i) {
      z.push_back(static_cast<Real>(row[i]) - mean);
      variance += z.back() * z.back() / static_cast<Real>(n);
    }
    const Real s = 1 / std::sqrt(variance + static_cast<Real>(eps));
    for (int64_t i = 0; i < n; ++i) {
      const auto k = static_cast<size_t>(i);
      const auto grad = static_cast<Real>(dy[static_cast<size_t>(r * n + i)]);
      z[k] *= s;
      g.push_back(with_weight ? grad * static_cast<Real>(weight[k]) : grad);
      g_mean += g[k] / static_cast<Real>(n);
      slope += g[k] * z[k] / static_cast<Real>(n);
      dweight[k] += grad * z[k];
      dbias[k] += grad;
    }
    for (int64_t i = 0; i < n; ++i) {
      const auto k = static_cast<size_t>(i);
      const Real truth = s * (g[k] - g_mean - z[k] * slope);
      bad += !is_near(got.dx[static_cast<size_t>(r * n + i)], truth, s * 4 * relative);
    }
  }
  for (size_t k = 0; k < dbias.size(); ++k) {
    const auto count = static_cast<Real>(rows);
    bad += !(std::fabs(static_cast<Real>(got.dweight[k]) - dweight[k]) <= count * 10 * relative);
    bad += !(std::fabs(static_cast<Real>(got.dbias[k]) - dbias[k]) <= count * 1e-14L);
  }
  INFO(what << " " << rows << " x " << n << ", scale " << scale << ", offset " << offset
            << ", weight " << with_weight);
  CHECK(bad == 0);
}

template <class T>
std::vector<T> softmax_grad(const std::vector<T>& dy, const std::vector<T>& y) {
  std::vector<T> dx(dy.size());
  softmax_backward(dy.data(), y.data(), dx.data(), 1, static_cast<int64_t>(dy.size()));
  return dx;
}
template <class T>
std::vector<T> log_softmax_grad(const std::vector<T>& dy, const std::vector<T>& y) {
  std::vector<T> dx(dy.size());
  log_softmax_backward(dy.data(), y.data(), dx.data(), 1, static_cast<int64_t>(dy.size()));
  return dx;
}

template <class T>
void check_softmax_edges() {
  const T inf = std::numeric_limits<T>::infinity();
  const T quiet_nan = std::numeric_limits<T>::quiet_NaN();
  using Row = std::vector<T>;
  CHECK(softmax_grad<T>({3}, {1}) == Row{0});
  CHECK(softmax_grad<T>({1, 0, 0}, {0.5, 0.5, 0}) == Row{0.25, -0.25, 0});
  CHECK(softmax_grad<T>({1, 0}, {0, 1}) == Row{0, 0});
  CHECK(std::isnan(softmax_grad<T>({1, 0}, {quiet_nan, quiet_nan})[1]));
  CHECK(log_softmax_grad<T>({3}, {0}) == Row{0});
  CHECK(log_softmax_grad<T>({1, 0}, {-200, 0}) == Row{1, -1});
  CHECK(log_softmax_grad<T>({1, 0}, {0, static_cast<T>(-1e4)}) == Row{0, 0});
  CHECK(log_softmax_grad<T>({0, 1}, {-inf, 0}) == Row{0, 0});
  CHECK(log_softmax_grad<T>({1, 0}, {static_cast<T>(-2e30), 0}) == Row{1, -1});
  CHECK(std::isnan(log_softmax_grad<T>({1, 0}, {quiet_nan, 0})[0]));
  CHECK(!std::isnan(log_softmax_grad<T>({1, 0}, {quiet_nan, 0})[1]));
}

/// dx where dy is 1, 0, 0, ...
template <class T>
std::vector<T> first_grad(const std::vector<T>& x, double eps = 1e-5) {
  std::vector<T> dy(x.size());
  dy[0] = 1;
  return layer_norm_grads(dy, x, {}, eps, static_cast<int64_t>(x.size())).dx;
}

}  // namespace

TEST_CASE("softmax_backward, log_softmax_backward: the formulas, rounded once",
          "[softmax_backward]") {
  for_each_target([](const std::string& target) {
    for (const int64_t n : sizes) {
      for (const double spread : {0.0, 1.0, 12.0, 200.0}) {
        check_softmax<float>(target + " float", n > 1000 ? 2 : 5, n, spread);
        check_softmax<double>(target + " double", n > 1000 ? 2 : 5, n, spread);
      }
    }
    check_softmax_edges<float>();
    check_softmax_edges<double>();
  });
}

TEST_CASE("log_softmax_backward: a sure prediction's gradient keeps its relative accuracy",
          "[softmax_backward]") {
  for_each_target([](const std::string& target) {
    for (const float y : {-1e-3f, -3e-7f, -1e-12f, -1e-40f}) {
      const float got = log_softmax_grad<float>({1}, {y})[0];
      const double truth = -std::expm1(static_cast<double>(y));
      INFO(target << " " << y << ": " << got << ", expected " << truth);
      CHECK(std::fabs(static_cast<double>(got) - truth) <= 2e-7 * truth);
      const double got_double = log_softmax_grad<double>({1}, {static_cast<double>(y)})[0];
      CHECK(std::fabs(got_double - truth) <= 1e-15 * truth);
    }
  });
}

TEST_CASE("layer_norm_backward: the formulas, rounded once", "[layer_norm_backward]") {
  for_each_target([](const std::string& target) {
    for (const int64_t n : sizes) {
      for (const bool weight : {false, true}) {
        const int64_t rows = n > 1000 ? 2 : 5;
        check_layer_norm<float>(target + " float", rows, n, 1, 0, weight);
        check_layer_norm<double>(target + " double", rows, n, 1, 0, weight);
        check_layer_norm<float>(target + " float", rows, n, 3, -1000, weight);
        check_layer_norm<double>(target + " double", rows, n, 3, -1000, weight);
        check_layer_norm<float>(target + " float", rows, n, 1e18, 0, weight);
        check_layer_norm<float>(target + " float", rows, n, 1e-17, 0, weight);
        check_layer_norm<double>(target + " double", rows, n, 1e-150, 0, weight);
        check_layer_norm<double>(target + " double", rows, n, 1e150, 0, weight);
      }
    }
    check_layer_norm<float>(target, 700, 5, 1, 0, true);
  });
}

TEST_CASE("layer_norm_backward: constant rows, overflow, infinity, NaN", "[layer_norm_backward]") {
  using Row = std::vector<float>;
  const float inf = std::numeric_limits<float>::infinity();
  const float quiet_nan = std::numeric_limits<float>::quiet_NaN();
  for_each_target([&](const std::string& target) {
    INFO(target);
    CHECK(first_grad<float>({1}) == Row{0});
    CHECK(first_grad<float>({1e20f, -1e20f}) == Row{0, 0});  // the variance overflows
    CHECK(first_grad<float>({1e-20f, -1e-20f}) == Row{158.113883f, -158.113883f});
    CHECK(first_grad<float>({-0.0f, 0.0f}) == Row{158.113883f, -158.113883f});
    CHECK(first_grad<float>({5, 5, 5}) == Row{210.818511f, -105.409255f, -105.409255f});
    // PyTorch has 0.03125, -0.0625 and 0 here.
    const Row far = first_grad<float>({1e8f, 1e8f + 8, 1e8f + 16});
    CHECK(std::fabs(far[0] - 0.0255155f) < 1e-6f);
    CHECK(std::fabs(far[1] + 0.0510310f) < 1e-6f);
    CHECK(std::fabs(far[2] - 0.0255155f) < 1e-6f);
    for (const float bad : {inf, -inf, quiet_nan})
      for (const float v : first_grad<float>({1, bad, 2})) CHECK(std::isnan(v));
    for (const double v : first_grad<double>({1e200, -1e200})) CHECK(v == 0);
    // The same gradient everywhere moves the mean only.
    for (const int64_t n : {3, 100, 5000}) {
      const auto x = numbers<float>(n, 1, 2, 5);
      const auto x_double = numbers<double>(n, 1, 2, 5);
      const auto width = static_cast<size_t>(n);
      const auto g = layer_norm_grads(std::vector<float>(width, 0.1f), x, {}, 1e-5, n);
      CHECK(g.dx == std::vector<float>(width));
      const auto g_double =
          layer_norm_grads(std::vector<double>(width, 0.1), x_double, {}, 1e-5, n);
      CHECK(g_double.dx == std::vector<double>(width));
      const auto flat = layer_norm_grads(x, std::vector<float>(width, 0.1f), {}, 1e-5, n);
      for (const double v : flat.dweight) CHECK(v == 0);
    }
  });
}

TEST_CASE("layer_norm_backward: null outputs, in place, blocks of rows", "[layer_norm_backward]") {
  const int64_t rows = 12, n = 37;
  const auto dy = numbers<float>(rows * n, 21);
  const auto x = numbers<float>(rows * n, 22);
  const auto weight = numbers<float>(n, 23);
  const LayerNormGrads<float> all = layer_norm_grads(dy, x, weight, 1e-5, n);
  const auto scales = scales_of(x, 1e-5, n);
  std::vector<float> dx = dy;
  layer_norm_backward(dx.data(), x.data(), weight.data(), scales.data(), dx.data(), nullptr,
                      nullptr, rows, n);
  CHECK(dx == all.dx);
  std::vector<double> dweight(n, 0.5), dbias(n, -0.5);
  // Row after row, in two calls.
  for (const int64_t row : {0, 5}) {
    const int64_t count = row == 0 ? 5 : rows - 5;
    layer_norm_backward(dy.data() + row * n, x.data() + row * n, weight.data(), scales.data() + row,
                        nullptr, dweight.data(), nullptr, count, n);
    layer_norm_backward(dy.data() + row * n, x.data() + row * n, weight.data(), scales.data() + row,
                        nullptr, nullptr, dbias.data(), count, n);
  }
  for (double& v : dweight) v -= 0.5;
  for (double& v : dbias) v += 0.5;
  CHECK(dweight == all.dweight);
  CHECK(dbias == all.dbias);
}

TEST_CASE("softmax_backward, layer_norm_backward: the same bits on every instruction set",
          "[softmax_backward][layer_norm_backward]") {
  const int64_t rows = 3, n = 5003;
  const auto dy = numbers<float>(rows * n, 31);
  const auto x = numbers<float>(rows * n, 32, 4);
  std::vector<float> first_dx;
  LayerNormGrads<float> first;
  for_each_target([&](const std::string& target) {
    std::vector<float> dx(x.size());
    softmax_backward(dy.data(), x.data(), dx.data(), rows, n);
    const LayerNormGrads<float> grads = layer_norm_grads(dy, x, {}, 1e-5, n);
    if (first_dx.empty()) {
      first_dx = dx;
      first = grads;
    }
    INFO(target);
    CHECK(dx == first_dx);
    CHECK(grads.dx == first.dx);
    CHECK(grads.dweight == first.dweight);
    CHECK(grads.dbias == first.dbias);
  });
}
