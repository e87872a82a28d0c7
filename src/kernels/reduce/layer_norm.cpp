#include "kernels/reduce/layer_norm.h"

#include <cmath>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/layer_norm.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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
struct Deviation {
  const T* x;
  double center;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Sub(widened(d, x + i), hn::Set(d, center));
  }
};

/// The square of what another function gives.
template <class F>
struct Squared {
  F f;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    const auto v = f(d, i);
    return hn::Mul(v, v);
  }
};

struct Moments {
  double mean;
  double variance;
};

/// In two passes. Seen from the first element, a constant row has the deviation 0 exactly.
template <class T>
HWY_INLINE Moments moments_from_deviations(const T* x, int64_t n) {
  const auto count = static_cast<double>(n);
  const auto first = static_cast<double>(x[0]);
  const double mean = first + pairwise_sum<T>(0, n, Deviation<T>{x, first}) / count;
  const double squares = pairwise_sum<T>(0, n, Squared<Deviation<T>>{{x, mean}});
  return {mean, squares / count};
}

HWY_INLINE Moments moments(const double* x, int64_t n) { return moments_from_deviations(x, n); }

/// The squares of floats are exact in double: one pass is enough, unless the mean is so far from 0
/// that the difference would be lost, or the row so long that not all is in the cache's first
/// level.
HWY_INLINE Moments moments(const float* x, int64_t n) {
  if (n <= sum_block) {
    const auto count = static_cast<double>(n);
    double squares = 0;
    const double mean =
        block_sum(0, n, Value<float>{x}, Squared<Value<float>>{{x}}, squares) / count;
    const double variance = squares / count - mean * mean;
    if (mean * mean <= 16 * variance) return {mean, variance};  // false for nan
  }
  return moments_from_deviations(x, n);
}

template <class T>
HWY_INLINE RowScale row_scale(const T* x, int64_t n, double eps) {
  const Moments m = moments(x, n);
  // PyTorch keeps the variance in T, so that a row whose variance overflows becomes zeros.
  const bool overflows = std::isinf(static_cast<T>(m.variance));
  return {m.mean, overflows ? 0.0 : 1.0 / std::sqrt(m.variance + eps)};
}

/// (x - mean) * scale * weight + bias.
template <bool weighted, bool biased, class T>
struct Affine {
  const T* x;
  RowScale row;
  const T* weight;
  const T* bias;
  const T* ahead;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    hwy::Prefetch(ahead + i);
    auto v = hn::Mul(hn::Sub(widened(d, x + i), hn::Set(d, row.mean)), hn::Set(d, row.scale));
    if (weighted && biased) return hn::MulAdd(v, widened(d, weight + i), widened(d, bias + i));
    if (weighted) v = hn::Mul(v, widened(d, weight + i));
    if (biased) v = hn::Add(v, widened(d, bias + i));
    return v;
  }
};

/// The same in float32, to 3 ulp of its terms: the mean is subtracted in two parts, so that one
/// that is large beside the deviations takes nothing from them.
template <bool weighted, bool biased>
struct FloatAffine {
  FloatAffine(const Affine<weighted, biased, float>& a)
      : x(a.x),
        mean(static_cast<float>(a.row.mean)),
        mean_rest(static_cast<float>(a.row.mean - static_cast<double>(mean))),
        scale(static_cast<float>(a.row.scale)),
        weight(a.weight),
        bias(a.bias),
        ahead(a.ahead) {}

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    hwy::Prefetch(ahead + i);
    const auto deviation =
        hn::Sub(hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean)), hn::Set(d, mean_rest));
    auto v = hn::Mul(deviation, hn::Set(d, scale));
    if (weighted && biased) return hn::MulAdd(v, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i));
    if (weighted) v = hn::Mul(v, hn::LoadU(d, weight + i));
    if (biased) v = hn::Add(v, hn::LoadU(d, bias + i));
    return v;
  }

  const float* x;
  float mean, mean_rest, scale;
  const float* weight;
  const float* bias;
  const float* ahead;
};

template <bool weighted, bool biased, class T>
HWY_INLINE void write_affine(T* y, int64_t n, bool past_caches,
                             const Affine<weighted, biased, T>& affine) {
  if constexpr (sizeof(T) == sizeof(float)) {
    // 0 stands for a variance beyond float32, where a deviation may be as well. So large a scale is
    // there only without eps: the deviations are hardly numbers.
    constexpr double most = 1e30;
    if (affine.row.scale > 0 && affine.row.scale <= most)
      return write_row(y, n, past_caches, FloatAffine<weighted, biased>(affine));
  }
  write_row(y, n, past_caches, rounded(affine));
}

template <bool weighted, bool biased, class T>
HWY_INLINE void layer_norm_rows(const T* x, T* y, int64_t rows, int64_t n, const T* weight,
                                const T* bias, double eps, RowScale* scales, bool past_caches) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const RowScale row = row_scale(x, n, eps);
    if (scales) scales[r] = row;
    const T* ahead = r + 1 < rows ? x + n : x;
    write_affine(y, n, past_caches, Affine<weighted, biased, T>{x, row, weight, bias, ahead});
  }
  if (past_caches) hwy::FlushStream();
}

template <class T>
HWY_INLINE void layer_norm_any(const T* x, T* y, int64_t rows, int64_t n, const T* weight,
                               const T* bias, double eps, RowScale* scales, bool past_caches) {
  if (weight && bias)
    layer_norm_rows<true, true>(x, y, rows, n, weight, bias, eps, scales, past_caches);
  else if (weight)
    layer_norm_rows<true, false>(x, y, rows, n, weight, bias, eps, scales, past_caches);
  else if (bias)
    layer_norm_rows<false, true>(x, y, rows, n, weight, bias, eps, scales, past_caches);
  else
    layer_norm_rows<false, false>(x, y, rows, n, weight, bias, eps, scales, past_caches);
}

void LayerNormFloat(const float* x, float* y, int64_t rows, int64_t n, const float* weight,
                    const float* bias, double eps, RowScale* scales, bool past_caches) {
  layer_norm_any(x, y, rows, n, weight, bias, eps, scales, past_caches);
}
void LayerNormDouble(const double* x, double* y, int64_t rows, int64_t n, const double* weight,
                     const double* bias, double eps, RowScale* scales, bool past_caches) {
  layer_norm_any(x, y, rows, n, weight, bias, eps, scales, past_caches);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(LayerNormFloat);
HWY_EXPORT(LayerNormDouble);

void layer_norm(const float* x, float* y, int64_t rows, int64_t n, const float* weight,
                const float* bias, double eps, RowScale* scales, bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LayerNormFloat)(x, y, rows, n, weight, bias, eps, scales, past_caches);
}
void layer_norm(const double* x, double* y, int64_t rows, int64_t n, const double* weight,
                const double* bias, double eps, RowScale* scales, bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LayerNormDouble)(x, y, rows, n, weight, bias, eps, scales, past_caches);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
