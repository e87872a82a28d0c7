#pragma once
// Functions of contiguous memory, applied to any strides and dtype: block by block through a buffer
// in the type that arithmetic is done in, so that an element's value depends on neither.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/simd/element.h"
#include "wick/dtype.h"

namespace wick::kernels {

inline constexpr int64_t block_size = 512;

/// to[i] = from[i] for strided elements of some dtype.
template <class C>
using Gather = void (*)(const char* from, int64_t stride, C* to, int64_t n);
template <class C>
using Scatter = void (*)(const C* from, char* to, int64_t stride, int64_t n);

/// Any dtype, read as float. For double the dtype must be float64.
template <class C>
Gather<C> gather(DType dtype);
/// Floating dtypes, written from float. For double the dtype must be float64.
template <class C>
Scatter<C> scatter(DType dtype);

/// f(const C* x, C* y, int64_t n) over data[1], giving data[0]. C is double for float64, else
/// float.
template <class C, class F>
void in_blocks(DType from, DType to, char* const* data, const int64_t* strides, int64_t n, F f) {
  constexpr DType own = std::is_same_v<C, double> ? DType::float64 : DType::float32;
  constexpr int64_t size = sizeof(C);
  if (from == own && to == own && strides[0] == size && strides[1] == size)
    return f(reinterpret_cast<const C*>(data[1]), reinterpret_cast<C*>(data[0]), n);
  const Gather<C> read = gather<C>(from);
  const Scatter<C> write = scatter<C>(to);
  C buffer[block_size];
  for (int64_t i = 0; i < n; i += block_size) {
    const int64_t m = std::min(block_size, n - i);
    read(data[1] + i * strides[1], strides[1], buffer, m);
    f(static_cast<const C*>(buffer), static_cast<C*>(buffer), m);
    write(buffer, data[0] + i * strides[0], strides[0], m);
  }
}

}  // namespace wick::kernels
