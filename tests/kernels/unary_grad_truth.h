#pragma once
// True values of the derivatives of the pointwise functions, by formulas in which nothing cancels
// but at the derivative's own zero. T is double for truth to float, long double for truth to
// double.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/pointwise/unary.h"
#include "kernels/pointwise/unary_grad.h"
#include "unary_truth.h"

namespace wick_test {

template <class T>
inline const T true_pi = static_cast<T>(3.14159265358979323846264338327950288L);

/// P(Z <= x) + x phi(x).
template <class T>
T true_gelu_grad(T x) {
  if (std::fabs(x) > 100) return x > 0 ? T(1) : T(0);
  const T density = std::exp(-x * x / 2) / std::sqrt(2 * true_pi<T>);
  return std::erfc(-x * std::sqrt(T(0.5))) / 2 + x * density;
}

/// s (1 + x (1 - s) dz) with s = sigmoid(z).
template <class T>
T true_times_sigmoid_grad(T x, T z, T dz) {
  return (1 + x * dz / (1 + std::exp(z))) / (1 + std::exp(-z));
}

template <class T>
T true_silu_grad(T x) {
  if (std::fabs(x) > 800) return x > 0 ? T(1) : T(0);
  return true_times_sigmoid_grad(x, x, T(1));
}

template <class T>
T true_gelu_tanh_grad(T x) {
  if (std::fabs(x) > 23) return x > 0 ? T(1) : T(0);
  const T k = 2 * std::sqrt(2 / true_pi<T>);
  const T bend = static_cast<T>(0.044715L) * x * x;
  return true_times_sigmoid_grad(x, k * x * (1 + bend), k * (1 + 3 * bend));
}

template <class T>
T true_erf_grad(T x) {
  return 2 / std::sqrt(true_pi<T>) * std::exp(-x * x);
}

template <class T>
T true_sigmoid_grad(T x) {
  return 1 / ((1 + std::exp(x)) * (1 + std::exp(-x)));
}

template <class T>
T true_tanh_grad(T x) {
  const T e = 1 / std::cosh(x);
  return e * e;
}

template <class T>
T true_relu_grad(T x) {
  return x <= 0 ? T(0) : T(1);
}

template <class T>
T true_sigmoid_grad_from_y(T y) {
  return y * (1 - y);
}

template <class T>
T true_tanh_grad_from_y(T y) {
  return (1 - y) * (1 + y);
}

struct UnaryGradCase {
  wick::kernels::UnaryGrad op;
  const char* name;
  double (*truth)(double);
  long double (*long_truth)(long double);
  double zero;   ///< of the derivative, near which its relative error is large; else NaN
  double bound;  ///< the largest |x| or |y| that occurs

  bool occurs(double x) const { return !(std::fabs(x) > bound); }
};

inline const std::vector<UnaryGradCase>& unary_grad_cases() {
  using wick::kernels::UnaryGrad;
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  constexpr double any = std::numeric_limits<double>::infinity();
  static const std::vector<UnaryGradCase> cases = {
      {UnaryGrad::gelu, "gelu", true_gelu_grad, true_gelu_grad, -0.7517915246935645, any},
      {UnaryGrad::gelu_tanh, "gelu_tanh", true_gelu_tanh_grad, true_gelu_tanh_grad,
       -0.7524614220710163, any},
      {UnaryGrad::silu, "silu", true_silu_grad, true_silu_grad, -1.278464542761074, any},
      {UnaryGrad::erf, "erf", true_erf_grad, true_erf_grad, none, any},
      {UnaryGrad::sigmoid_from_y, "sigmoid_from_y", true_sigmoid_grad_from_y,
       true_sigmoid_grad_from_y, none, 1},
      {UnaryGrad::tanh_from_y, "tanh_from_y", true_tanh_grad_from_y, true_tanh_grad_from_y, none,
       1},
      {UnaryGrad::relu_from_y, "relu_from_y", true_relu_grad, true_relu_grad, none, any},
  };
  return cases;
}

/// A function and its derivative from its result.
struct FromResultCase {
  wick::kernels::Unary forward;
  wick::kernels::UnaryGrad backward;
  const char* name;
  double (*truth)(double);
};

inline const std::vector<FromResultCase>& from_result_cases() {
  using wick::kernels::Unary;
  using wick::kernels::UnaryGrad;
  static const std::vector<FromResultCase> cases = {
      {Unary::sigmoid, UnaryGrad::sigmoid_from_y, "sigmoid, then from y", true_sigmoid_grad},
      {Unary::tanh, UnaryGrad::tanh_from_y, "tanh, then from y", true_tanh_grad},
      {Unary::relu, UnaryGrad::relu_from_y, "relu, then from y", true_relu_grad},
  };
  return cases;
}

/// True if got is within 4 ulp or 1e-7 of truth.
inline bool grad_is_near(float got, double truth) {
  return std::fabs(static_cast<double>(got) - truth) <= 1e-7 || ulp_error(got, truth) <= 4;
}

}  // namespace wick_test
