#include "kernels/reduce.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce.cpp"
#include "kernels/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <Term term, class V>
HWY_INLINE V term_of(V x, V center) {
  if constexpr (term == Term::value) return x;
  if constexpr (term == Term::absolute) return hn::Abs(x);
  if constexpr (term == Term::square) return hn::Mul(x, x);
  if constexpr (term == Term::deviation) return hn::Sub(x, center);
  if constexpr (term == Term::deviation_square) {
    const V deviation = hn::Sub(x, center);
    return hn::Mul(deviation, deviation);
  }
}

template <Term term, class T>
struct TermAt {
  const T* x;
  double center;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return term_of<term>(widened(d, x + i), hn::Set(d, center));
  }
};

template <Term term, class T>
double sum_of(const T* x, int64_t n, double center) {
  return pairwise_sum<T>(0, n, TermAt<term, T>{x, center});
}

/// Columns [begin, end) in steps of a vector; returns where it stopped.
template <Term term, class D, class T>
HWY_INLINE int64_t add_columns(D d, const T* x, int64_t rows, int64_t stride, int64_t begin,
                               int64_t end, const double* center, double* acc) {
  constexpr bool centered = term == Term::deviation || term == Term::deviation_square;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = begin;
  for (; c + lanes <= end; c += lanes) {
    const T* p = x + c;
    const auto middle = centered ? hn::LoadU(d, center + c) : hn::Zero(d);
    auto sum = hn::LoadU(d, acc + c);
    for (int64_t r = 0; r < rows; ++r, p += stride)
      sum = hn::Add(sum, term_of<term>(widened(d, p), middle));
    hn::StoreU(sum, d, acc + c);
  }
  return c;
}

template <Term term, class T>
void sum_columns(const T* x, int64_t rows, int64_t cols, int64_t stride, const double* center,
                 double* acc) {
  // A few rows at a time: the memory is then read in order, and the sums come from the L1 cache.
  constexpr int64_t group = 8;
  for (int64_t r = 0; r < rows; r += group, x += group * stride) {
    const int64_t count = rows - r < group ? rows - r : group;
    const hn::ScalableTag<double> d;
    const int64_t done = add_columns<term>(d, x, count, stride, 0, cols, center, acc);
    const hn::CappedTag<double, 1> one;
    add_columns<term>(one, x, count, stride, done, cols, center, acc);
  }
}

template <bool largest, class T>
HWY_INLINE T extreme(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes) {
    T best = x[0];
    for (int64_t i = 1; i < n; ++i)
      if (replaces<largest>(x[i], best)) best = x[i];
    return best;
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
  if constexpr (largest)
    return hn::GetLane(hn::MaxOfLanes(d, hn::Max(best0, best1)));
  else
    return hn::GetLane(hn::MinOfLanes(d, hn::Min(best0, best1)));
}

template <class T>
double SumOf(Term term, const T* x, int64_t n, double center) {
  switch (term) {
    case Term::value:
      return sum_of<Term::value>(x, n, center);
    case Term::absolute:
      return sum_of<Term::absolute>(x, n, center);
    case Term::square:
      return sum_of<Term::square>(x, n, center);
    case Term::deviation:
      return sum_of<Term::deviation>(x, n, center);
    default:
      return sum_of<Term::deviation_square>(x, n, center);
  }
}

template <class T>
void ColumnsOf(Term term, const T* x, int64_t rows, int64_t cols, int64_t stride,
               const double* center, double* acc) {
  switch (term) {
    case Term::value:
      return sum_columns<Term::value>(x, rows, cols, stride, center, acc);
    case Term::absolute:
      return sum_columns<Term::absolute>(x, rows, cols, stride, center, acc);
    case Term::square:
      return sum_columns<Term::square>(x, rows, cols, stride, center, acc);
    case Term::deviation:
      return sum_columns<Term::deviation>(x, rows, cols, stride, center, acc);
    default:
      return sum_columns<Term::deviation_square>(x, rows, cols, stride, center, acc);
  }
}

double SumFloat(Term t, const float* x, int64_t n, double c) { return SumOf(t, x, n, c); }
double SumDouble(Term t, const double* x, int64_t n, double c) { return SumOf(t, x, n, c); }
void ColumnsFloat(Term t, const float* x, int64_t rows, int64_t cols, int64_t stride,
                  const double* center, double* acc) {
  ColumnsOf(t, x, rows, cols, stride, center, acc);
}
void ColumnsDouble(Term t, const double* x, int64_t rows, int64_t cols, int64_t stride,
                   const double* center, double* acc) {
  ColumnsOf(t, x, rows, cols, stride, center, acc);
}
float MaxFloat(const float* x, int64_t n) { return extreme<true>(x, n); }
float MinFloat(const float* x, int64_t n) { return extreme<false>(x, n); }
double MaxDouble(const double* x, int64_t n) { return extreme<true>(x, n); }
double MinDouble(const double* x, int64_t n) { return extreme<false>(x, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SumFloat);
HWY_EXPORT(SumDouble);
HWY_EXPORT(ColumnsFloat);
HWY_EXPORT(ColumnsDouble);
HWY_EXPORT(MaxFloat);
HWY_EXPORT(MinFloat);
HWY_EXPORT(MaxDouble);
HWY_EXPORT(MinDouble);

double sum(Term term, const float* x, int64_t n, double center) {
  return HWY_DYNAMIC_DISPATCH(SumFloat)(term, x, n, center);
}
double sum(Term term, const double* x, int64_t n, double center) {
  return HWY_DYNAMIC_DISPATCH(SumDouble)(term, x, n, center);
}

void sum_columns(Term term, const float* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc) {
  HWY_DYNAMIC_DISPATCH(ColumnsFloat)(term, x, rows, cols, stride, center, acc);
}
void sum_columns(Term term, const double* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc) {
  HWY_DYNAMIC_DISPATCH(ColumnsDouble)(term, x, rows, cols, stride, center, acc);
}

template <>
float extreme<true, float>(const float* x, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(MaxFloat)(x, n);
}
template <>
float extreme<false, float>(const float* x, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(MinFloat)(x, n);
}
template <>
double extreme<true, double>(const double* x, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(MaxDouble)(x, n);
}
template <>
double extreme<false, double>(const double* x, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(MinDouble)(x, n);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
