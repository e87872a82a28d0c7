#pragma once
// Largest and smallest elements of contiguous memory ("rows") and over the rows of a matrix
// ("columns"). Serial. Results depend on the sizes only, not on the instruction set.

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace wick::kernels {

template <class T>
constexpr bool is_nan(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return x != x;
  else
    return false;
}

/// True if b takes the place of a, which comes before it, as the largest (smallest) so far: the
/// first of equals stays, and the first nan.
template <bool largest, class T>
constexpr bool replaces(T b, T a) {
  if (is_nan(a)) return false;
  return (largest ? b > a : b < a) || is_nan(b);
}

/// to[r] = the largest (smallest) of row r of n >= 1 elements; nan if there is one.
template <bool largest, class T>
void extreme_rows(const T* x, int64_t rows, int64_t n, T* to) {
  for (int64_t r = 0; r < rows; ++r, x += n) {
    T best = x[0];
    for (int64_t i = 1; i < n; ++i) best = largest ? std::max(best, x[i]) : std::min(best, x[i]);
    to[r] = best;
  }
}
template <>
void extreme_rows<true, float>(const float* x, int64_t rows, int64_t n, float* to);
template <>
void extreme_rows<false, float>(const float* x, int64_t rows, int64_t n, float* to);
template <>
void extreme_rows<true, double>(const double* x, int64_t rows, int64_t n, double* to);
template <>
void extreme_rows<false, double>(const double* x, int64_t rows, int64_t n, double* to);

/// The same of one row.
template <bool largest, class T>
T extreme(const T* x, int64_t n) {
  T result;
  extreme_rows<largest>(x, 1, n, &result);
  return result;
}

/// to[c] = the largest (smallest) of column c, of `rows` >= 1 elements that are `stride` apart.
void largest_of_columns(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to);
void smallest_of_columns(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to);

/// The position of the first element equal to `value` (or nan, if value is), which must be there.
template <class T>
int64_t position(const T* x, T value) {
  int64_t i = 0;
  if (is_nan(value)) {
    while (!is_nan(x[i])) ++i;
  } else {
    while (x[i] != value) ++i;
  }
  return i;
}

/// The same among few elements: without branches that could be predicted wrongly.
template <class T>
int64_t position_among_few(const T* x, int64_t n, T value) {
  int64_t at = 0;
  for (int64_t i = n; i-- > 0;) at = x[i] == value || is_nan(x[i]) ? i : at;
  return at;
}

}  // namespace wick::kernels
