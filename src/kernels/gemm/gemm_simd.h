#pragma once

#include <cstdint>

/// wick's own floating-point product, used below oneDNN's call overhead, for small ones of double,
/// and wherever oneDNN declines.
namespace wick::kernels {

/// The operands of one panel of columns: rows of b, of the bias and of c are contiguous.
template <class T>
struct SimdPanel {
  int64_t k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row;
  const T* bias;
  T* c;
  int64_t ldc;
};

/// C = A B + bias like gemm(), for T = float and double; k == 0 and empty results are fine. An
/// element of C is summed over k in order, fused where the machine has it; only where a row or
/// column of C is made of dot products of contiguous vectors are those summed lane by lane. For a
/// row-major B the value of an element does not depend on m.
template <class T>
void simd_gemm(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_col,
               const T* b, int64_t b_row, int64_t b_col, const T* bias, T* c, int64_t ldc);

}  // namespace wick::kernels
