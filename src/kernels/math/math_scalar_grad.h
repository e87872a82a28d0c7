#pragma once
// Derivatives of pointwise functions of one number; see math_scalar.h.

#include <cmath>

namespace wick::kernels::scalar {

/// f'(x) from y = f'(-|x|), for functions with f(x) - f(-x) = x.
inline double from_negative_side(double x, double y) { return x < 0 ? y : 1.0 - y; }

/// gelu'(-a) = P(Z > a) - a phi(a). As in gelu(), rounding errors of what exp and erfc are taken of
/// are computed and taken off to first order.
inline double gelu_grad(double x) {
  constexpr double kSqrtHalf = 0.70710678118654752440084436210485;
  constexpr double kSqrtHalfLow = -4.8336466567264567e-17;
  constexpr double kTwoOverSqrtPi = 1.1283791670955125738961589031215;
  constexpr double kDensityAtZero = 0.39894228040143267793994605993438;
  double a = std::fabs(x);
  if (a > 40.0) a = 40.0;
  const double square = a * a;
  const double e = std::exp(-0.5 * square) * (1.0 - 0.5 * std::fma(a, a, -square));
  const double y = a * kSqrtHalf;
  const double y_low = std::fma(a, kSqrtHalf, -y) + a * kSqrtHalfLow;
  const double tail = 0.5 * (std::erfc(y) - kTwoOverSqrtPi * e * y_low);
  return from_negative_side(x, tail - a * kDensityAtZero * e);
}

/// f'(-a) for f(x) = x sigmoid(z(x)), a >= 0, given z(a) and dz = z'(a):
/// q (1 + q - a dz) / (1 + q)^2, q = exp(-z).
inline double times_sigmoid_grad(double a, double z, double dz) {
  const double half = std::exp(-0.5 * z);  // in two factors: q may be denormal, the result not
  const double q = half * half;
  return half * ((1.0 - a * dz) + q) / ((1.0 + q) * (1.0 + q)) * half;
}

inline double silu_grad(double x) {
  double a = std::fabs(x);
  if (a > 800.0) a = 800.0;
  return from_negative_side(x, times_sigmoid_grad(a, a, 1.0));
}

inline double gelu_tanh_grad(double x) {
  constexpr double kTwoSqrt2OverPi = 1.5957691216057307117597842397375;
  double a = std::fabs(x);
  if (a > 23.0) a = 23.0;
  const double bend = 0.044715 * a * a;
  const double z = kTwoSqrt2OverPi * (a + bend * a);
  return from_negative_side(x, times_sigmoid_grad(a, z, kTwoSqrt2OverPi * (1.0 + 3.0 * bend)));
}

inline double erf_grad(double x) {
  constexpr double kTwoOverSqrtPi = 1.1283791670955125738961589031215;
  if (std::fabs(x) > 28.0) return 0.0;
  const double square = x * x;
  return kTwoOverSqrtPi * std::exp(-square) * (1.0 - std::fma(x, x, -square));
}

inline double sigmoid_grad_from_result(double y) { return y * (1.0 - y); }

inline double tanh_grad_from_result(double y) { return (1.0 - y) * (1.0 + y); }

inline long double from_negative_side(long double x, long double y) { return x < 0 ? y : 1 - y; }

inline long double gelu_grad(long double x) {
  constexpr long double kSqrtHalf = 0.70710678118654752440084436210485L;
  constexpr long double kDensityAtZero = 0.39894228040143267793994605993438L;
  const long double a = std::fabs(x) > 40 ? 40 : std::fabs(x);
  const long double tail = 0.5L * std::erfc(a * kSqrtHalf);
  return from_negative_side(x, tail - a * kDensityAtZero * std::exp(-0.5L * a * a));
}

/// f'(-a) for f(x) = x sigmoid(z(x)), as above.
inline long double times_sigmoid_grad(long double a, long double z, long double dz) {
  const long double q = std::exp(-z);
  return q * ((1 - a * dz) + q) / ((1 + q) * (1 + q));
}

inline long double silu_grad(long double x) {
  const long double a = std::fabs(x) > 800 ? 800 : std::fabs(x);
  return from_negative_side(x, times_sigmoid_grad(a, a, 1));
}

inline long double gelu_tanh_grad(long double x) {
  constexpr long double kTwoSqrt2OverPi = 1.5957691216057307117597842397375L;
  const long double a = std::fabs(x) > 23 ? 23 : std::fabs(x);
  const long double bend = 0.044715L * a * a;
  return from_negative_side(
      x, times_sigmoid_grad(a, kTwoSqrt2OverPi * (a + bend * a), kTwoSqrt2OverPi * (1 + 3 * bend)));
}

inline long double erf_grad(long double x) {
  constexpr long double kTwoOverSqrtPi = 1.1283791670955125738961589031215L;
  return std::fabs(x) > 28 ? 0 : kTwoOverSqrtPi * std::exp(-x * x);
}

inline long double sigmoid_grad_from_result(long double y) { return y * (1 - y); }

inline long double tanh_grad_from_result(long double y) { return (1 - y) * (1 + y); }

}  // namespace wick::kernels::scalar
