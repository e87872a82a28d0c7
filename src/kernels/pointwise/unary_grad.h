#pragma once
// Derivatives of pointwise functions over contiguous memory.

#include <cstddef>

#include "kernels/pointwise/unary_list.h"
#include "kernels/simd/stream.h"

namespace wick::kernels {

/// The functions whose derivatives unary_grad() takes; unary_list.h says what they are.
enum class UnaryGrad : int {
#define WICK_UNARY_NAME(name, formula) name,
  WICK_UNARY_GRAD_LIST(WICK_UNARY_NAME)
#undef WICK_UNARY_NAME
};

/// dx[i] = dy[i] * f'(x[i]) for n contiguous elements, v being the arguments x or the results y as
/// the name of `op` says. dx may be dy or v; other overlap is not allowed. Serial.
/// relu's dx is 0, whatever dy is, where y <= 0.
/// An element gives the same bits whatever its position, n or the alignment.
///
/// The derivative is within 4 ulp of the true value, or within 1e-7 (2e-16 in float64) where that
/// is more: near the zeros of gelu', gelu_tanh' and silu', at -0.75, -0.76 and -1.28. At infinity
/// it is the limit, 0 or 1. It is always finite, except that NaN gives NaN; relu' of NaN is 1. dx
/// must overlap nothing where it is streamed.
void unary_grad(UnaryGrad op, const float* dy, const float* v, float* dx, std::size_t n,
                Stores store = Stores::cached);
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
