#pragma once
// Conversions between dtypes that have SIMD code of their own.

#include "kernels/pointwise/binary.h"

namespace wick::kernels {

/// The loop for data[0] = data[1], of other dtypes, on any strides: float32 from and to the half
/// types, and to int64 (truncating; what int64 cannot hold saturates, nan gives 0); bool to all.
/// Null for other pairs.
Loop convert_loop(DType to, DType from, Stores stores);

}  // namespace wick::kernels
