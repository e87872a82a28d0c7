#include "kernels/reduce/layer_norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/layer_norm_backward.cpp"
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

/// g - center, g = dy * weight.
template <bool weighted, class T>
struct ScaledGrad {
  const T* dy;
  const T* weight;
  double center;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    auto g = widened(d, dy + i);
    if (weighted) g = hn::Mul(g, widened(d, weight + i));
    return hn::Sub(g, hn::Set(d, center));
  }
};

/// (g - center) * (x - mean).
template <bool weighted, class T>
struct Covariation {
  ScaledGrad<weighted, T> grad;
  const T* x;
  double mean;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Mul(grad(d, i), hn::Sub(widened(d, x + i), hn::Set(d, mean)));
  }
};

/// What one row adds to dweight and dbias.
struct ParameterSums {
  double* dweight;
  double* dbias;
  template <class D, class V>
  HWY_INLINE void add(D d, int64_t i, V g, V z) const {
    if (dweight) hn::StoreU(hn::Add(hn::LoadU(d, dweight + i), hn::Mul(g, z)), d, dweight + i);
    if (dbias) hn::StoreU(hn::Add(hn::LoadU(d, dbias + i), g), d, dbias + i);
  }
};

/// dx of one row: s * (g - mean(g) - z * slope), z = s * (x - mean).
template <bool weighted, class T>
struct InputGrad {
  const T* dy;
  const T* x;
  const T* weight;
  RowScale row;
  double center, slope;
  ParameterSums sums;
  int64_t ahead;  // from here to what is needed next
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    hwy::Prefetch(x + i + ahead);
    hwy::Prefetch(dy + i + ahead);
    const auto scale = hn::Set(d, row.scale);
    const auto z = hn::Mul(hn::Sub(widened(d, x + i), hn::Set(d, row.mean)), scale);
    auto g = widened(d, dy + i);
    sums.add(d, i, g, z);
    if (weighted) g = hn::Mul(g, widened(d, weight + i));
    g = hn::Sub(g, hn::Set(d, center));
    return hn::Mul(hn::Sub(g, hn::Mul(z, hn::Set(d, slope))), scale);
  }
};

template <bool weighted, class T>
HWY_INLINE void gradient_row(const T* dy, const T* x, const T* weight, const RowScale& row, T* dx,
                             const ParameterSums& sums, int64_t n, bool past_caches) {
  using Grad = ScaledGrad<weighted, T>;
  const auto count = static_cast<double>(n);
  // Seen from the first element: the same g everywhere gives exact zeros.
  const double first = hn::GetLane(Grad{dy, weight, 0}(hn::CappedTag<double, 1>(), 0));
  const Grad grad{dy, weight, first};
  double center, covariation;
  if (n <= sum_block) {
    // sum(x - mean) is 0, so that the center of g does not matter.
    center =
        first +
        block_sum(0, n, grad, Covariation<weighted, T>{grad, x, row.mean}, covariation) / count;
  } else {
    center = first + pairwise_sum<T>(0, n, grad) / count;
    covariation =
        pairwise_sum<T>(0, n, Covariation<weighted, T>{{dy, weight, center}, x, row.mean});
  }
  // A scale of 0 stands for an overflow, which the sum shares.
  const double slope = row.scale == 0 ? 0 : covariation * row.scale / count;
  write_row(dx, n, past_caches,
            rounded(InputGrad<weighted, T>{dy, x, weight, row, center, slope, sums, n}));
}

template <class T>
HWY_INLINE void parameter_row(const T* dy, const T* x, const RowScale& row,
                              const ParameterSums& sums, int64_t n) {
  const auto add = [&](auto d, int64_t i) HWY_ATTR {
    const auto deviation = hn::Sub(widened(d, x + i), hn::Set(d, row.mean));
    sums.add(d, i, widened(d, dy + i), hn::Mul(deviation, hn::Set(d, row.scale)));
  };
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) add(d, i);
  for (; i < n; ++i) add(hn::CappedTag<double, 1>(), i);
}

template <class T>
void layer_norm_rows(const T* dy, const T* x, const T* weight, const RowScale* scales, T* dx,
                     double* dweight, double* dbias, int64_t rows, int64_t n, bool past_caches) {
  const ParameterSums sums{dweight, dbias};
  for (int64_t r = 0; r < rows; ++r, dy += n, x += n) {
    if (!dx)
      parameter_row(dy, x, scales[r], sums, n);
    else if (weight)
      gradient_row<true>(dy, x, weight, scales[r], dx + r * n, sums, n, past_caches);
    else
      gradient_row<false>(dy, x, weight, scales[r], dx + r * n, sums, n, past_caches);
  }
  if (past_caches) hwy::FlushStream();
}

void LayerNormFloat(const float* dy, const float* x, const float* weight, const RowScale* scales,
                    float* dx, double* dweight, double* dbias, int64_t rows, int64_t n,
                    bool past_caches) {
  layer_norm_rows(dy, x, weight, scales, dx, dweight, dbias, rows, n, past_caches);
}
void LayerNormDouble(const double* dy, const double* x, const double* weight,
                     const RowScale* scales, double* dx, double* dweight, double* dbias,
                     int64_t rows, int64_t n, bool past_caches) {
  layer_norm_rows(dy, x, weight, scales, dx, dweight, dbias, rows, n, past_caches);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(LayerNormFloat);
HWY_EXPORT(LayerNormDouble);

void layer_norm_backward(const float* dy, const float* x, const float* weight,
                         const RowScale* scales, float* dx, double* dweight, double* dbias,
                         int64_t rows, int64_t n, bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LayerNormFloat)
  (dy, x, weight, scales, dx, dweight, dbias, rows, n, past_caches);
}
void layer_norm_backward(const double* dy, const double* x, const double* weight,
                         const RowScale* scales, double* dx, double* dweight, double* dbias,
                         int64_t rows, int64_t n, bool past_caches) {
  HWY_DYNAMIC_DISPATCH(LayerNormDouble)
  (dy, x, weight, scales, dx, dweight, dbias, rows, n, past_caches);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
