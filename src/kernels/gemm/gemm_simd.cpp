#include "kernels/gemm/gemm_simd.h"

#include <algorithm>

#include "kernels/gemm/gemm_policy.h"
#include "kernels/memory/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/gemm_simd.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// A tile of kTileRows x kTileVecs accumulators fills the register file: 32 registers on AVX-512
// and NEON, 16 elsewhere on x86.
constexpr int kTileRows = 6;
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM
constexpr int kTileVecs = 4;
#else
constexpr int kTileVecs = 2;
#endif

/// kRows rows from `row` on times kVecs vectors of columns from `col` on.
template <int kRows, int kVecs, class D, class T>
HWY_INLINE void tile(D d, const SimdPanel<T>& p, int64_t row, int64_t col) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> sum[kRows][kVecs];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::Zero(d);
  }
  const T* a = p.a + row * p.a_row;
  const T* b = p.b + col;
  for (int64_t i = 0; i < p.k; ++i, a += p.a_col, b += p.b_row) {
    hn::Vec<D> weights[kVecs];
    HWY_UNROLL(8)
    for (int v = 0; v < kVecs; ++v) weights[v] = hn::LoadU(d, b + v * lanes);
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, a[r * p.a_row]);
      HWY_UNROLL(8)
      for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::MulAdd(x, weights[v], sum[r][v]);
    }
  }
  T* c = p.c + row * p.ldc + col;
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kVecs; ++v) {
      auto value = sum[r][v];
      if (p.bias) value = hn::Add(value, hn::LoadU(d, p.bias + col + v * lanes));
      hn::StoreU(value, d, c + r * p.ldc + v * lanes);
    }
  }
}

/// All rows of kVecs vectors of columns, in tiles of about the same height.
template <int kVecs, class D, class T>
void columns(D d, const SimdPanel<T>& p, int64_t m, int64_t col) {
  int64_t tiles = (m + kTileRows - 1) / kTileRows;
  for (int64_t row = 0, rows; row < m; row += rows, --tiles) {
    rows = (m - row + tiles - 1) / tiles;
    switch (rows) {
      case 1:
        tile<1, kVecs>(d, p, row, col);
        break;
      case 2:
        tile<2, kVecs>(d, p, row, col);
        break;
      case 3:
        tile<3, kVecs>(d, p, row, col);
        break;
      case 4:
        tile<4, kVecs>(d, p, row, col);
        break;
      case 5:
        tile<5, kVecs>(d, p, row, col);
        break;
      default:
        tile<kTileRows, kVecs>(d, p, row, col);
    }
  }
}

/// Columns from `col` to `n`, fewer than fit a vector twice as long as D's: halves down to 1 lane,
/// so that nothing beyond a row is read or written.
template <int kLanes, class T>
void tail(const SimdPanel<T>& p, int64_t m, int64_t col, int64_t n) {
  if (n - col >= kLanes) {
    columns<1>(hn::CappedTag<T, kLanes>(), p, m, col);
    col += kLanes;
  }
  if constexpr (kLanes > 1) tail<kLanes / 2>(p, m, col, n);
}

template <class T>
void panel(const SimdPanel<T>& p, int64_t m, int64_t n) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::CappedTag<T, 64 / sizeof(T)>()));
  const hn::CappedTag<T, kLanes> d;
  int64_t col = 0;
  for (; col + kTileVecs * kLanes <= n; col += kTileVecs * kLanes) columns<kTileVecs>(d, p, m, col);
  for (; col + kLanes <= n; col += kLanes) columns<1>(d, p, m, col);
  if (col < n) tail<kLanes>(p, m, col, n);
}

/// c[from..to) += a[i..i+kDepth) b[i..i+kDepth, from..to), as many whole vectors as fit; returns
/// where it stopped.
template <int kDepth, class D, class T>
HWY_INLINE int64_t sweep(D d, const SimdPanel<T>& p, int64_t i, int64_t from, int64_t to) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const T* a = p.a + i * p.a_col;
  const T* b = p.b + i * p.b_row;
  int64_t col = from;
  for (; col + lanes <= to; col += lanes) {
    auto sum = hn::LoadU(d, p.c + col);
    HWY_UNROLL(8)
    for (int q = 0; q < kDepth; ++q)
      sum = hn::MulAdd(hn::Set(d, a[q * p.a_col]), hn::LoadU(d, b + q * p.b_row + col), sum);
    hn::StoreU(sum, d, p.c + col);
  }
  return col;
}

/// One row times a large b. That waits for b to arrive from memory, which goes best along its rows,
/// a few at a time; c, which is small, takes the partial sums. Same order of summation as tile().
template <class T>
void stream(const SimdPanel<T>& p, int64_t n) {
  constexpr int kDepth = 8;
  const hn::CappedTag<T, 64 / sizeof(T)> d;
  const hn::CappedTag<T, 1> one;
  for (int64_t j = 0; j < n; ++j) p.c[j] = T{0};
  int64_t i = 0;
  for (; i + kDepth <= p.k; i += kDepth) sweep<kDepth>(one, p, i, sweep<kDepth>(d, p, i, 0, n), n);
  for (; i < p.k; ++i) sweep<1>(one, p, i, sweep<1>(d, p, i, 0, n), n);
  for (int64_t j = 0; p.bias && j < n; ++j) p.c[j] += p.bias[j];
}

/// out[i] = rows[i] . x for kRows contiguous rows.
template <int kRows, class D, class T>
HWY_INLINE void dot_rows(D d, int64_t k, const T* rows, int64_t stride, const T* x, T* out) {
  constexpr int kParts = 2;  // as many chains of additions per row
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> sum[kRows][kParts];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kParts; ++v) sum[r][v] = hn::Zero(d);
  }
  int64_t i = 0;
  for (; i + kParts * lanes <= k; i += kParts * lanes) {
    HWY_UNROLL(8)
    for (int v = 0; v < kParts; ++v) {
      const auto factor = hn::LoadU(d, x + i + v * lanes);
      HWY_UNROLL(8)
      for (int r = 0; r < kRows; ++r)
        sum[r][v] = hn::MulAdd(hn::LoadU(d, rows + r * stride + i + v * lanes), factor, sum[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    auto all = sum[r][0];
    for (int v = 1; v < kParts; ++v) all = hn::Add(all, sum[r][v]);
    T rest{0};
    for (int64_t j = i; j < k; ++j) rest += rows[r * stride + j] * x[j];
    out[r] = hn::GetLane(hn::SumOfLanes(d, all)) + rest;
  }
}

template <class T>
void dots(int64_t n, int64_t k, const T* rows, int64_t stride, const T* x, T* out) {
  constexpr int kDotRows = 4;
  const hn::CappedTag<T, 64 / sizeof(T)> d;
  int64_t r = 0;
  for (; r + kDotRows <= n; r += kDotRows)
    dot_rows<kDotRows>(d, k, rows + r * stride, stride, x, out + r);
  for (; r < n; ++r) dot_rows<1>(d, k, rows + r * stride, stride, x, out + r);
}

// Highway dispatches functions, not templates.
void gemm_f32(const SimdPanel<float>& p, int64_t m, int64_t n) { panel(p, m, n); }
void gemm_f64(const SimdPanel<double>& p, int64_t m, int64_t n) { panel(p, m, n); }
void stream_f32(const SimdPanel<float>& p, int64_t n) { stream(p, n); }
void stream_f64(const SimdPanel<double>& p, int64_t n) { stream(p, n); }

void dots_f32(int64_t n, int64_t k, const float* rows, int64_t stride, const float* x, float* out) {
  dots(n, k, rows, stride, x, out);
}
void dots_f64(int64_t n, int64_t k, const double* rows, int64_t stride, const double* x,
              double* out) {
  dots(n, k, rows, stride, x, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {
namespace {

HWY_EXPORT(gemm_f32);
HWY_EXPORT(gemm_f64);
HWY_EXPORT(stream_f32);
HWY_EXPORT(stream_f64);
HWY_EXPORT(dots_f32);
HWY_EXPORT(dots_f64);

void run(const SimdPanel<float>& p, int64_t m, int64_t n) {
  HWY_DYNAMIC_DISPATCH(gemm_f32)(p, m, n);
}
void run(const SimdPanel<double>& p, int64_t m, int64_t n) {
  HWY_DYNAMIC_DISPATCH(gemm_f64)(p, m, n);
}

void run_stream(const SimdPanel<float>& p, int64_t n) { HWY_DYNAMIC_DISPATCH(stream_f32)(p, n); }
void run_stream(const SimdPanel<double>& p, int64_t n) { HWY_DYNAMIC_DISPATCH(stream_f64)(p, n); }
void run_dots(int64_t n, int64_t k, const float* rows, int64_t stride, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(dots_f32)(n, k, rows, stride, x, out);
}
void run_dots(int64_t n, int64_t k, const double* rows, int64_t stride, const double* x,
              double* out) {
  HWY_DYNAMIC_DISPATCH(dots_f64)(n, k, rows, stride, x, out);
}

/// out[j] = a . b[:, j], where the columns of b are contiguous.
template <class T>
void vector_times_columns(int64_t n, int64_t k, const T* a, int64_t a_col, const T* b,
                          int64_t b_col, T* out) {
  Scratch scratch;
  if (a_col != 1) {
    T* copy = scratch.reserve_for<T>(static_cast<std::size_t>(k));
    for (int64_t i = 0; i < k; ++i) copy[i] = a[i * a_col];
    a = copy;
  }
  run_dots(n, k, b, b_col, a, out);
}

/// c[i * ldc] = a[i, :] . b + *bias, computed as the row c^T = b^T a^T.
template <class T>
void matrix_times_vector(int64_t m, int64_t k, const T* a, int64_t a_row, int64_t a_col, const T* b,
                         int64_t b_row, const T* bias, T* c, int64_t ldc) {
  Scratch scratch;
  T* row = ldc == 1 ? c : scratch.reserve_for<T>(static_cast<std::size_t>(m));
  simd_gemm<T>(1, m, k, b, 0, b_row, a, a_col, a_row, nullptr, row, m);
  for (int64_t i = 0; i < m; ++i) c[i * ldc] = bias ? row[i] + *bias : row[i];
}

}  // namespace

template <class T>
void simd_gemm(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_col,
               const T* b, int64_t b_row, int64_t b_col, const T* bias, T* c, int64_t ldc) {
  if (k == 0) {
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = bias ? bias[j] : T{0};
    return;
  }
  if (m == 1 && b_row == 1) {
    vector_times_columns(n, k, a, a_col, b, b_col, c);
    for (int64_t j = 0; bias && j < n; ++j) c[j] += bias[j];
    return;
  }
  if (n == 1 && m > 1) return matrix_times_vector(m, k, a, a_row, a_col, b, b_row, bias, c, ldc);
  if (m == 1 && b_col == 1 && k * n >= streamed_size) {
    return run_stream({k, a, a_row, a_col, b, b_row, bias, c, ldc}, n);
  }
  const bool copy = b_col != 1 || (m >= rows_worth_a_copy && n > panel_columns<T>);
  Scratch scratch;
  for (int64_t col = 0; col < n && m > 0; col += panel_columns<T>) {
    const int64_t width = std::min(panel_columns<T>, n - col);
    const T* panel = b + col * b_col;
    if (copy) {
      T* packed = scratch.reserve_for<T>(static_cast<std::size_t>(k * width));
      for (int64_t i = 0; i < k; ++i)
        for (int64_t j = 0; j < width; ++j) packed[i * width + j] = panel[i * b_row + j * b_col];
      panel = packed;
    }
    run({k, a, a_row, a_col, panel, copy ? width : b_row, bias ? bias + col : nullptr, c + col,
         ldc},
        m, width);
  }
}

template void simd_gemm(int64_t, int64_t, int64_t, const float*, int64_t, int64_t, const float*,
                        int64_t, int64_t, const float*, float*, int64_t);
template void simd_gemm(int64_t, int64_t, int64_t, const double*, int64_t, int64_t, const double*,
                        int64_t, int64_t, const double*, double*, int64_t);

}  // namespace wick::kernels
#endif  // HWY_ONCE
