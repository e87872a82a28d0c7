#pragma once
// Sums, largest and smallest elements over contiguous memory ("rows") and over the rows of a matrix
// ("columns"). Serial. Results depend on the sizes only, not on the instruction set.

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace wick::kernels {

/// Sums over more elements are the sums of blocks of this size, added in pairs.
inline constexpr int64_t sum_block = 4096;

/// What is summed of each x, given a center c.
enum class Term : uint8_t {
  value,             ///< x
  absolute,          ///< |x|
  square,            ///< x^2
  deviation,         ///< x - c
  deviation_square,  ///< (x - c)^2
};

/// to[r] = the sum of term(x[i]) over row r of n elements, in double: 16 running sums a block of at
/// most sum_block, blocks in pairs. `centers` has a number for each row, or is null for zeros.
void sum_rows(Term term, const float* x, int64_t rows, int64_t n, const double* centers,
              double* to);
void sum_rows(Term term, const double* x, int64_t rows, int64_t n, const double* centers,
              double* to);

/// The same of one row.
template <class T>
double sum(Term term, const T* x, int64_t n, double center = 0) {
  double result;
  sum_rows(term, x, 1, n, &center, &result);
  return result;
}

/// acc[c] += the sum of term(x[r * stride + c]) over r < rows, for each of `cols` columns. `center`
/// has a number for each column, and is read for the deviations only.
void sum_columns(Term term, const float* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc);
void sum_columns(Term term, const double* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc);

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

/// to[c * rows + r] = x[r * stride + c]: columns become rows.
template <class T>
void gather_columns(const T* x, int64_t rows, int64_t cols, int64_t stride, T* to) {
  for (int64_t r = 0; r < rows; ++r, x += stride)
    for (int64_t c = 0; c < cols; ++c) to[c * rows + r] = x[c];
}
/// The way back: x[r * stride + c] = from[c * rows + r].
template <class T>
void scatter_columns(const T* from, int64_t rows, int64_t cols, int64_t stride, T* x) {
  for (int64_t r = 0; r < rows; ++r, x += stride)
    for (int64_t c = 0; c < cols; ++c) x[c] = from[c * rows + r];
}

/// Combines map(x[i]) with `op` over n elements, from `identity`, in 8 interleaved chains.
template <class State, class T, class Map, class Op>
State fold(const T* x, int64_t n, State identity, Map map, Op op) {
  constexpr int64_t chains = 8;
  State part[chains];
  std::fill_n(part, chains, identity);
  int64_t i = 0;
  for (; i + chains <= n; i += chains)
    for (int64_t j = 0; j < chains; ++j) part[j] = op(part[j], map(x[i + j]));
  for (int64_t j = 0; i + j < n; ++j) part[j] = op(part[j], map(x[i + j]));
  for (int64_t width = chains / 2; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j) part[j] = op(part[j], part[j + width]);
  return part[0];
}

/// acc[c] = op(acc[c], map(x[r * stride + c])) for each row and column.
template <class State, class T, class Map, class Op>
void fold_columns(const T* x, int64_t rows, int64_t cols, int64_t stride, Map map, Op op,
                  State* acc) {
  for (int64_t r = 0; r < rows; ++r, x += stride)
    for (int64_t c = 0; c < cols; ++c) acc[c] = op(acc[c], map(x[c]));
}

}  // namespace wick::kernels
