#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../catch.h"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, so that its choice of targets holds.
#include "hwy/targets.h"
#include "unary_grad_truth.h"

namespace {

using wick::kernels::softplus_grad;
using wick::kernels::unary;
using wick::kernels::Unary;
using wick::kernels::unary_grad;
using wick::kernels::UnaryGrad;
using wick_test::grad_is_near;
using wick_test::ulp_error;
using wick_test::unary_grad_cases;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float quiet_nan = std::numeric_limits<float>::quiet_NaN();

/// Runs f once for every instruction set that is compiled in and this CPU has.
template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

template <class T>
T derivative(UnaryGrad op, T v, T dy = 1) {
  T dx;
  unary_grad(op, &dy, &v, &dx, 1);
  return dx;
}

template <class T>
T softplus_derivative(T x, T beta = 1, T threshold = 20, T dy = 1) {
  T dx;
  softplus_grad(&dy, &x, &dx, 1, beta, threshold);
  return dx;
}

std::vector<float> sampled_floats() {
  std::vector<float> x;
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); i += 997)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i)));
  return x;
}

/// Reports the last x for which good(i) is false.
template <class Good>
void check_all(const std::string& what, const std::vector<float>& x, const std::vector<float>& dx,
               const std::vector<double>& truth, Good good) {
  std::size_t bad = x.size();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!good(i)) bad = i;
  }
  if (bad != x.size()) {
    FAIL_CHECK(what << "(" << x[bad] << ") = " << dx[bad] << ", true value " << truth[bad]
                    << ", off by " << ulp_error(dx[bad], truth[bad]) << " ulp");
  }
}

}  // namespace

TEST_CASE("unary_grad: float32 within 4 ulp, or 1e-7 near a zero of the derivative",
          "[unary_grad]") {
  const std::vector<float> x = sampled_floats();
  const std::vector<float> ones(x.size(), 1.0f);
  std::vector<float> dx(x.size());
  std::vector<double> truth(x.size());
  for (const auto& c : unary_grad_cases()) {
    for (std::size_t i = 0; i < x.size(); ++i) truth[i] = c.truth(static_cast<double>(x[i]));
    for_each_target([&](const std::string& target) {
      unary_grad(c.op, ones.data(), x.data(), dx.data(), x.size());
      check_all(target + " " + c.name, x, dx, truth, [&](std::size_t i) {
        const auto at = static_cast<double>(x[i]);
        if (!c.occurs(at)) return true;
        if (std::fabs(at - c.zero) < 0.25) return grad_is_near(dx[i], truth[i]);
        return ulp_error(dx[i], truth[i]) <= 4;
      });
    });
  }
}

TEST_CASE("unary_grad: a function, then its derivative from the rounded result", "[unary_grad]") {
  const std::vector<float> x = sampled_floats();
  const std::vector<float> ones(x.size(), 1.0f);
  std::vector<float> dx(x.size());
  std::vector<double> truth(x.size());
  for (const auto& c : wick_test::from_result_cases()) {
    for (std::size_t i = 0; i < x.size(); ++i) truth[i] = c.truth(static_cast<double>(x[i]));
    for_each_target([&](const std::string& target) {
      unary(c.forward, x.data(), dx.data(), x.size());
      unary_grad(c.backward, ones.data(), dx.data(), dx.data(), x.size());
      check_all(target + " " + c.name, x, dx, truth,
                [&](std::size_t i) { return grad_is_near(dx[i], truth[i]); });
    });
  }
}

TEST_CASE("softplus_grad: sigmoid of the rounded product, 1 above the threshold", "[unary_grad]") {
  const std::vector<float> x = sampled_floats();
  const std::vector<float> ones(x.size(), 1.0f);
  std::vector<float> dx(x.size());
  std::vector<double> truth(x.size());
  struct Arguments {
    float beta, threshold;
  };
  for (const auto& a : {Arguments{1, 20}, Arguments{0.3f, 1.5f}, Arguments{-7, 0}}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float scaled = a.beta * x[i];
      truth[i] = scaled > a.threshold ? 1.0 : wick_test::true_sigmoid(static_cast<double>(scaled));
    }
    for_each_target([&](const std::string& target) {
      softplus_grad(ones.data(), x.data(), dx.data(), x.size(), a.beta, a.threshold);
      check_all(target + " softplus", x, dx, truth,
                [&](std::size_t i) { return ulp_error(dx[i], truth[i]) <= 4; });
    });
  }
}

TEST_CASE("unary_grad: an element gives the same bits at every offset and length", "[unary_grad]") {
  std::vector<float> x, dy;
  for (int i = 0; i < 80; ++i) {
    x.push_back(0.37f * static_cast<float>(i - 40) + 0.01f);
    dy.push_back(0.11f * static_cast<float>(i % 17 - 8) + 0.003f);
  }
  x[5] = 1e6f;
  x[9] = quiet_nan;
  x[13] = -inf;
  x[17] = 1e-41f;
  // f(dy, x, dx, n)
  const auto check = [&](const std::string& what, const auto& f) {
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < x.size(); ++i) {
      float dx;
      f(&dy[i], &x[i], &dx, 1);
      expected.push_back(bits(dx));
    }
    bool same = true;
    for (std::size_t offset = 0; offset < 13; ++offset) {
      for (std::size_t n = 1; n <= 67; ++n) {
        std::vector<float> dx(n + 1, 123.0f);
        f(dy.data() + offset, x.data() + offset, dx.data(), n);
        for (std::size_t i = 0; i < n; ++i) same = same && bits(dx[i]) == expected[offset + i];
        same = same && dx[n] == 123.0f;  // nothing is written behind the end
      }
    }
    std::vector<float> over_dy = dy, over_x = x;
    f(over_dy.data(), x.data(), over_dy.data(), x.size());
    f(dy.data(), over_x.data(), over_x.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      same = same && bits(over_dy[i]) == expected[i] && bits(over_x[i]) == expected[i];
    INFO(what);
    CHECK(same);
  };
  for_each_target([&](const std::string& target) {
    for (const auto& c : unary_grad_cases()) {
      check(target + " " + c.name, [&](const float* g, const float* v, float* out, std::size_t n) {
        unary_grad(c.op, g, v, out, n);
      });
      check(target + " streamed " + c.name,
            [&](const float* g, const float* v, float* out, std::size_t n) {
              unary_grad(c.op, g, v, out, n, wick::kernels::Stores::streaming);
            });
    }
    check(target + " softplus", [](const float* g, const float* v, float* out, std::size_t n) {
      softplus_grad(g, v, out, n, 0.7f, 5.0f);
    });
  });
}

TEST_CASE("unary_grad: dx is the rounded product of dy and the derivative", "[unary_grad]") {
  for_each_target([&](const std::string& target) {
    for (const auto& c : unary_grad_cases()) {
      for (const float v : {-0.9f, -0.1f, 0.25f, 1.0f}) {
        for (const float dy : {-3.7f, 0.0f, 1e-30f, 1e30f}) {
          INFO(target << " " << c.name << " at " << v << ", dy = " << dy);
          CHECK(derivative(c.op, v, dy) == dy * derivative(c.op, v));
        }
      }
    }
    CHECK(softplus_derivative(3.0f, 2.0f, 20.0f, -0.3f) == -0.3f * softplus_derivative(6.0f));
  });
}

TEST_CASE("unary_grad: infinities, zeros, NaN and tails", "[unary_grad]") {
  struct Edge {
    UnaryGrad op;
    float v;
    float derivative;
  };
  std::vector<Edge> edges = {
      {UnaryGrad::erf, inf, 0},
      {UnaryGrad::erf, -inf, 0},
      {UnaryGrad::erf, -0.0f, 0x1.20dd76p0f},
      {UnaryGrad::sigmoid_from_y, 0, 0},
      {UnaryGrad::sigmoid_from_y, 1, 0},
      {UnaryGrad::sigmoid_from_y, 0.5f, 0.25f},
      {UnaryGrad::sigmoid_from_y, 1e-40f, 1e-40f},
      {UnaryGrad::tanh_from_y, -1, 0},
      {UnaryGrad::tanh_from_y, 1, 0},
      {UnaryGrad::tanh_from_y, -0.0f, 1},
      {UnaryGrad::tanh_from_y, 1e-40f, 1},
      {UnaryGrad::relu_from_y, 0, 0},
      {UnaryGrad::relu_from_y, -0.0f, 0},
      {UnaryGrad::relu_from_y, 1e-45f, 1},
      {UnaryGrad::relu_from_y, inf, 1},
      {UnaryGrad::relu_from_y, quiet_nan, 1},
  };
  const float max = std::numeric_limits<float>::max();
  for (const UnaryGrad op : {UnaryGrad::gelu, UnaryGrad::gelu_tanh, UnaryGrad::silu}) {
    for (const float x : {inf, max, 1e20f, 130.0f}) {
      edges.push_back({op, x, 1});
      edges.push_back({op, -x, 0});
    }
    for (const float x : {0.0f, -0.0f, 1e-41f, -1e-41f}) edges.push_back({op, x, 0.5f});
    edges.push_back({op, quiet_nan, quiet_nan});
    edges.push_back({op, -quiet_nan, quiet_nan});
  }
  for (const UnaryGrad op : {UnaryGrad::erf, UnaryGrad::sigmoid_from_y, UnaryGrad::tanh_from_y})
    edges.push_back({op, quiet_nan, quiet_nan});
  const auto check = [](const std::string& what, const Edge& e, double got) {
    INFO(what << " derivative " << static_cast<int>(e.op) << " at " << e.v << " = " << got);
    if (std::isnan(e.derivative))
      CHECK(std::isnan(got));
    else
      CHECK(static_cast<float>(got) == e.derivative);
  };
  for_each_target([&](const std::string& target) {
    for (const Edge& e : edges) check(target, e, static_cast<double>(derivative(e.op, e.v)));
    CHECK(derivative(UnaryGrad::relu_from_y, 0.0f, inf) == 0);
    CHECK(derivative(UnaryGrad::relu_from_y, 0.0f, quiet_nan) == 0);
    CHECK(derivative(UnaryGrad::relu_from_y, quiet_nan, 3.0f) == 3);
    CHECK(softplus_derivative(inf) == 1);
    CHECK(softplus_derivative(-inf) == 0);
    CHECK(softplus_derivative(0.0f) == 0.5f);
    CHECK(std::isnan(softplus_derivative(quiet_nan)));
    CHECK(softplus_derivative(3.0f, 2.0f, 5.0f) == 1);
    CHECK(softplus_derivative(3.0f, 2.0f, 6.0f) < 1);
  });
  for (const Edge& e : edges) check("float64", e, derivative(e.op, static_cast<double>(e.v)));
  CHECK(derivative(UnaryGrad::relu_from_y, 0.0, static_cast<double>(inf)) == 0);
  CHECK(softplus_derivative(-std::numeric_limits<double>::infinity()) == 0);
  CHECK(softplus_derivative(3.0, 2.0, 5.0) == 1);
}

TEST_CASE("unary_grad: float64 agrees with the formulas, tails included", "[unary_grad]") {
  for (const auto& c : unary_grad_cases()) {
    for (double x = -38.0; x <= 38.0; x += 0.0173) {
      const double v = x * std::min(1.0, c.bound / 38.0);
      const double got = derivative(c.op, v);
      const auto truth = static_cast<double>(c.long_truth(static_cast<long double>(v)));
      INFO(c.name << " at " << v << ": " << got << ", expected " << truth);
      // The relative error of exp(-z) grows with z in gelu_tanh.
      const double relative = c.op == UnaryGrad::gelu_tanh ? 2e-13 : 4e-15;
      CHECK(std::fabs(got - truth) <= std::max(relative * std::fabs(truth), 2e-16));
      if (std::fabs(v - c.zero) > 0.25)
        CHECK(std::fabs(got - truth) <= relative * std::fabs(truth) + 1e-320);
    }
  }
  for (const double x : {-1e300, -750.0, -720.0, -100.0, -5.0, 0.0, 5.0, 100.0}) {
    const auto truth = static_cast<double>(wick_test::true_silu_grad(static_cast<long double>(x)));
    CHECK(std::fabs(derivative(UnaryGrad::silu, x) - truth) <= 2e-15 * std::fabs(truth));
    const auto expected = static_cast<double>(1 / (1 + std::exp(-static_cast<long double>(x))));
    CHECK(std::fabs(softplus_derivative(x) - expected) <= 1e-15 * expected + 1e-320);
  }
}
