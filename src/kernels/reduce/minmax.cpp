#include "kernels/reduce/minmax.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/minmax.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <bool largest, class T>
HWY_INLINE T extreme(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes) {
    const T worst = std::numeric_limits<T>::infinity();
    const auto v = load_first(d, x, n, largest ? -worst : worst);
    if (!hn::AllFalse(d, hn::IsNaN(v))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(extreme_lane<largest>(d, v));
  }
  auto best0 = hn::LoadU(d, x), best1 = best0;
  auto nan = hn::IsNaN(best0);  // Ne is false for nan
  const auto take = [&](auto& best, int64_t at) HWY_ATTR {
    const auto v = hn::LoadU(d, x + at);
    nan = hn::Or(nan, hn::IsNaN(v));
    best = largest ? hn::Max(best, v) : hn::Min(best, v);
  };
  int64_t i = lanes;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    take(best0, i);
    take(best1, i + lanes);
  }
  for (; i + lanes <= n; i += lanes) take(best0, i);
  if (i < n) take(best1, n - lanes);
  if (!hn::AllFalse(d, nan)) return std::numeric_limits<T>::quiet_NaN();
  const auto best = largest ? hn::Max(best0, best1) : hn::Min(best0, best1);
  return hn::GetLane(extreme_lane<largest>(d, best));
}

/// to[c] = the largest (smallest) of a column, a nan if there is one.
template <bool largest, class D, class T>
HWY_INLINE int64_t extreme_columns(D d, const T* x, int64_t rows, int64_t stride, int64_t begin,
                                   int64_t cols, T* to) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = begin;
  for (; c + lanes <= cols; c += lanes) {
    auto best = hn::LoadU(d, to + c);
    const T* p = x + c;
    for (int64_t r = 0; r < rows; ++r, p += stride) {
      const auto v = hn::LoadU(d, p);
      // A nan is never replaced, as nothing compares with it, and always replaces.
      const auto stays = largest ? hn::Ge(best, v) : hn::Le(best, v);
      best = hn::IfThenElse(hn::Or(stays, hn::IsNaN(best)), best, v);
    }
    hn::StoreU(best, d, to + c);
  }
  return c;
}

template <bool largest, class T>
void extreme_columns_of(const T* x, int64_t rows, int64_t cols, int64_t stride, T* to) {
  constexpr int64_t group = 4;  // rows for which the results stay in registers
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  std::copy_n(x, cols, to);
  for (int64_t r = 1; r < rows; r += group) {
    const int64_t count = std::min(group, rows - r);
    const int64_t done = extreme_columns<largest>(d, x + r * stride, count, stride, 0, cols, to);
    extreme_columns<largest>(one, x + r * stride, count, stride, done, cols, to);
  }
}

template <bool largest, class T>
void extreme_rows_of(const T* x, int64_t rows, int64_t n, T* to) {
  for (int64_t r = 0; r < rows; ++r) to[r] = extreme<largest>(x + r * n, n);
}

void MaxFloat(const float* x, int64_t rows, int64_t n, float* to) {
  extreme_rows_of<true>(x, rows, n, to);
}
void MinFloat(const float* x, int64_t rows, int64_t n, float* to) {
  extreme_rows_of<false>(x, rows, n, to);
}
void MaxColumnsFloat(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to) {
  extreme_columns_of<true>(x, rows, cols, stride, to);
}
void MinColumnsFloat(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to) {
  extreme_columns_of<false>(x, rows, cols, stride, to);
}
void MaxDouble(const double* x, int64_t rows, int64_t n, double* to) {
  extreme_rows_of<true>(x, rows, n, to);
}
void MinDouble(const double* x, int64_t rows, int64_t n, double* to) {
  extreme_rows_of<false>(x, rows, n, to);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(MaxFloat);
HWY_EXPORT(MinFloat);
HWY_EXPORT(MaxColumnsFloat);
HWY_EXPORT(MinColumnsFloat);
HWY_EXPORT(MaxDouble);
HWY_EXPORT(MinDouble);

template <>
void extreme_rows<true, float>(const float* x, int64_t rows, int64_t n, float* to) {
  HWY_DYNAMIC_DISPATCH(MaxFloat)(x, rows, n, to);
}
template <>
void extreme_rows<false, float>(const float* x, int64_t rows, int64_t n, float* to) {
  HWY_DYNAMIC_DISPATCH(MinFloat)(x, rows, n, to);
}
template <>
void extreme_rows<true, double>(const double* x, int64_t rows, int64_t n, double* to) {
  HWY_DYNAMIC_DISPATCH(MaxDouble)(x, rows, n, to);
}
template <>
void extreme_rows<false, double>(const double* x, int64_t rows, int64_t n, double* to) {
  HWY_DYNAMIC_DISPATCH(MinDouble)(x, rows, n, to);
}

void largest_of_columns(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to) {
  HWY_DYNAMIC_DISPATCH(MaxColumnsFloat)(x, rows, cols, stride, to);
}
void smallest_of_columns(const float* x, int64_t rows, int64_t cols, int64_t stride, float* to) {
  HWY_DYNAMIC_DISPATCH(MinColumnsFloat)(x, rows, cols, stride, to);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
