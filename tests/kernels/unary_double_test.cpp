// The pointwise functions and their derivatives in float64, beside long double.
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
#include "unary_grad_truth.h"
#include "unary_truth.h"

namespace {

using wick::kernels::softplus_grad;
using wick::kernels::Stores;
using wick::kernels::Unary;
using wick::kernels::unary;
using wick::kernels::unary_grad;
using wick::kernels::UnaryGrad;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();

/// Runs f once for every instruction set that is compiled in and this CPU has.
template <class F>
void for_each_target(F f) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    f(std::string(hwy::TargetName(target)));
    hwy::SetSupportedTargetsForTest(0);
  }
}

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

/// |got - truth| in units of double's spacing at truth; infinity counts as 2^1024.
double ulp_error(double got, long double truth) {
  if (std::isnan(truth) || std::isnan(got)) return std::isnan(truth) && std::isnan(got) ? 0 : inf;
  const long double limit = std::ldexp(1.0L, 1024);
  const long double t = std::clamp(truth, -limit, limit);
  const long double g = std::clamp(static_cast<long double>(got), -limit, limit);
  if (t == g) return 0;
  const int exponent = t == 0 ? -1022 : std::clamp(std::ilogb(t), -1022, 1023);
  return static_cast<double>(std::fabs(g - t) / std::ldexp(1.0L, exponent - 52));
}

struct Case {
  Unary op;
  const char* name;
  long double (*truth)(long double);
};

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

const std::vector<Case>& cases() {
  using T = long double;
  static const std::vector<Case> all = {
      {Unary::exp, "exp", [](T x) { return std::exp(x); }},
      {Unary::expm1, "expm1", [](T x) { return std::expm1(x); }},
      {Unary::log, "log", [](T x) { return std::log(x); }},
      {Unary::log1p, "log1p", [](T x) { return std::log1p(x); }},
      {Unary::sin, "sin", [](T x) { return std::sin(x); }},
      {Unary::cos, "cos", [](T x) { return std::cos(x); }},
      {Unary::tanh, "tanh", [](T x) { return std::tanh(x); }},
      {Unary::sigmoid, "sigmoid", sigmoid},
      {Unary::erf, "erf", [](T x) { return std::erf(x); }},
      {Unary::erfc, "erfc", [](T x) { return std::erfc(x); }},
      {Unary::gelu, "gelu",
       [](T x) {
         // erfc multiplies a rounding error of its argument by twice its square: taken off.
         if (x < -100) return T(-0.0);
         if (x > 100) return x;
         const T y = -x * std::sqrt(T(0.5)), e = std::fma(y, y, -x * x / 2) / (2 * y);
         const T slope = -2 / std::sqrt(wick_test::true_pi<T>) * std::exp(-y * y);
         return x == 0 ? x : x / 2 * (std::erfc(y) - slope * e);
       }},
      {Unary::gelu_tanh, "gelu_tanh",
       [](T x) {
         if (x < -25) return T(-0.0);
         return x * sigmoid(2 * std::sqrt(2 / wick_test::true_pi<T>) * (x + 0.044715L * x * x * x));
       }},
      {Unary::silu, "silu", [](T x) { return x < -900 ? T(-0.0) : x * sigmoid(x); }},
      {Unary::softplus, "softplus",
       [](T x) { return (x < 0 ? T(0) : x) + std::log1p(std::exp(-std::fabs(x))); }},
      {Unary::rsqrt, "rsqrt", [](T x) { return 1 / std::sqrt(x); }},
      {Unary::reciprocal, "reciprocal", [](T x) { return 1 / x; }},
      {Unary::sqrt, "sqrt", [](T x) { return std::sqrt(x); }},
      {Unary::square, "square", [](T x) { return x * x; }},
      {Unary::abs, "abs", [](T x) { return std::fabs(x); }},
      {Unary::neg, "neg", [](T x) { return -x; }},
      {Unary::sign, "sign", [](T x) { return x > 0   ? T(1)
                                             : x < 0 ? T(-1)
                                                     : T(0); }},
      {Unary::relu, "relu", [](T x) { return x < 0 ? T(0) : x; }},
      {Unary::floor, "floor", [](T x) { return std::floor(x); }},
      {Unary::ceil, "ceil", [](T x) { return std::ceil(x); }},
      {Unary::round, "round", [](T x) { return std::nearbyint(x); }},
  };
  return all;
}

/// Numbers of every exponent and sign, many of usual size, and the ends of every range.
std::vector<double> sampled_doubles() {
  std::vector<double> x;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 40000; ++i) x.push_back(std::bit_cast<double>(random()));
  for (const double scale : {0.1, 1.0, 3.0, 6.0, 20.0, 45.0, 800.0, 40000.0, 1e6})
    for (int i = 0; i < 20000; ++i) x.push_back(scale * uniform(random));
  for (int i = 0; i < 20000; ++i) x.push_back(1 + 0.01 * uniform(random));
  for (int i = -700; i < 700; ++i)  // near the zeros of sin and cos
    for (const double step : {-1e-9, 0.0, 1e-13}) x.push_back(i * 1.5707963267948966 + step);
  for (double edge = 5e-324; edge < 1e308; edge *= 3.7)
    for (const double sign : {-1.0, 1.0}) x.push_back(sign * edge);
  for (const double edge :
       {0.0,  0.25, 0.5,  1.0,  708.4,   709.78,  709.79, 710.0, 745.13, 745.14,   746.0,
        38.4, 38.6, 27.2, 27.3, 39000.0, 39001.0, 21.5,   1e300, inf,    quiet_nan})
    for (const double sign : {-1.0, 1.0}) x.push_back(sign * edge);
  return x;
}

constexpr bool long_double_is_longer = std::numeric_limits<long double>::digits >= 64;

}  // namespace

TEST_CASE("unary: float64 within 4 ulp everywhere", "[kernels][float64]") {
  if (!long_double_is_longer) return;
  const std::vector<double> x = sampled_doubles();
  std::vector<double> y(x.size());
  for (const Case& c : cases()) {
    for_each_target([&](const std::string& target) {
      unary(c.op, x.data(), y.data(), x.size());
      std::size_t worst = 0;
      double most = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = ulp_error(y[i], c.truth(static_cast<long double>(x[i])));
        if (error > most) most = error, worst = i;
      }
      INFO(target << " " << c.name << "(" << x[worst] << ") = " << y[worst] << " is off by " << most
                  << " ulp");
      CHECK(most <= 4);
    });
  }
}

TEST_CASE("unary_grad: float64 within 4 ulp, or 2e-16 near zeros", "[kernels][float64]") {
  if (!long_double_is_longer) return;
  const std::vector<double> x = sampled_doubles();
  const std::vector<double> ones(x.size(), 1.0);
  std::vector<double> dx(x.size());
  for (const auto& c : wick_test::unary_grad_cases()) {
    for_each_target([&](const std::string& target) {
      unary_grad(c.op, ones.data(), x.data(), dx.data(), x.size());
      std::size_t worst = 0;
      double most = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (!c.occurs(x[i])) continue;
        const long double truth = c.long_truth(static_cast<long double>(x[i]));
        if (std::fabs(x[i] - c.zero) < 0.5 &&
            std::fabs(static_cast<long double>(dx[i]) - truth) <= 2e-16L)
          continue;
        const double error = ulp_error(dx[i], truth);
        if (error > most) most = error, worst = i;
      }
      INFO(target << " " << c.name << "'(" << x[worst] << ") = " << dx[worst] << " is off by "
                  << most << " ulp");
      CHECK(most <= 4);
    });
  }
}

TEST_CASE("unary: a float64 has the same bits at every offset and length", "[kernels][float64]") {
  std::vector<double> x;
  for (int i = 0; i < 48; ++i) x.push_back(0.37 * (i - 24) + 0.01);
  x[5] = 1e6;  // beyond the vector path of sin and cos
  x[9] = quiet_nan;
  x[13] = -inf;
  x[17] = 1e-310;
  std::vector<double> dy;
  for (int i = 0; i < 48; ++i) dy.push_back(0.11 * (i % 17 - 8) + 0.003);
  // f(dy, x, y, n, stores)
  const auto check = [&](const std::string& what, const auto& f) {
    std::vector<std::uint64_t> expected;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double y;
      f(&dy[i], &x[i], &y, 1, Stores::cached);
      expected.push_back(bits(y));
    }
    bool same = true;
    for (std::size_t offset = 0; offset < 9; ++offset)
      for (std::size_t n = 1; n <= 35; ++n)
        for (const Stores stores : {Stores::cached, Stores::streaming}) {
          std::vector<double> y(n + 5, 123.0);
          double* to = y.data() + n % 4;
          f(dy.data() + offset, x.data() + offset, to, n, stores);
          for (std::size_t i = 0; i < n; ++i) same = same && bits(to[i]) == expected[offset + i];
          same = same && to[n] == 123.0;  // nothing is written behind the end
        }
    std::vector<double> in_place = x;
    f(dy.data(), in_place.data(), in_place.data(), x.size(), Stores::cached);
    for (std::size_t i = 0; i < x.size(); ++i) same = same && bits(in_place[i]) == expected[i];
    INFO(what);
    CHECK(same);
  };
  for_each_target([&](const std::string& target) {
    using P = const double*;
    for (const Case& c : cases())
      check(target + " " + c.name,
            [&](P, P v, double* y, std::size_t n, Stores stores) { unary(c.op, v, y, n, stores); });
    for (const auto& c : wick_test::unary_grad_cases())
      check(target + " " + c.name + "'", [&](P g, P v, double* y, std::size_t n, Stores stores) {
        unary_grad(c.op, g, v, y, n, stores);
      });
    check(target + " softplus'", [](P g, P v, double* y, std::size_t n, Stores stores) {
      softplus_grad(g, v, y, n, 0.7, 5.0, stores);
    });
  });
}

TEST_CASE("unary: signed zeros and tails in float64", "[kernels][float64]") {
  const auto one = [](Unary op, double x) {
    double y;
    unary(op, &x, &y, 1);
    return y;
  };
  for_each_target([&](const std::string& target) {
    INFO(target);
    for (const Unary op : {Unary::gelu, Unary::gelu_tanh, Unary::silu}) {
      CHECK(bits(one(op, -inf)) == bits(-0.0));
      CHECK(bits(one(op, -1e300)) == bits(-0.0));
      CHECK(one(op, inf) == inf);
    }
    for (const Unary op : {Unary::gelu, Unary::gelu_tanh, Unary::silu, Unary::sin, Unary::tanh,
                           Unary::erf, Unary::expm1, Unary::log1p, Unary::sqrt, Unary::relu,
                           Unary::floor, Unary::ceil, Unary::round}) {
      CHECK(bits(one(op, -0.0)) == bits(-0.0));
      CHECK(bits(one(op, 0.0)) == bits(0.0));
    }
    CHECK(one(Unary::sigmoid, -745.0) == std::exp(-745.0));
    CHECK(one(Unary::silu, -720.0) == -720.0 * std::exp(-360.0) * std::exp(-360.0));
    CHECK(bits(one(Unary::round, -0.5)) == bits(-0.0));
    CHECK(bits(one(Unary::ceil, -0.5)) == bits(-0.0));
  });
}
