#include "kernels/reduce/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/memory/scratch.h"
#include "kernels/reduce/reduce.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/softmax.cpp"
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

/// The largest of n >= 1 elements; any number if there is a nan.
HWY_INLINE float largest(const float* x, int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes)
    return hn::GetLane(
        extreme_lane<true>(d, load_first(d, x, n, -std::numeric_limits<float>::infinity())));
  auto best0 = hn::LoadU(d, x), best1 = best0, best2 = best0, best3 = best0;
  int64_t i = lanes;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    best0 = hn::Max(best0, hn::LoadU(d, x + i));
    best1 = hn::Max(best1, hn::LoadU(d, x + i + lanes));
    best2 = hn::Max(best2, hn::LoadU(d, x + i + 2 * lanes));
    best3 = hn::Max(best3, hn::LoadU(d, x + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) best0 = hn::Max(best0, hn::LoadU(d, x + i));
  best1 = hn::Max(best1, hn::LoadU(d, x + n - lanes));
  best0 = hn::Max(hn::Max(best0, best1), hn::Max(best2, best3));
  return hn::GetLane(extreme_lane<true>(d, best0));
}

/// The sum of exp(x - shift) over n <= sum_block elements, none above shift; with `keep` the terms
/// go to y. What stands at `ahead`, n elements, is fetched meanwhile.
template <bool keep>
HWY_INLINE double exp_and_sum(const float* x, float* y, int64_t n, float shift,
                              const float* ahead) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto s = hn::Set(d, shift);
  const auto term = [&](int64_t i) HWY_ATTR {
    hwy::Prefetch(ahead + i);
    const auto e = ExpOfNegative(d, hn::Sub(hn::LoadU(d, x + i), s));
    if (keep) hn::StoreU(e, d, y + i);
    return e;
  };
  int64_t i = 0;
  double total = 0;
#if HWY_TARGET != HWY_SCALAR
  // Four terms at a time in float32, these sums in double: two roundings, for half of the
  // additions.
  const hn::Half<decltype(d)> half;
  const hn::Rebind<double, decltype(half)> wide;
  auto low = hn::Zero(wide), high = low;
  for (; keep && i + 4 * lanes <= n; i += 4 * lanes) {
    const auto two = hn::Add(term(i), term(i + lanes));
    const auto four = hn::Add(two, hn::Add(term(i + 2 * lanes), term(i + 3 * lanes)));
    low = hn::Add(low, hn::PromoteTo(wide, hn::LowerHalf(half, four)));
    high = hn::Add(high, hn::PromoteTo(wide, hn::UpperHalf(half, four)));
  }
  total = hn::GetLane(hn::SumOfLanes(wide, hn::Add(low, high)));
  if (i == n) return total;
#endif
  auto sum = hn::Set(d, 1.0f), lost = hn::Zero(d), sum2 = sum, lost2 = lost;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    add_term(d, term(i), sum, lost);
    add_term(d, term(i + lanes), sum2, lost2);
  }
  if (i + lanes <= n) {
    add_term(d, term(i), sum, lost);
    i += lanes;
  }
  if (i < n) {
    const float none = -std::numeric_limits<float>::infinity();  // adds 0
    const auto e = ExpOfNegative(d, hn::Sub(load_first(d, x + i, n - i, none), s));
    if (keep) store_first(d, e, y + i, n - i);
    add_term(d, e, sum, lost);
  }
  return total + total_in_double(d, sum, lost) + total_in_double(d, sum2, lost2);
}

template <bool keep>
HWY_INLINE double exp_and_sum_row(const float* x, float* y, int64_t n, float shift,
                                  const float* ahead) {
  double total = 0;
  for (int64_t i = 0; i < n; i += sum_block)
    total += exp_and_sum<keep>(x + i, keep ? y + i : nullptr, std::min(sum_block, n - i), shift,
                               ahead + i);
  return total;
}

#if HWY_TARGET != HWY_SCALAR

/// Rows of no more than one vector: exp(x - max) and its sum, from which `finish` makes the result.
template <class Finish>
HWY_INLINE void short_rows(const float* x, float* y, int64_t rows, int64_t n,
                           const Finish& finish) {
  const hn::ScalableTag<float> d;
  const hn::Half<decltype(d)> half;
  const hn::Rebind<double, decltype(half)> wide;
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const auto v = load_first(d, x, n, -std::numeric_limits<float>::infinity());
    const auto top = extreme_lane<true>(d, v);
    const auto e = ExpOfNegative(d, hn::Sub(v, top));
    const auto sum = hn::Add(hn::PromoteTo(wide, hn::LowerHalf(half, e)),
                             hn::PromoteTo(wide, hn::UpperHalf(half, e)));
    const double total = hn::GetLane(hn::SumOfLanes(wide, sum));
    store_first(d, finish(v, top, e, total), y, n);
  }
}

void softmax_short_rows(const float* x, float* y, int64_t rows, int64_t n) {
  const hn::ScalableTag<float> d;
  short_rows(x, y, rows, n, [&](auto, auto, auto e, double total) HWY_ATTR {
    return hn::Mul(e, hn::Set(d, static_cast<float>(1 / total)));
  });
}

void log_softmax_short_rows(const float* x, float* y, int64_t rows, int64_t n) {
  const hn::ScalableTag<float> d;
  short_rows(x, y, rows, n, [&](auto v, auto top, auto, double total) HWY_ATTR {
    return hn::Sub(hn::Sub(v, top), hn::Set(d, static_cast<float>(std::log(total))));
  });
}

#endif

/// A nan, or an infinite maximum, makes the sum nan, and this the row.
void SoftmaxFloat(const float* x, float* y, int64_t rows, int64_t n, float* terms) {
#if HWY_TARGET != HWY_SCALAR
  if (n <= static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())))
    return softmax_short_rows(x, y, rows, n);
#endif
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    float* e = terms ? terms : y;
    const float* ahead = r + 1 < rows ? x + n : x;
    const double total = exp_and_sum_row<true>(x, e, n, largest(x, n), ahead);
    write_row(y, n, terms != nullptr, Scaled<float>{e, static_cast<float>(1 / total)});
  }
  if (terms) hwy::FlushStream();
}

void LogSoftmaxFloat(const float* x, float* y, int64_t rows, int64_t n, bool past_caches) {
#if HWY_TARGET != HWY_SCALAR
  if (n <= static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())))
    return log_softmax_short_rows(x, y, rows, n);
#endif
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float* ahead = r + 1 < rows ? x + n : x;
    const float top = largest(x, n);
    const double log_sum = std::log(exp_and_sum_row<false>(x, nullptr, n, top, ahead));
    write_row(y, n, past_caches, LessTwo<float>{x, top, static_cast<float>(log_sum)});
  }
  if (past_caches) hwy::FlushStream();
}

double ExpSumFloat(const float* x, int64_t n, float shift) {
  return exp_and_sum_row<false>(x, nullptr, n, shift, x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SoftmaxFloat);
HWY_EXPORT(LogSoftmaxFloat);
HWY_EXPORT(ExpSumFloat);

void softmax(const float* x, float* y, int64_t rows, int64_t n, bool past_caches) {
  // The terms must not pass through the place where the results go past the caches.
  constexpr int64_t longest = 65536;
  Scratch scratch;
  float* terms =
      past_caches && n <= longest ? scratch.reserve_for<float>(static_cast<size_t>(n)) : nullptr;
  if (n > 0) HWY_DYNAMIC_DISPATCH(SoftmaxFloat)(x, y, rows, n, terms);
}

void log_softmax(const float* x, float* y, int64_t rows, int64_t n, bool past_caches) {
  if (n > 0) HWY_DYNAMIC_DISPATCH(LogSoftmaxFloat)(x, y, rows, n, past_caches);
}

double exp_sum(const float* x, int64_t n, float shift) {
  return HWY_DYNAMIC_DISPATCH(ExpSumFloat)(x, n, shift);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
