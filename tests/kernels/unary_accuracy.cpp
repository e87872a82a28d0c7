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
#include "unary_truth.h"

namespace {

using wick::kernels::Stores;
using wick::kernels::Unary;
using wick::kernels::unary;
using wick_test::ulp_error;
using wick_test::unary_cases;

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

float one(Unary op, float x) {
  float y;
  unary(op, &x, &y, 1);
  return y;
}

std::vector<float> sampled_floats() {
  std::vector<float> x;
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); i += 997) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i)));
  }
  return x;
}

}  // namespace

TEST_CASE("unary: float32 within 4 ulp everywhere, within 2 where the result is not tiny") {
  const std::vector<float> x = sampled_floats();
  std::vector<float> y(x.size());
  std::vector<double> truth(x.size());
  for (const auto& c : unary_cases()) {
    for (std::size_t i = 0; i < x.size(); ++i) truth[i] = c.truth(static_cast<double>(x[i]));
    for_each_target([&](const std::string& target) {
      unary(c.op, x.data(), y.data(), x.size());
      std::size_t bad = x.size();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double limit = std::fabs(truth[i]) >= 0x1p-20 ? 2 : 4;
        if (!(ulp_error(y[i], truth[i]) <= limit)) bad = i;
      }
      if (bad != x.size()) {
        FAIL_CHECK(target << " " << c.name << "(" << x[bad] << ") = " << y[bad] << ", true value "
                          << truth[bad] << ", off by " << ulp_error(y[bad], truth[bad]) << " ulp");
      }
    });
  }
}

TEST_CASE("unary: an element gives the same bits at every offset and length") {
  std::vector<float> x;
  for (int i = 0; i < 80; ++i) x.push_back(0.37f * static_cast<float>(i - 40) + 0.01f);
  x[5] = 1e6f;  // beyond the vector path of sin and cos
  x[9] = std::numeric_limits<float>::quiet_NaN();
  x[13] = -std::numeric_limits<float>::infinity();
  x[17] = 1e-41f;
  for_each_target([&](const std::string& target) {
    for (const auto& c : unary_cases()) {
      std::vector<std::uint32_t> expected;
      for (const float v : x) expected.push_back(bits(one(c.op, v)));
      bool same = true;
      for (std::size_t offset = 0; offset < 13; ++offset) {
        for (std::size_t n = 1; n <= 67; ++n) {
          std::vector<float> y(n + 1, 123.0f);
          unary(c.op, x.data() + offset, y.data(), n);
          for (std::size_t i = 0; i < n; ++i) same = same && bits(y[i]) == expected[offset + i];
          same = same && y[n] == 123.0f;               // nothing is written behind the end
          std::vector<float> streamed(n + 5, 123.0f);  // at addresses of any alignment
          unary(c.op, x.data() + offset, streamed.data() + n % 4, n, Stores::streaming);
          for (std::size_t i = 0; i < n; ++i)
            same = same && bits(streamed[n % 4 + i]) == bits(y[i]);
          same = same && streamed.back() == 123.0f;
        }
      }
      std::vector<float> in_place = x;
      unary(c.op, in_place.data(), in_place.data(), in_place.size());
      for (std::size_t i = 0; i < x.size(); ++i) same = same && bits(in_place[i]) == expected[i];
      INFO(target << " " << c.name);
      CHECK(same);
    }
  });
}

TEST_CASE("unary: infinities, zeros and tails") {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  struct Edge {
    Unary op;
    float x;
    float y;
  };
  const std::vector<Edge> edges = {
      {Unary::gelu, -inf, -0.0f},
      {Unary::gelu, inf, inf},
      {Unary::gelu, -0.0f, -0.0f},
      {Unary::gelu, 0.0f, 0.0f},
      {Unary::gelu, -1e30f, -0.0f},
      {Unary::gelu_tanh, -inf, -0.0f},
      {Unary::gelu_tanh, inf, inf},
      {Unary::gelu_tanh, -0.0f, -0.0f},
      {Unary::gelu_tanh, 0.0f, 0.0f},
      {Unary::gelu_tanh, -1e20f, -0.0f},
      {Unary::gelu_tanh, 1e20f, 1e20f},
      {Unary::silu, -inf, -0.0f},
      {Unary::silu, inf, inf},
      {Unary::silu, -0.0f, -0.0f},
      {Unary::silu, 0.0f, 0.0f},
      {Unary::silu, -89.0f, -0x1.0dd2fp-122f},
      {Unary::sigmoid, -inf, 0.0f},
      {Unary::sigmoid, inf, 1.0f},
      {Unary::tanh, -inf, -1.0f},
      {Unary::tanh, inf, 1.0f},
      {Unary::tanh, -0.0f, -0.0f},
      {Unary::tanh, 0.0f, 0.0f},
      {Unary::erf, -inf, -1.0f},
      {Unary::erf, inf, 1.0f},
      {Unary::erf, -0.0f, -0.0f},
      {Unary::erfc, -inf, 2.0f},
      {Unary::erfc, inf, 0.0f},
      {Unary::erfc, 0.0f, 1.0f},
      {Unary::exp, -inf, 0.0f},
      {Unary::exp, inf, inf},
      {Unary::exp, 0.0f, 1.0f},
      {Unary::exp, 89.0f, inf},
      {Unary::expm1, -inf, -1.0f},
      {Unary::expm1, inf, inf},
      {Unary::expm1, -0.0f, -0.0f},
      {Unary::expm1, 0.0f, 0.0f},
      {Unary::log, 0.0f, -inf},
      {Unary::log, -0.0f, -inf},
      {Unary::log, inf, inf},
      {Unary::log, 1.0f, 0.0f},
      {Unary::log, -1.0f, nan},
      {Unary::log, -inf, nan},
      {Unary::log1p, -1.0f, -inf},
      {Unary::log1p, inf, inf},
      {Unary::log1p, -0.0f, -0.0f},
      {Unary::log1p, -1.5f, nan},
      {Unary::log1p, -inf, nan},
      {Unary::softplus, -inf, 0.0f},
      {Unary::softplus, inf, inf},
      {Unary::sin, -0.0f, -0.0f},
      {Unary::sin, inf, nan},
      {Unary::cos, -inf, nan},
      {Unary::cos, 0.0f, 1.0f},
      {Unary::sqrt, -0.0f, -0.0f},
      {Unary::sqrt, -1.0f, nan},
      {Unary::rsqrt, 0.0f, inf},
      {Unary::rsqrt, -0.0f, -inf},
      {Unary::rsqrt, inf, 0.0f},
      {Unary::reciprocal, -0.0f, -inf},
      {Unary::reciprocal, -inf, -0.0f},
      {Unary::relu, -0.0f, -0.0f},
      {Unary::relu, -inf, 0.0f},
      {Unary::sign, -0.0f, 0.0f},
      {Unary::sign, nan, 0.0f},
      {Unary::sign, -inf, -1.0f},
      {Unary::round, 0.5f, 0.0f},
      {Unary::round, 1.5f, 2.0f},
      {Unary::round, 2.5f, 2.0f},
      {Unary::round, -0.5f, -0.0f},
      {Unary::round, -2.5f, -2.0f},
      {Unary::round, 8388609.0f, 8388609.0f},
      {Unary::floor, -0.5f, -1.0f},
      {Unary::floor, -0.0f, -0.0f},
      {Unary::ceil, -0.5f, -0.0f},
      {Unary::ceil, -inf, -inf},
      {Unary::abs, -0.0f, 0.0f},
      {Unary::neg, 0.0f, -0.0f},
  };
  const auto check = [](const std::string& what, const Edge& e, float y) {
    INFO(what << " function " << static_cast<int>(e.op) << " of " << e.x << " = " << y);
    if (std::isnan(e.y)) {
      CHECK(std::isnan(y));
    } else {
      CHECK(y == e.y);
      CHECK(std::signbit(y) == std::signbit(e.y));
    }
  };
  for_each_target([&](const std::string& target) {
    for (const Edge& e : edges) check(target, e, one(e.op, e.x));
    for (const auto& c : unary_cases()) {
      INFO(target << " " << c.name);
      if (c.op != Unary::sign) CHECK(std::isnan(one(c.op, nan)));
    }
  });
  for (const Edge& e : edges) {
    const double x = static_cast<double>(e.x);
    double y;
    unary(e.op, &x, &y, 1);
    if (e.op == Unary::exp && e.x == 89.0f) continue;  // finite in float64
    check("float64", e, static_cast<float>(y));
  }
}

TEST_CASE("unary: float64 agrees with the formulas, tails included") {
  for (const auto& c : unary_cases()) {
    for (double x = -20.0; x <= 20.0; x += 0.173) {
      double y;
      unary(c.op, &x, &y, 1);
      const double truth = c.truth(x);
      INFO(c.name << "(" << x << ") = " << y << ", expected " << truth);
      // gelu's plain formula in unary_truth.h is itself off by about x^2 / 2 epsilons.
      if (!std::isnan(truth)) {
        CHECK(std::fabs(y - truth) <= 2e-13 * std::fabs(truth));
      } else {
        CHECK(std::isnan(y));
      }
    }
  }
  // Not zero although exp(720) overflows: -720 exp(-720).
  double x = -720.0;
  double y;
  unary(Unary::silu, &x, &y, 1);
  CHECK(y == -720.0 * std::exp(-360.0) * std::exp(-360.0));
}
