#include "kernels/gemm/gemm_policy.h"

#include <cmath>

namespace wick::kernels {

int64_t preferred_row_block(int64_t m, int64_t n, int64_t k) {
  // Between 16 and 320 rows oneDNN is equally fast with packed weights, but each call with plain
  // ones copies all of B. So: rather few rows, for balance, and never very few.
  constexpr int64_t fewest_rows = 16, most_rows = 96, preferred_blocks = 16;
  if (m <= 1) return 1;
  const int64_t rows = std::clamp((m - 1) / preferred_blocks + 1, fewest_rows, most_rows);
  int64_t blocks = (m - 1) / rows + 1;
  // Numbers of blocks that thread counts like to divide: 1, 2, 4, and the multiples of 8.
  blocks = blocks <= 2 ? blocks : blocks <= 4 ? 4 : (blocks + 7) / 8 * 8;
  const double row_work = std::max(1.0, static_cast<double>(n) * static_cast<double>(k));
  const auto least = static_cast<int64_t>(std::ceil(worth_a_thread / row_work));
  return std::clamp((m - 1) / blocks + 1, std::min(least, m), m);
}

TileSize preferred_tile(int64_t batches, int64_t m, int64_t n) {
  constexpr int64_t fewest_tiles = 8, most_elements = 1 << 19, least_side = 64;
  TileSize tile{m, n};
  int64_t tiles = batches;
  while (tiles < fewest_tiles || tile.rows * tile.columns > most_elements) {
    int64_t& longer = tile.rows > tile.columns ? tile.rows : tile.columns;
    if (longer <= least_side) break;
    longer = (longer + 1) / 2;
    tiles *= 2;
  }
  return tile;
}

}  // namespace wick::kernels
