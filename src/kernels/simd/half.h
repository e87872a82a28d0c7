#pragma once
// The half types from and to float, over contiguous memory: the same bits as the constructors and
// conversions of dtype.h.

#include <cstdint>

#include "kernels/simd/stream.h"
#include "wick/dtype.h"

namespace wick::kernels {

/// y[i] = x[i], exact.
template <class T>
void widen(const T* x, float* y, int64_t n, Stores stores = Stores::cached);

/// y[i] = x[i], rounded to the nearest, ties to even.
template <class T>
void narrow(const float* x, T* y, int64_t n, Stores stores = Stores::cached);

}  // namespace wick::kernels
