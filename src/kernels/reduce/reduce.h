#pragma once
// Sums over contiguous memory ("rows") and over the rows of a matrix
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
