#pragma once
// True values of the pointwise functions, in double, by formulas in which nothing cancels; and the
// distance of a float from them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/pointwise/unary.h"

namespace wick_test {

struct UnaryCase {
  wick::kernels::Unary op;
  const char* name;
  double (*truth)(double);
};

inline double true_sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// Within float's range, and far beyond it, exp(-x) is finite; x = -inf is the limit.
inline double true_silu(double x) { return x < -700.0 ? -0.0 : x / (1.0 + std::exp(-x)); }

inline double true_gelu(double x) {
  return x < -100.0 ? -0.0 : 0.5 * x * std::erfc(-x * std::sqrt(0.5));
}

inline double true_gelu_tanh(double x) {
  if (x < -25.0) return -0.0;
  const double pi = 3.14159265358979323846;
  return x * true_sigmoid(2.0 * std::sqrt(2.0 / pi) * (x + 0.044715 * x * x * x));
}

inline double true_softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}

inline const std::vector<UnaryCase>& unary_cases() {
  using wick::kernels::Unary;
  static const std::vector<UnaryCase> cases = {
      {Unary::exp, "exp", [](double x) { return std::exp(x); }},
      {Unary::expm1, "expm1", [](double x) { return std::expm1(x); }},
      {Unary::log, "log", [](double x) { return std::log(x); }},
      {Unary::log1p, "log1p", [](double x) { return std::log1p(x); }},
      {Unary::sin, "sin", [](double x) { return std::sin(x); }},
      {Unary::cos, "cos", [](double x) { return std::cos(x); }},
      {Unary::tanh, "tanh", [](double x) { return std::tanh(x); }},
      {Unary::sigmoid, "sigmoid", true_sigmoid},
      {Unary::erf, "erf", [](double x) { return std::erf(x); }},
      {Unary::erfc, "erfc", [](double x) { return std::erfc(x); }},
      {Unary::gelu, "gelu", true_gelu},
      {Unary::gelu_tanh, "gelu_tanh", true_gelu_tanh},
      {Unary::silu, "silu", true_silu},
      {Unary::softplus, "softplus", true_softplus},
      {Unary::rsqrt, "rsqrt", [](double x) { return 1.0 / std::sqrt(x); }},
      {Unary::reciprocal, "reciprocal", [](double x) { return 1.0 / x; }},
      {Unary::sqrt, "sqrt", [](double x) { return std::sqrt(x); }},
      {Unary::square, "square", [](double x) { return x * x; }},
      {Unary::abs, "abs", [](double x) { return std::fabs(x); }},
      {Unary::neg, "neg", [](double x) { return -x; }},
      {Unary::sign, "sign", [](double x) { return x > 0   ? 1.0
                                                  : x < 0 ? -1.0
                                                          : 0.0; }},
      {Unary::relu, "relu", [](double x) { return x < 0 ? 0.0 : x; }},
      {Unary::floor, "floor", [](double x) { return std::floor(x); }},
      {Unary::ceil, "ceil", [](double x) { return std::ceil(x); }},
      {Unary::round, "round", [](double x) { return std::nearbyint(x); }},
  };
  return cases;
}

/// |got - truth| in units of float's spacing at truth; infinity counts as 2^128, NaN must be NaN.
inline double ulp_error(float got, double truth) {
  const double worst = std::numeric_limits<double>::infinity();
  if (std::isnan(truth) || std::isnan(got)) return std::isnan(truth) && std::isnan(got) ? 0 : worst;
  const double limit = 0x1p128;
  const double t = std::clamp(truth, -limit, limit);
  const double g = std::clamp(static_cast<double>(got), -limit, limit);
  if (t == g) return 0;
  const int exponent = t == 0 ? -126 : std::clamp(std::ilogb(t), -126, 127);
  return std::fabs(g - t) / std::ldexp(1.0, exponent - 23);
}

}  // namespace wick_test
