// Products of float64, in blocks that fit in the caches: oneDNN has none.

#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/gemm_policy.h"
#include "kernels/gemm/gemm_simd.h"
#include "kernels/memory/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/gemm_double.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// As in gemm_simd.cpp, a tile of accumulators fills the register file.
constexpr int kTileRows = 6;
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM
constexpr int kTileVecs = 4;
#else
constexpr int kTileVecs = 2;
#endif
using Lanes = hn::CappedTag<double, 8>;
constexpr int64_t kTileColumns = kTileVecs * static_cast<int64_t>(hn::MaxLanes(Lanes()));

// A packed block of B stays in the L2 cache while all rows of A pass, a strip of A in the L1 cache
// while all of the block's columns do.
constexpr int64_t kDepth = 256;
constexpr int64_t kColumns = 192;

/// An operand or a part of it.
struct Matrix {
  const double* data;
  int64_t row, col;
  const double* at(int64_t i, int64_t j) const { return data + i * row + j * col; }
};

/// `rows` rows of a, interleaved: to[i * rows + r] = a(r, i).
void pack_strip(const Matrix& a, int64_t rows, int64_t depth, double* to) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < depth; ++i) to[i * rows + r] = *a.at(r, i);
}

/// to[i * kTileColumns + q] = from[q * step + i]: columns that are contiguous become rows.
void pack_columns(const double* from, int64_t step, int64_t depth, double* to) {
  int64_t i = 0;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  const hn::CappedTag<double, 4> d;
  for (; i + 4 <= depth; i += 4) {
    for (int64_t q = 0; q < kTileColumns; q += 4) {
      const double* at = from + q * step + i;
      const auto c0 = hn::LoadU(d, at), c1 = hn::LoadU(d, at + step);
      const auto c2 = hn::LoadU(d, at + 2 * step), c3 = hn::LoadU(d, at + 3 * step);
      const auto even01 = hn::InterleaveLower(d, c0, c1), odd01 = hn::InterleaveUpper(d, c0, c1);
      const auto even23 = hn::InterleaveLower(d, c2, c3), odd23 = hn::InterleaveUpper(d, c2, c3);
      double* row = to + i * kTileColumns + q;
      hn::StoreU(hn::ConcatLowerLower(d, even23, even01), d, row);
      hn::StoreU(hn::ConcatLowerLower(d, odd23, odd01), d, row + kTileColumns);
      hn::StoreU(hn::ConcatUpperUpper(d, even23, even01), d, row + 2 * kTileColumns);
      hn::StoreU(hn::ConcatUpperUpper(d, odd23, odd01), d, row + 3 * kTileColumns);
    }
  }
#endif
  for (; i < depth; ++i)
    for (int64_t q = 0; q < kTileColumns; ++q) to[i * kTileColumns + q] = from[q * step + i];
}

/// Columns of b, kTileColumns side by side for each row, then the next ones; zeros fill up the
/// last.
void pack_block(const Matrix& b, int64_t depth, int64_t columns, double* to) {
  for (int64_t j = 0; j < columns; j += kTileColumns, to += depth * kTileColumns) {
    const int64_t width = std::min(kTileColumns, columns - j);
    const double* from = b.at(0, j);
    if (width == kTileColumns && b.row == 1) {
      pack_columns(from, b.col, depth, to);
      continue;
    }
    if (width < kTileColumns) std::fill_n(to, depth * kTileColumns, 0.0);
    for (int64_t i = 0; i < depth; ++i) {
      double* row = to + i * kTileColumns;
      if (b.col == 1)
        std::copy_n(from + i * b.row, width, row);
      else
        for (int64_t q = 0; q < width; ++q) row[q] = from[i * b.row + q * b.col];
    }
  }
}

/// c = a b for kRows rows and kTileColumns packed columns, or c += a b.
template <int kRows>
HWY_INLINE void tile(int64_t depth, const Matrix& left, const double* b, double* c, int64_t ldc,
                     bool add) {
  const Lanes d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<Lanes> sum[kRows][kTileVecs];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kTileVecs; ++v) sum[r][v] = hn::Zero(d);
  }
  const double* a = left.data;
  const int64_t row = left.row, step = left.col;
  for (int64_t i = 0; i < depth; ++i, a += step, b += kTileColumns) {
    hn::Vec<Lanes> weights[kTileVecs];
    HWY_UNROLL(8)
    for (int v = 0; v < kTileVecs; ++v) weights[v] = hn::LoadU(d, b + v * lanes);
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, a[r * row]);
      HWY_UNROLL(8)
      for (int v = 0; v < kTileVecs; ++v) sum[r][v] = hn::MulAdd(x, weights[v], sum[r][v]);
    }
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kTileVecs; ++v) {
      double* to = c + r * ldc + v * lanes;
      hn::StoreU(add ? hn::Add(hn::LoadU(d, to), sum[r][v]) : sum[r][v], d, to);
    }
  }
}

void any_tile(int64_t rows, int64_t depth, const Matrix& a, const double* b, double* c, int64_t ldc,
              bool add) {
  switch (rows) {
    case 1:
      return tile<1>(depth, a, b, c, ldc, add);
    case 2:
      return tile<2>(depth, a, b, c, ldc, add);
    case 3:
      return tile<3>(depth, a, b, c, ldc, add);
    case 4:
      return tile<4>(depth, a, b, c, ldc, add);
    case 5:
      return tile<5>(depth, a, b, c, ldc, add);
    default:
      return tile<kTileRows>(depth, a, b, c, ldc, add);
  }
}

/// c[rows, columns] = a b or c += a b, for a strip and a block.
void strip_times_block(int64_t rows, int64_t columns, int64_t depth, const Matrix& a,
                       const double* b, double* c, int64_t ldc, bool add) {
  int64_t j = 0;
  for (; j + kTileColumns <= columns; j += kTileColumns, b += depth * kTileColumns)
    any_tile(rows, depth, a, b, c + j, ldc, add);
  if (j == columns) return;
  double whole[kTileRows * kTileColumns];
  any_tile(rows, depth, a, b, whole, kTileColumns, false);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t q = j; q < columns; ++q) {
      const double sum = whole[r * kTileColumns + q - j];
      c[r * ldc + q] = add ? c[r * ldc + q] + sum : sum;
    }
}

void multiply(int64_t m, int64_t n, int64_t k, const double* a, int64_t a_row, int64_t a_col,
              const double* b, int64_t b_row, int64_t b_col, double* c, int64_t ldc) {
  const Matrix left{a, a_row, a_col}, right{b, b_row, b_col};
  Scratch block_memory, strip_memory;
  const int64_t padded = (std::min(kColumns, n) + kTileColumns - 1) / kTileColumns * kTileColumns;
  const int64_t deepest = std::min(kDepth, k);
  auto* block = block_memory.reserve_for<double>(static_cast<size_t>(padded * deepest));
  auto* strip = strip_memory.reserve_for<double>(static_cast<size_t>(kTileRows * deepest));
  for (int64_t j = 0; j < n; j += kColumns) {
    const int64_t columns = std::min(kColumns, n - j);
    for (int64_t p = 0; p < k; p += kDepth) {
      const int64_t depth = std::min(kDepth, k - p);
      pack_block({right.at(p, j), b_row, b_col}, depth, columns, block);
      for (int64_t i = 0; i < m; i += kTileRows) {
        const int64_t rows = std::min<int64_t>(kTileRows, m - i);
        Matrix part{left.at(i, p), a_row, a_col};
        if (a_col != 1) {
          pack_strip(part, rows, depth, strip);
          part = {strip, 1, rows};
        }
        strip_times_block(rows, columns, depth, part, block, c + i * ldc + j, ldc, p > 0);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(multiply);

template <>
void gemm<double>(int64_t m, int64_t n, int64_t k, const double* a, int64_t a_row, int64_t a_col,
                  const double* b, int64_t b_row, int64_t b_col, const double* bias, double* c,
                  int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  if (m < few_double_rows && b_row == 1 && b_col != 1) {
    for (int64_t i = 0; i < m; ++i)
      simd_gemm(1, n, k, a + i * a_row, a_row, a_col, b, b_row, b_col, bias, c + i * ldc, ldc);
    return;
  }
  if (is_small_double(m, n, k))
    return simd_gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, bias, c, ldc);
  HWY_DYNAMIC_DISPATCH(multiply)(m, n, k, a, a_row, a_col, b, b_row, b_col, c, ldc);
  for (int64_t i = 0; bias && i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * ldc + j] += bias[j];
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
