// Softmax along columns. Rows are read in order, several times where they do not fit in the cache:
// computing exp() again costs less than fetching columns.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reduce/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/softmax_columns.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/reduce/softmax-inl.h"
#include "kernels/simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// f(c, load, store) for the vectors of columns: load(p) reads the one at p[c], store(v, p) writes
/// it. The last one may have fewer lanes in use.
template <class F>
HWY_INLINE void for_columns(int64_t cols, const F& f) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= cols; c += lanes)
    f([&](const float* p) HWY_ATTR { return hn::LoadU(d, p + c); },
      [&](V v, float* p) HWY_ATTR { hn::StoreU(v, d, p + c); }, c);
  if (c < cols)
    f([&](const float* p) HWY_ATTR { return load_first(d, p + c, cols - c, 0.0f); },
      [&](V v, float* p) HWY_ATTR { store_first(d, v, p + c, cols - c); }, c);
}

constexpr int64_t group = 4;  // rows for which the sums stay in registers

/// top[c] = the largest element of a column; any number if there is a nan.
HWY_INLINE void column_maxima(const float* x, int64_t n, int64_t cols, int64_t stride, float* top) {
  std::copy_n(x, cols, top);
  for (int64_t r = 1; r < n; r += group) {
    const int64_t count = std::min(group, n - r);
    const float* first = x + r * stride;
    for_columns(cols, [&](auto load, auto store, int64_t) HWY_ATTR {
      auto best = load(top);
      for (int64_t i = 0; i < count; ++i) best = hn::Max(best, load(first + i * stride));
      store(best, top);
    });
  }
}

/// sum[c] + lost[c] - 1 = the sum of exp(x - top); with `keep` the terms go to y.
template <bool keep>
HWY_INLINE void column_sums(const float* x, float* y, int64_t n, int64_t cols, int64_t stride,
                            const float* top, float* sum, float* lost) {
  const hn::ScalableTag<float> d;
  std::fill_n(sum, cols, 1.0f);
  std::fill_n(lost, cols, 0.0f);
  for (int64_t r = 0; r < n; r += group) {
    const int64_t count = std::min(group, n - r);
    const int64_t first = r * stride;
    for_columns(cols, [&](auto load, auto store, int64_t) HWY_ATTR {
      const auto shift = load(top);
      auto s = load(sum), l = load(lost);
      for (int64_t i = first; i < first + count * stride; i += stride) {
        const auto e = ExpOfNegative(d, hn::Sub(load(x + i), shift));
        if (keep) store(e, y + i);
        add_term(d, e, s, l);
      }
      store(s, sum);
      store(l, lost);
    });
  }
}

struct ColumnState {
  float top[softmax_columns_at_once];
  float sum[softmax_columns_at_once];
  float lost[softmax_columns_at_once];

  double total(int64_t c) const {
    return (static_cast<double>(sum[c]) - 1) + static_cast<double>(lost[c]);
  }
};

void SoftmaxColumns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride) {
  const hn::ScalableTag<float> d;
  ColumnState state;
  column_maxima(x, n, cols, stride, state.top);
  constexpr int64_t cached = 1 << 16;  // elements of x and y each
  const bool keep = n * cols <= cached;
  if (keep)
    column_sums<true>(x, y, n, cols, stride, state.top, state.sum, state.lost);
  else
    column_sums<false>(x, y, n, cols, stride, state.top, state.sum, state.lost);
  float* factor = state.sum;
  for (int64_t c = 0; c < cols; ++c) factor[c] = static_cast<float>(1 / state.total(c));
  for (int64_t r = 0; r < n; ++r, x += stride, y += stride) {
    for_columns(cols, [&](auto load, auto store, int64_t) HWY_ATTR {
      const auto e = keep ? load(y) : ExpOfNegative(d, hn::Sub(load(x), load(state.top)));
      store(hn::Mul(e, load(factor)), y);
    });
  }
}

void LogSoftmaxColumns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride) {
  ColumnState state;
  column_maxima(x, n, cols, stride, state.top);
  column_sums<false>(x, nullptr, n, cols, stride, state.top, state.sum, state.lost);
  float* log_sum = state.sum;
  for (int64_t c = 0; c < cols; ++c) log_sum[c] = static_cast<float>(std::log(state.total(c)));
  for (int64_t r = 0; r < n; ++r, x += stride, y += stride) {
    for_columns(cols, [&](auto load, auto store, int64_t) HWY_ATTR {
      store(hn::Sub(hn::Sub(load(x), load(state.top)), load(log_sum)), y);
    });
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SoftmaxColumns);
HWY_EXPORT(LogSoftmaxColumns);

void softmax_columns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride) {
  if (n > 0) HWY_DYNAMIC_DISPATCH(SoftmaxColumns)(x, y, n, cols, stride);
}
void log_softmax_columns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride) {
  if (n > 0) HWY_DYNAMIC_DISPATCH(LogSoftmaxColumns)(x, y, n, cols, stride);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
