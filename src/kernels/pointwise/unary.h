#pragma once
// Pointwise functions of one argument over contiguous memory.

#include <cstddef>

#include "kernels/pointwise/unary_list.h"
#include "kernels/simd/stream.h"

namespace wick::kernels {

/// The functions that unary() computes; unary_list.h says what they are.
enum class Unary : int {
#define WICK_UNARY_NAME(name, formula) name,
  WICK_UNARY_LIST(WICK_UNARY_NAME)
#undef WICK_UNARY_NAME
};

/// y[i] = op(x[i]) for n contiguous elements; x == y is allowed, other overlap is not. Serial.
/// An element gives the same bits whatever its position, n or the alignment.
///
/// Results are within 4 ulp of the true value for every float and double, denormal arguments and
/// results included; those of float32 within 2 ulp where the result is at least 2^-20 in size. At
/// infinity they are the mathematical limits: gelu, gelu_tanh and silu of -inf are -0. NaN gives
/// NaN (except sign).
///
/// x and y must not overlap where the result is streamed.
void unary(Unary op, const float* x, float* y, std::size_t n, Stores store = Stores::cached);
void unary(Unary op, const double* x, double* y, std::size_t n, Stores store = Stores::cached);

}  // namespace wick::kernels
