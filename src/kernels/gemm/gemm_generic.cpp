// Products of integers, as plain loops over cache-sized blocks.

#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/pointwise/binary_functions.h"

namespace wick::kernels {
namespace {

// A block of B, 64 rows of at most 256 elements, stays in the L2 cache while all rows of A pass.
constexpr int64_t kBlockDepth = 64;
constexpr int64_t kBlockColumns = 256;

template <class T>
T multiply_add(T sum, T x, T y) {
  using U = functions::Wrapping<T>;
  return static_cast<T>(static_cast<U>(sum) + static_cast<U>(x) * static_cast<U>(y));
}

/// row[0, width) += x * b, where consecutive elements of b stand `step` apart.
template <class T>
void add_multiple(T* row, T x, const T* b, int64_t step, int64_t width) {
  if (step == 1) {  // the loop that vectorises
    for (int64_t j = 0; j < width; ++j) row[j] = multiply_add(row[j], x, b[j]);
  } else {
    for (int64_t j = 0; j < width; ++j) row[j] = multiply_add(row[j], x, b[j * step]);
  }
}

template <class T>
void start_rows(int64_t m, int64_t n, const T* bias, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {
    if (bias) {
      std::copy_n(bias, n, c + i * ldc);
    } else {
      std::fill_n(c + i * ldc, n, T{0});
    }
  }
}

template <class T>
void integer_gemm(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_col,
                  const T* b, int64_t b_row, int64_t b_col, const T* bias, T* c, int64_t ldc) {
  start_rows(m, n, bias, c, ldc);
  for (int64_t col = 0; col < n; col += kBlockColumns) {
    const int64_t width = std::min(kBlockColumns, n - col);
    for (int64_t first = 0; first < k; first += kBlockDepth) {
      const int64_t last = std::min(first + kBlockDepth, k);
      for (int64_t i = 0; i < m; ++i)
        for (int64_t p = first; p < last; ++p)
          add_multiple(c + i * ldc + col, a[i * a_row + p * a_col], b + p * b_row + col * b_col,
                       b_col, width);
    }
  }
}

}  // namespace

template <class T>
void gemm(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_col, const T* b,
          int64_t b_row, int64_t b_col, const T* bias, T* c, int64_t ldc) {
  integer_gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, bias, c, ldc);
}

template void gemm(int64_t, int64_t, int64_t, const int64_t*, int64_t, int64_t, const int64_t*,
                   int64_t, int64_t, const int64_t*, int64_t*, int64_t);
template void gemm(int64_t, int64_t, int64_t, const int32_t*, int64_t, int64_t, const int32_t*,
                   int64_t, int64_t, const int32_t*, int32_t*, int64_t);
template void gemm(int64_t, int64_t, int64_t, const uint8_t*, int64_t, int64_t, const uint8_t*,
                   int64_t, int64_t, const uint8_t*, uint8_t*, int64_t);

}  // namespace wick::kernels
