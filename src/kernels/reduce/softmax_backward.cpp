#include <algorithm>
#include <cmath>

#include "kernels/reduce/reduce.h"
#include "kernels/reduce/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/softmax_backward.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math/math-inl.h"
#include "kernels/reduce/sum-inl.h"
#include "kernels/simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct Value {
  const T* x;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return widened(d, x + i);
  }
};

template <class T>
struct Product {
  const T* a;
  const T* b;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Mul(widened(d, a + i), widened(d, b + i));
  }
};

/// y * (dy - center).
template <class T>
struct Centered {
  const T* y;
  const T* dy;
  double center;
  int64_t ahead;  // from here to what is needed next
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    hwy::Prefetch(y + i + ahead);
    hwy::Prefetch(dy + i + ahead);
    return hn::Mul(widened(d, y + i), hn::Sub(widened(d, dy + i), hn::Set(d, center)));
  }
};

/// dy - (high + low) * factor.
template <class T>
struct LessMultiple {
  const T* high;
  const T* low;
  const T* dy;
  double factor;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    // high first: what is left may be small, and low be all of it.
    const auto f = hn::Set(d, factor);
    const auto rest = hn::Sub(widened(d, dy + i), hn::Mul(widened(d, high + i), f));
    return hn::Sub(rest, hn::Mul(widened(d, low + i), f));
  }
};

template <class T>
void softmax_row(const T* dy, const T* y, T* dx, int64_t n, bool past_caches) {
  const double sum = pairwise_sum<T>(0, n, Product<T>{y, dy});
  write_row(dx, n, past_caches, rounded(Centered<T>{y, dy, sum, n}));
}

/// y * (dy - centers).
struct CenteredColumns {
  const float* y;
  const float* dy;
  const double* centers;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    const auto deviation = hn::Sub(widened(d, dy + i), hn::LoadU(d, centers + i));
    return hn::Mul(widened(d, y + i), deviation);
  }
};

/// dy - (high + low) * factors.
struct LessMultipleColumns {
  const float* high;
  const float* low;
  const float* dy;
  const double* factors;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    const auto f = hn::LoadU(d, factors + i);
    const auto rest = hn::Sub(widened(d, dy + i), hn::Mul(widened(d, high + i), f));
    return hn::Sub(rest, hn::Mul(widened(d, low + i), f));
  }
};

/// to[c] = the sum of term(d, r * stride + c) over r < n.
template <class F>
HWY_INLINE void column_sums(int64_t n, int64_t cols, int64_t stride, const F& term, double* to) {
  constexpr int64_t group = 4;  // rows for which the sums stay in registers
  std::fill_n(to, cols, 0.0);
  for (int64_t r = 0; r < n; r += group) {
    const int64_t begin = r * stride, end = std::min(r + group, n) * stride;
    write_row(to, cols, false, [&](auto d, int64_t c) HWY_ATTR {
      auto sum = hn::LoadU(d, to + c);
      for (int64_t i = begin; i < end; i += stride) sum = hn::Add(sum, term(d, i + c));
      return sum;
    });
  }
}

void SoftmaxColumns(const float* dy, const float* y, float* dx, int64_t n, int64_t cols,
                    int64_t stride) {
  double sums[softmax_columns_at_once];
  column_sums(n, cols, stride, Product<float>{y, dy}, sums);
  for (int64_t i = 0; i < n * stride; i += stride)
    write_row(dx + i, cols, false, rounded(CenteredColumns{y + i, dy + i, sums}));
}

/// Above this high is 1 in exp(x) = high + low, so that low is exp(x) - 1.
inline constexpr double kNearOne = -0.25;

/// exp(x) = high + low; returns high.
template <FloatTag D, class V>
HWY_INLINE V SplitExpScaled(D d, V x, V& low) {
#if HWY_NATIVE_FMA
  V n;
#if HWY_TARGET <= HWY_AVX2
  // One instruction each, which on x86 give their second argument if there is a nan.
  const V p = SplitExp(d, hn::Max(hn::Set(d, -105.0f), hn::Min(hn::Set(d, 90.0f), x)), n);
#else
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 90.0f), -105.0f), n);
#endif
  low = ScaleByPow2(d, p, n);
  return ScaleByPow2(d, hn::Set(d, 1.0f), n);
#else
  low = MapInDouble(d, x, [](double v) {
    if (v > kNearOne) return std::expm1(v);
    const double e = std::exp(v);
    return e - static_cast<double>(static_cast<float>(e));
  });
  return MapInDouble(d, x, [](double v) { return v > kNearOne ? 1.0 : std::exp(v); });
#endif
}

template <DoubleTag D, class V>
HWY_INLINE V SplitExpScaled(D d, V x, V& low) {
#if HWY_NATIVE_FMA
  V n;
  const V p = SplitExp(d, ClampBelow(d, ClampAbove(d, x, 710.0), -746.0), n);
  low = ScaleByPow2(d, p, n);
  return ScaleByPow2(d, hn::Set(d, 1.0), n);
#else
  low = MapInDouble(d, x, [](double v) { return v > kNearOne ? std::expm1(v) : 0.0; });
  return MapInDouble(d, x, [](double v) { return v > kNearOne ? 1.0 : std::exp(v); });
#endif
}

template <class T>
void split_exp(const T* x, int64_t n, T* high, T* low) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto step = [&](const T* from, T* to_high, T* to_low) HWY_ATTR {
    auto small = hn::Zero(d);
    hn::StoreU(SplitExpScaled(d, hn::LoadU(d, from), small), d, to_high);
    hn::StoreU(small, d, to_low);
  };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) step(x + i, high + i, low + i);
  if (i == n) return;
  T rest[HWY_MAX_BYTES / sizeof(T)] = {};
  T rest_low[HWY_MAX_BYTES / sizeof(T)];
  std::copy(x + i, x + n, rest);
  step(rest, rest, rest_low);
  std::copy_n(rest, n - i, high + i);
  std::copy_n(rest_low, n - i, low + i);
}

template <class T>
void log_softmax_row(const T* dy, const T* y, T* dx, int64_t n, bool past_caches) {
  constexpr int64_t block = 512;
  T high[block];
  T low[block];
  const double sum = pairwise_sum<T>(0, n, Value<T>{dy});
  for (int64_t i = 0; i < n; i += block) {
    const int64_t count = std::min(block, n - i);
    split_exp(y + i, count, high, low);
    write_row(dx + i, count, past_caches, rounded(LessMultiple<T>{high, low, dy + i, sum}));
  }
}

void LogSoftmaxColumns(const float* dy, const float* y, float* dx, int64_t n, int64_t cols,
                       int64_t stride) {
  double sums[softmax_columns_at_once];
  float high[softmax_columns_at_once];
  float low[softmax_columns_at_once];
  column_sums(n, cols, stride, Value<float>{dy}, sums);
  for (int64_t i = 0; i < n * stride; i += stride) {
    split_exp(y + i, cols, high, low);
    write_row(dx + i, cols, false, rounded(LessMultipleColumns{high, low, dy + i, sums}));
  }
}

template <class T>
void softmax_rows(const T* dy, const T* y, T* dx, int64_t rows, int64_t n, bool past_caches) {
  for (int64_t r = 0; r < rows; ++r, dy += n, y += n, dx += n)
    softmax_row(dy, y, dx, n, past_caches);
  if (past_caches) hwy::FlushStream();
}
template <class T>
void log_softmax_rows(const T* dy, const T* y, T* dx, int64_t rows, int64_t n, bool past_caches) {
  for (int64_t r = 0; r < rows; ++r, dy += n, y += n, dx += n)
    log_softmax_row(dy, y, dx, n, past_caches);
  if (past_caches) hwy::FlushStream();
}

void SoftmaxFloat(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                  bool past_caches) {
  softmax_rows(dy, y, dx, rows, n, past_caches);
}
void SoftmaxDouble(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                   bool past_caches) {
  softmax_rows(dy, y, dx, rows, n, past_caches);
}
void LogSoftmaxFloat(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                     bool past_caches) {
  log_softmax_rows(dy, y, dx, rows, n, past_caches);
}
void LogSoftmaxDouble(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                      bool past_caches) {
  log_softmax_rows(dy, y, dx, rows, n, past_caches);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(SoftmaxFloat);
HWY_EXPORT(SoftmaxDouble);
HWY_EXPORT(LogSoftmaxFloat);
HWY_EXPORT(LogSoftmaxDouble);
HWY_EXPORT(SoftmaxColumns);
HWY_EXPORT(LogSoftmaxColumns);

void softmax_backward_columns(const float* dy, const float* y, float* dx, int64_t n, int64_t cols,
                              int64_t stride) {
  HWY_DYNAMIC_DISPATCH(SoftmaxColumns)(dy, y, dx, n, cols, stride);
}
void log_softmax_backward_columns(const float* dy, const float* y, float* dx, int64_t n,
                                  int64_t cols, int64_t stride) {
  HWY_DYNAMIC_DISPATCH(LogSoftmaxColumns)(dy, y, dx, n, cols, stride);
}

void softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                      bool past_caches) {
  HWY_DYNAMIC_DISPATCH(SoftmaxFloat)(dy, y, dx, rows, n, past_caches);
}
void softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                      bool past_caches) {
  HWY_DYNAMIC_DISPATCH(SoftmaxDouble)(dy, y, dx, rows, n, past_caches);
}

void log_softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                          bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LogSoftmaxFloat)(dy, y, dx, rows, n, past_caches);
}
void log_softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                          bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LogSoftmaxDouble)(dy, y, dx, rows, n, past_caches);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
