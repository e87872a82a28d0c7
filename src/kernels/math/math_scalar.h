#pragma once
// Pointwise functions for instruction sets without fused multiply-add, where they are rounded once:
// of one double for float32, of one long double for float64.

#include <cmath>

namespace wick::kernels::scalar {

/// 1 / (1 + exp(-x)). For x < 0 as exp(x) / (1 + exp(x)), which keeps the tail below exp's range.
inline double sigmoid(double x) {
  if (x < 0) {
    const double e = std::exp(x);
    return e / (1.0 + e);
  }
  return 1.0 / (1.0 + std::exp(-x));
}

/// x / (1 + exp(-t)), where t has the sign of x and grows with it; x = -inf gives -0.
inline double times_sigmoid(double x, double t) {
  if (!(x < 0)) return x / (1.0 + std::exp(-t));
  if (t < -800.0) return -0.0;  // below the smallest double for every finite x that occurs
  const double half = std::exp(0.5 * t);  // in two factors: exp(t) may be denormal, x * exp(t) not
  return x * half / (1.0 + half * half) * half;
}

inline double silu(double x) { return times_sigmoid(x, x); }

/// 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3): nothing cancels.
inline double gelu_tanh(double x) {
  constexpr double kTwoSqrt2OverPi = 1.5957691216057307117597842397375;
  return times_sigmoid(x, kTwoSqrt2OverPi * (x + 0.044715 * x * x * x));
}

/// 0.5 x erfc(-x / sqrt(2)). The quotient's rounding error matters in the tail, where erfc is
/// steep, so it is computed and taken off to first order.
inline double gelu(double x) {
  constexpr double kSqrtHalf = 0.70710678118654752440084436210485;
  constexpr double kSqrtHalfLow = -4.8336466567264567e-17;
  constexpr double kTwoOverSqrtPi = 1.1283791670955125738961589031215;
  if (x < -40.0) return -0.0;
  if (x > 40.0) return x;
  const double y = -x * kSqrtHalf;
  const double y_low = std::fma(-x, kSqrtHalf, -y) - x * kSqrtHalfLow;
  return 0.5 * x * (std::erfc(y) - kTwoOverSqrtPi * std::exp(-y * y) * y_low);
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
inline double softplus(double x) { return (x < 0 ? 0.0 : x) + std::log1p(std::exp(-std::fabs(x))); }

// In long double the plain formulas will do. No function needs bounds but for x = -inf.

inline long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

inline long double silu(long double x) { return x < -900 ? -0.0L : x * sigmoid(x); }

inline long double gelu_tanh(long double x) {
  constexpr long double kTwoSqrt2OverPi = 1.5957691216057307117597842397375L;
  return x < -25 ? -0.0L : x * sigmoid(kTwoSqrt2OverPi * (x + 0.044715L * x * x * x));
}

inline long double gelu(long double x) {
  constexpr long double kSqrtHalf = 0.70710678118654752440084436210485L;
  return x < -40 ? -0.0L : 0.5L * x * std::erfc(-x * kSqrtHalf);
}

inline long double softplus(long double x) {
  return (x < 0 ? 0 : x) + std::log1p(std::exp(-std::fabs(x)));
}

}  // namespace wick::kernels::scalar
