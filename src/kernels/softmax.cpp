#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/reduce.h"
#include "kernels/row_scale.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cpp"
#include "kernels/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"
#include "kernels/sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// y = f(d, x) elementwise, f a function object: the rest of less than a vector goes through the
/// same vector code.
template <class F>
HWY_INLINE void map(const float* x, float* y, int64_t n, F f) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i == n) return;
  HWY_ALIGN float rest[HWY_MAX_BYTES / sizeof(float)] = {};
  std::copy(x + i, x + n, rest);
  hn::Store(f(d, hn::Load(d, rest)), d, rest);
  std::copy_n(rest, n - i, y + i);
}

struct ExpShifted {
  float shift;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return Exp(d, hn::Sub(x, hn::Set(d, shift)));
  }
};

struct DividedBy {
  float divisor;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(x, hn::Set(d, divisor));
  }
};

void ExpShiftedFloat(const float* x, float* y, int64_t n, float shift) {
  map(x, y, n, ExpShifted{shift});
}
void DivideFloat(float* y, int64_t n, float divisor) { map(y, y, n, DividedBy{divisor}); }

/// y = (x - center) * scale * weight + bias on [begin, n) in steps of a vector; returns where it
/// stopped.
template <class D, class T>
HWY_INLINE int64_t affine(D d, const T* x, T* y, int64_t begin, int64_t n, double center,
                          double scale, const T* weight, const T* bias) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto c = hn::Set(d, center);
  const auto s = hn::Set(d, scale);
  int64_t i = begin;
  for (; i + lanes <= n; i += lanes) {
    auto v = hn::Mul(hn::Sub(widened(d, x + i), c), s);
    if (weight) v = hn::Mul(v, widened(d, weight + i));
    if (bias) v = hn::Add(v, widened(d, bias + i));
    store_rounded(d, v, y + i);
  }
  return i;
}

template <class T>
void affine_row(const T* x, T* y, int64_t n, double center, double scale, const T* weight,
                const T* bias) {
  const hn::ScalableTag<double> d;
  const int64_t done = affine(d, x, y, 0, n, center, scale, weight, bias);
  const hn::CappedTag<double, 1> one;
  affine(one, x, y, done, n, center, scale, weight, bias);
}

void AffineFloat(const float* x, float* y, int64_t n, double center, double scale,
                 const float* weight, const float* bias) {
  affine_row(x, y, n, center, scale, weight, bias);
}
void AffineDouble(const double* x, double* y, int64_t n, double center, double scale,
                  const double* weight, const double* bias) {
  affine_row(x, y, n, center, scale, weight, bias);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(ExpShiftedFloat);
HWY_EXPORT(DivideFloat);
HWY_EXPORT(AffineFloat);
HWY_EXPORT(AffineDouble);

namespace {

void exp_shifted(const float* x, float* y, int64_t n, float shift) {
  HWY_DYNAMIC_DISPATCH(ExpShiftedFloat)(x, y, n, shift);
}
void exp_shifted(const double* x, double* y, int64_t n, double shift) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::exp(x[i] - shift);
}
void divide(float* y, int64_t n, double divisor) {
  HWY_DYNAMIC_DISPATCH(DivideFloat)(y, n, static_cast<float>(divisor));
}
void divide(double* y, int64_t n, double divisor) {
  for (int64_t i = 0; i < n; ++i) y[i] /= divisor;
}
void affine(const float* x, float* y, int64_t n, double center, double scale, const float* weight,
            const float* bias) {
  HWY_DYNAMIC_DISPATCH(AffineFloat)(x, y, n, center, scale, weight, bias);
}
void affine(const double* x, double* y, int64_t n, double center, double scale,
            const double* weight, const double* bias) {
  HWY_DYNAMIC_DISPATCH(AffineDouble)(x, y, n, center, scale, weight, bias);
}

/// y = exp(x - shift); returns the sum. In blocks, which are summed while they are in the cache.
template <class T>
double exp_and_sum(const T* x, T* y, int64_t n, T shift) {
  double total = 0;
  for (int64_t i = 0; i < n; i += sum_block) {
    const int64_t count = std::min(sum_block, n - i);
    exp_shifted(x + i, y + i, count, shift);
    total += sum(Term::value, y + i, count);
  }
  return total;
}

template <class T>
void softmax_rows(const T* x, T* y, int64_t rows, int64_t n) {
  if (n == 0) return;
  for (int64_t r = 0; r < rows; ++r, x += n, y += n)
    divide(y, n, exp_and_sum(x, y, n, extreme<true>(x, n)));
}

template <class T>
void log_softmax_rows(const T* x, T* y, int64_t rows, int64_t n) {
  if (n == 0) return;
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const T top = extreme<true>(x, n);
    const double log_sum = std::log(exp_and_sum(x, y, n, top));  // y is only scratch here
    const auto shift = static_cast<double>(top);
    for (int64_t i = 0; i < n; ++i)
      y[i] = static_cast<T>((static_cast<double>(x[i]) - shift) - log_sum);
  }
}

template <class T>
double exp_sum_of(const T* x, int64_t n, T shift) {
  T block[sum_block];
  double total = 0;
  for (int64_t i = 0; i < n; i += sum_block) {
    const int64_t count = std::min(sum_block, n - i);
    total += exp_and_sum(x + i, block, count, shift);
  }
  return total;
}

template <class T>
void layer_norm_rows(const T* x, T* y, int64_t rows, int64_t n, const T* weight, const T* bias,
                     double eps) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const RowScale row = row_scale(x, n, eps);
    affine(x, y, n, row.mean, row.scale, weight, bias);
  }
}

}  // namespace

void softmax(const float* x, float* y, int64_t rows, int64_t n) { softmax_rows(x, y, rows, n); }
void softmax(const double* x, double* y, int64_t rows, int64_t n) { softmax_rows(x, y, rows, n); }

void log_softmax(const float* x, float* y, int64_t rows, int64_t n) {
  log_softmax_rows(x, y, rows, n);
}
void log_softmax(const double* x, double* y, int64_t rows, int64_t n) {
  log_softmax_rows(x, y, rows, n);
}

double exp_sum(const float* x, int64_t n, float shift) { return exp_sum_of(x, n, shift); }
double exp_sum(const double* x, int64_t n, double shift) { return exp_sum_of(x, n, shift); }

void layer_norm(const float* x, float* y, int64_t rows, int64_t n, const float* weight,
                const float* bias, double eps) {
  layer_norm_rows(x, y, rows, n, weight, bias, eps);
}
void layer_norm(const double* x, double* y, int64_t rows, int64_t n, const double* weight,
                const double* bias, double eps) {
  layer_norm_rows(x, y, rows, n, weight, bias, eps);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
