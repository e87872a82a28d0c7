// Softmax of rows in float64.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reduce/minmax.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/softmax_double.cpp"
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

/// The sum of exp(x - shift) over n elements; with `keep` the terms go to y.
template <bool keep>
HWY_INLINE double exp_and_sum(const double* x, double* y, int64_t n, double shift) {
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto s = hn::Set(d, shift);
  const auto term = [&](int64_t i) HWY_ATTR {
    const auto e = Exp(d, hn::Sub(hn::LoadU(d, x + i), s));
    if (keep) hn::StoreU(e, d, y + i);
    return e;
  };
  auto sum = hn::Zero(d), sum2 = sum, sum3 = sum, sum4 = sum;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    sum = hn::Add(sum, term(i));
    sum2 = hn::Add(sum2, term(i + lanes));
    sum3 = hn::Add(sum3, term(i + 2 * lanes));
    sum4 = hn::Add(sum4, term(i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) sum = hn::Add(sum, term(i));
  if (i < n) {
    const double none = -std::numeric_limits<double>::infinity();  // adds 0
    const auto e = Exp(d, hn::Sub(load_first(d, x + i, n - i, none), s));
    if (keep) store_first(d, e, y + i, n - i);
    sum2 = hn::Add(sum2, e);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum, sum2), hn::Add(sum3, sum4))));
}

template <bool keep>
HWY_INLINE double exp_and_sum_row(const double* x, double* y, int64_t n, double shift) {
  double total = 0;
  for (int64_t i = 0; i < n; i += sum_block)
    total += exp_and_sum<keep>(x + i, keep ? y + i : nullptr, std::min(sum_block, n - i), shift);
  return total;
}

// A nan, or an infinite maximum, makes the sum nan, and this the row.

void SoftmaxDouble(const double* x, double* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const double total = exp_and_sum_row<true>(x, y, n, extreme<true>(x, n));
    write_row(y, n, false, Scaled<double>{y, 1 / total});
  }
}

void LogSoftmaxDouble(const double* x, double* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const double top = extreme<true>(x, n);
    const double log_sum = std::log(exp_and_sum_row<false>(x, nullptr, n, top));
    write_row(y, n, false, LessTwo<double>{x, top, log_sum});
  }
}

double ExpSumDouble(const double* x, int64_t n, double shift) {
  return exp_and_sum_row<false>(x, nullptr, n, shift);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SoftmaxDouble);
HWY_EXPORT(LogSoftmaxDouble);
HWY_EXPORT(ExpSumDouble);

void softmax(const double* x, double* y, int64_t rows, int64_t n, bool) {
  if (n > 0) HWY_DYNAMIC_DISPATCH(SoftmaxDouble)(x, y, rows, n);
}

void log_softmax(const double* x, double* y, int64_t rows, int64_t n, bool) {
  if (n > 0) HWY_DYNAMIC_DISPATCH(LogSoftmaxDouble)(x, y, rows, n);
}

double exp_sum(const double* x, int64_t n, double shift) {
  return HWY_DYNAMIC_DISPATCH(ExpSumDouble)(x, n, shift);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
