#include "kernels/reduce/reduce.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/reduce.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/reduce/sum-inl.h"

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

#if HWY_TARGET <= HWY_AVX2  // where masked loads do not touch what is masked out

/// The first `count` elements at x, as many as d has lanes or fewer, the other lanes 0.
template <class D>
HWY_INLINE hn::Vec<D> widened_first(D d, const double* x, size_t count) {
  return hn::MaskedLoad(hn::FirstN(d, count), d, x);
}
template <class D>
HWY_INLINE hn::Vec<D> widened_first(D d, const float* x, size_t count) {
  const hn::Rebind<float, D> narrow;
  return hn::PromoteTo(d, hn::MaskedLoad(hn::FirstN(narrow, count), narrow, x));
}

/// block_sum of n <= 16 terms in the same order, all in registers.
template <Term term, class T>
HWY_INLINE double short_sum(const T* x, int64_t n, double center) {
  const hn::CappedTag<double, 4> d;
  const auto quarter = [&](int64_t at) HWY_ATTR {
    if (n >= at + 4) return term_of<term>(widened(d, x + at), hn::Set(d, center));
    const auto count = static_cast<size_t>(n - at);
    const auto v = term_of<term>(widened_first(d, x + at, count), hn::Set(d, center));
    return hn::IfThenElseZero(hn::FirstN(d, count), v);
  };
  auto sum = quarter(0);
  if (n > 8) sum = hn::Add(sum, quarter(8));
  if (n > 12)
    sum = hn::Add(sum, hn::Add(quarter(4), quarter(12)));
  else if (n > 4)
    sum = hn::Add(sum, quarter(4));
  const hn::Half<decltype(d)> half;
  const auto pair = hn::Add(hn::LowerHalf(half, sum), hn::UpperHalf(half, sum));
  // block_sum starts from 0, so that -0 does not come out.
  return hn::GetLane(hn::SumOfLanes(half, pair)) + 0.0;
}

#else

template <Term term, class T>
HWY_INLINE double short_sum(const T* x, int64_t n, double center) {
  return block_sum(0, n, TermAt<term, T>{x, center});
}

#endif

template <Term term, class T>
void sum_rows_of(const T* x, int64_t rows, int64_t n, const double* centers, double* to) {
  const auto center = [&](int64_t r) { return centers ? centers[r] : 0.0; };
  for (int64_t r = 0; r < rows; ++r, x += n)
    to[r] = n <= sum_chains ? short_sum<term>(x, n, center(r)) : sum_of<term>(x, n, center(r));
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

template <class T>
void SumRowsOf(Term term, const T* x, int64_t rows, int64_t n, const double* centers, double* to) {
  switch (term) {
    case Term::value:
      return sum_rows_of<Term::value>(x, rows, n, centers, to);
    case Term::absolute:
      return sum_rows_of<Term::absolute>(x, rows, n, centers, to);
    case Term::square:
      return sum_rows_of<Term::square>(x, rows, n, centers, to);
    case Term::deviation:
      return sum_rows_of<Term::deviation>(x, rows, n, centers, to);
    default:
      return sum_rows_of<Term::deviation_square>(x, rows, n, centers, to);
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

void SumRowsFloat(Term t, const float* x, int64_t rows, int64_t n, const double* c, double* to) {
  SumRowsOf(t, x, rows, n, c, to);
}
void SumRowsDouble(Term t, const double* x, int64_t rows, int64_t n, const double* c, double* to) {
  SumRowsOf(t, x, rows, n, c, to);
}
void ColumnsFloat(Term t, const float* x, int64_t rows, int64_t cols, int64_t stride,
                  const double* center, double* acc) {
  ColumnsOf(t, x, rows, cols, stride, center, acc);
}
void ColumnsDouble(Term t, const double* x, int64_t rows, int64_t cols, int64_t stride,
                   const double* center, double* acc) {
  ColumnsOf(t, x, rows, cols, stride, center, acc);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SumRowsFloat);
HWY_EXPORT(SumRowsDouble);
HWY_EXPORT(ColumnsFloat);
HWY_EXPORT(ColumnsDouble);

void sum_rows(Term term, const float* x, int64_t rows, int64_t n, const double* centers,
              double* to) {
  HWY_DYNAMIC_DISPATCH(SumRowsFloat)(term, x, rows, n, centers, to);
}
void sum_rows(Term term, const double* x, int64_t rows, int64_t n, const double* centers,
              double* to) {
  HWY_DYNAMIC_DISPATCH(SumRowsDouble)(term, x, rows, n, centers, to);
}

void sum_columns(Term term, const float* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc) {
  HWY_DYNAMIC_DISPATCH(ColumnsFloat)(term, x, rows, cols, stride, center, acc);
}
void sum_columns(Term term, const double* x, int64_t rows, int64_t cols, int64_t stride,
                 const double* center, double* acc) {
  HWY_DYNAMIC_DISPATCH(ColumnsDouble)(term, x, rows, cols, stride, center, acc);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
