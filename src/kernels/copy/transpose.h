#pragma once
// Transposing small tiles, so that operands whose elements lie in another order can be read in
// whole lines of memory.

#include <cstddef>
#include <cstdint>

namespace wick::kernels {

/// to[j][i] = from[i][j] for i < rows, j < cols. Each row of either is contiguous; rows are
/// `from_step` and `to_step` bytes apart. Elements have `size` bytes: 1, 2, 4 or 8.
void transpose_tile(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t rows,
                    int64_t cols, size_t size);

}  // namespace wick::kernels
