#pragma once
// Derivatives of pointwise functions over contiguous memory.

#include <cstddef>

#include "kernels/stream.h"

namespace wick::kernels {

/// The functions whose derivatives unary_grad() takes, from the argument x or, where the name says
/// so, from the result y:
///   gelu            P(Z <= x) + x phi(x), Z standard normal and phi its density
///   gelu_tanh       s (1 + x (1 - s) z'), s = sigmoid(z),
///                   z = 2 sqrt(2 / pi) (x + 0.044715 x^3), z' = dz / dx
///   silu            s (1 + x (1 - s)), s = sigmoid(x)
///   erf             2 / sqrt(pi) exp(-x^2); that of erfc is its negative
///   sigmoid_from_y  y (1 - y)
///   tanh_from_y     1 - y^2
///   relu_from_y     1 where y > 0 or NaN, else 0
enum class UnaryGrad : int {
  gelu,
  gelu_tanh,
  silu,
  erf,
  sigmoid_from_y,
  tanh_from_y,
  relu_from_y,
};

/// dx[i] = dy[i] * f'(x[i]) for n contiguous elements, v being the arguments x or the results y as
/// the name of `op` says. dx may be dy or v; other overlap is not allowed. Serial.
/// relu's dx is 0, whatever dy is, where y <= 0.
/// An element gives the same bits whatever its position, n or the alignment.
///
/// The derivative is within 4 ulp of the true value, or within 1e-7 where that is more: near the
/// zeros of gelu', gelu_tanh' and silu', at -0.75, -0.76 and -1.28. At infinity it is the limit, 0
/// or 1. It is always finite, except that NaN gives NaN; relu' of NaN is 1.
/// dx must overlap nothing where it is streamed.
void unary_grad(UnaryGrad op, const float* dy, const float* v, float* dx, std::size_t n,
                Stores store = Stores::cached);

/// The same in float64, through the C++ standard library's functions.
void unary_grad(UnaryGrad op, const double* dy, const double* v, double* dx, std::size_t n,
                Stores store = Stores::cached);

/// dx[i] = dy[i] * sigmoid(beta x[i]), but dy[i] where beta x[i] > threshold: the derivative of
/// softplus(x) = log(1 + exp(beta x)) / beta that is linear there. Otherwise as unary_grad();
/// beta x is a rounded product.
void softplus_grad(const float* dy, const float* x, float* dx, std::size_t n, float beta,
                   float threshold, Stores store = Stores::cached);
void softplus_grad(const double* dy, const double* x, double* dx, std::size_t n, double beta,
                   double threshold, Stores store = Stores::cached);

}  // namespace wick::kernels
