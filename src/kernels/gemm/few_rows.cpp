#include "kernels/gemm/few_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/few_rows.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// kRows x kWeights sums and their factors fill the registers: 32 of them on AVX-512 and NEON, 16
// elsewhere on x86.
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM
constexpr int kMostRows = 4;
#else
constexpr int kMostRows = 2;
#endif
constexpr int kMostWeights = 4;

/// kRows rows from `row` on times kWeights weights from `weight` on. Each element has one vector of
/// sums whatever the tile, so that its bits depend on k alone.
template <int kRows, int kWeights>
HWY_INLINE void tile(const FewRows& p, int64_t row, int64_t weight) {
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const float* x = p.x + row * p.ldx;
  const float* w = p.w + weight * p.ldw;
  V sum[kRows][kWeights];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int j = 0; j < kWeights; ++j) sum[r][j] = hn::Zero(d);
  }
  int64_t i = 0;
  for (; i + lanes <= p.k; i += lanes) {
    V factor[kRows];
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) factor[r] = hn::LoadU(d, x + r * p.ldx + i);
    HWY_UNROLL(8)
    for (int j = 0; j < kWeights; ++j) {
      const V value = hn::LoadU(d, w + j * p.ldw + i);
      HWY_UNROLL(8)
      for (int r = 0; r < kRows; ++r) sum[r][j] = hn::MulAdd(value, factor[r], sum[r][j]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int j = 0; j < kWeights; ++j) {
      float rest = hn::GetLane(hn::SumOfLanes(d, sum[r][j]));
      for (int64_t t = i; t < p.k; ++t) rest += x[r * p.ldx + t] * w[j * p.ldw + t];
      if (p.bias) rest += p.bias[weight + j];
      p.y[(row + r) * p.ldy + weight + j] = rest;
    }
  }
}

template <int kWeights>
HWY_INLINE void weights(const FewRows& p, int64_t weight) {
  int64_t row = 0;
  for (; row + kMostRows <= p.m; row += kMostRows) tile<kMostRows, kWeights>(p, row, weight);
  if constexpr (kMostRows == 4) {
    if (p.m - row == 3) return tile<3, kWeights>(p, row, weight);
    if (p.m - row == 2) return tile<2, kWeights>(p, row, weight);
  }
  if (p.m - row == 1) tile<1, kWeights>(p, row, weight);
}

void few_rows(const FewRows& p, int64_t begin, int64_t end) {
  int64_t j = begin;
  // A single row needs more weights at a time to keep the multipliers busy.
  if (p.m == 1)
    for (; j + 2 * kMostWeights <= end; j += 2 * kMostWeights) tile<1, 2 * kMostWeights>(p, 0, j);
  for (; j + kMostWeights <= end; j += kMostWeights) weights<kMostWeights>(p, j);
  for (; j < end; ++j) weights<1>(p, j);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(few_rows);

void few_rows_linear(const FewRows& p, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(few_rows)(p, begin, end);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
