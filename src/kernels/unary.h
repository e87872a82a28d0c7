#pragma once
// Pointwise functions of one argument over contiguous memory.

#include <cstddef>

#include "kernels/stream.h"

namespace wick::kernels {

/// The functions that unary() computes. Those not named after a function of <cmath>:
/// sign(x) is -1, 0 or 1, and 0 for NaN; relu(x) = x < 0 ? 0 : x, so NaN and -0 stay;
/// round is to the nearest integer, ties to even; square(x) = x * x; rsqrt(x) = 1 / sqrt(x);
/// sigmoid(x) = 1 / (1 + exp(-x)); silu(x) = x * sigmoid(x); softplus(x) = log(1 + exp(x));
/// gelu(x) = x * P(Z <= x) for Z standard normal = 0.5 * x * erfc(-x / sqrt(2));
/// gelu_tanh(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).
enum class Unary : int {
  abs,
  neg,
  sign,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  rsqrt,
  reciprocal,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  erfc,
  relu,
  gelu,
  gelu_tanh,
  silu,
  softplus,
  floor,
  ceil,
  round,
  square,
};

/// y[i] = op(x[i]) for n contiguous elements; x == y is allowed, other overlap is not. Serial.
/// An element gives the same bits whatever its position, n or the alignment.
///
/// Results are within 4 ulp of the true value for every float, denormal arguments and results
/// included, and within 2 ulp where the result is at least 2^-20 in size. At infinity they are the
/// mathematical limits: gelu, gelu_tanh and silu of -inf are -0. NaN gives NaN (except sign).
///
/// x and y must not overlap where the result is streamed.
void unary(Unary op, const float* x, float* y, std::size_t n, Stores store = Stores::cached);

/// The same in float64, through the C++ standard library's functions.
void unary(Unary op, const double* x, double* y, std::size_t n, Stores store = Stores::cached);

}  // namespace wick::kernels
