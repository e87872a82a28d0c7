#pragma once

#include <algorithm>
#include <cstdint>

/// Which kernel multiplies which matrices, and in what parts: all sizes at which another way of
/// computing begins. They are measured. Every choice depends on shapes and strides only, never on
/// the machine or the number of threads, so that results do not either. What is not here are the
/// blocks that a kernel cuts for the caches of one core; those stand with its loops.
///
/// Products are C[m, n] = A[m, k] B[k, n]; `work` is their number of multiply-adds, in floating
/// point, for the sizes of expanded operands can overflow when multiplied.
namespace wick::kernels {

inline double work_of(int64_t m, int64_t n, int64_t k) {
  return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

// Threads.

/// Multiply-adds below which a product is not worth waking a thread for: about 5 us of work.
inline constexpr double worth_a_thread = 1 << 18;

/// How many threads' worth so many multiply-adds are.
inline int64_t grains_of(double work) {
  return static_cast<int64_t>(std::min(work / worth_a_thread, 1e9));
}

/// How many rows of the result a caller should give to one call when it splits a product over
/// threads. At least 1; m itself where splitting is not worth it. Aims at 1, 2, 4 or a multiple of
/// 8 blocks, so that the last round of blocks leaves few threads idle.
int64_t preferred_row_block(int64_t m, int64_t n, int64_t k);

// Linear layers.

/// Weights up to this many elements go to wick's own kernel, for every m: oneDNN's overhead of
/// about a microsecond a call outweighs its better kernel. It is faster even for a single row.
inline constexpr int64_t small_weights = 64 * 64;

/// Up to this many rows, weights that lie as they are serve as well as packed ones or better.
inline constexpr int64_t most_few_rows = 16;

/// Whether rows are multiplied with weights [out, in], whose rows are contiguous, as they lie.
inline bool is_few_rows(int64_t rows, int64_t in, int64_t out) {
  return rows <= most_few_rows && in * out > small_weights;
}

/// Two layers at a time: beyond so many, the hidden features of a reasonable block of rows do not
/// fit into the cache.
inline constexpr int64_t most_hidden = 1 << 15;

/// How many rows to run through both layers at a time: as many as a thread can have its own hidden
/// features for in the L2 cache. `features` are those of x and of the result.
inline int64_t feed_forward_block(int64_t rows, int64_t hidden, int64_t features) {
  constexpr int64_t hidden_floats = 3 << 16;
  const int64_t most = std::max<int64_t>(hidden_floats / hidden, 16);
  const int64_t preferred = preferred_row_block(rows, hidden, features);
  if (preferred <= most) return preferred;
  const int64_t blocks = ((rows - 1) / most + 8) / 8 * 8;  // as many as threads like to divide
  return (rows - 1) / blocks + 1;
}

// Products of float32.

/// Whether copying parts of both operands into the cache costs little beside the product itself.
/// a_col and b_row are strides.
inline bool is_large_product(int64_t m, int64_t n, int64_t k, int64_t a_col, int64_t b_row) {
  constexpr double large = 1 << 25;
  // Few rows with the rows of a transposed matrix: all lie well, and copying would be most of it.
  constexpr int64_t few = 128;
  if (m <= few && a_col == 1 && b_row == 1) return false;
  return work_of(m, n, k) >= large;
}

/// Whether wick's own kernel suits a product better than oneDNN, by the strides of its operands.
inline bool suits_own_kernel(int64_t m, int64_t n, int64_t k, int64_t a_row, int64_t a_col,
                             int64_t b_row, int64_t b_col) {
  constexpr double small = 1 << 15;
  constexpr int64_t small_gather = 1 << 10;  // where it must gather columns of B first
  // Up to this many rows oneDNN spends more on copying B into its layout than on the product.
  constexpr int64_t few_rows = 8;
  if (m == 1) return b_row == 1 || b_col == 1;
  if (n == 1) return a_row == 1 || a_col == 1;
  const bool is_small = work_of(m, n, k) <= small;
  if (b_col != 1) return is_small && n * k <= small_gather;
  return is_small || m <= few_rows;
}

// Products of float64.

/// Whether they are cut into tiles rather than rows: the kernel copies both operands in parts.
inline bool suits_tiles(int64_t m, int64_t n) {
  constexpr int64_t few = 8;
  return m >= few && n >= few;
}

/// What is packed for so few rows is not used often enough.
inline constexpr int64_t few_double_rows = 6;

/// Whether a product is too small to pack its operands.
inline bool is_small_double(int64_t m, int64_t n, int64_t k) {
  constexpr int64_t few_columns = 8;
  constexpr double small = 1 << 17;
  return m < few_double_rows || n < few_columns || work_of(m, n, k) <= small;
}

// Tiles of a large result.

struct TileSize {
  int64_t rows, columns;
};

/// Near squares, for which the least is copied, and as many as threads like to divide.
TileSize preferred_tile(int64_t batches, int64_t m, int64_t n);

// wick's own kernel.

/// From this many elements on B is read from beyond the L2 cache, and best along its rows.
inline constexpr int64_t streamed_size = 1 << 17;

/// Columns per pass over A: their part of B, k rows of 256 bytes, stays in the L2 cache.
template <class T>
inline constexpr int64_t panel_columns = 256 / sizeof(T);

/// From here on B is read often enough that copying a panel, to get at whole pages, pays off.
inline constexpr int64_t rows_worth_a_copy = 48;

}  // namespace wick::kernels
