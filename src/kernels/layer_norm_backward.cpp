#include "kernels/row_scale.h"
#include "kernels/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm_backward.cpp"
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

/// g - center, g = dy * weight.
template <class T>
struct ScaledGrad {
  const T* dy;
  const T* weight;
  double center;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    auto g = widened(d, dy + i);
    if (weight) g = hn::Mul(g, widened(d, weight + i));
    return hn::Sub(g, hn::Set(d, center));
  }
};

/// (g - mean(g)) * (x - mean).
template <class T>
struct Covariation {
  ScaledGrad<T> grad;
  const T* x;
  double mean;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Mul(grad(d, i), hn::Sub(widened(d, x + i), hn::Set(d, mean)));
  }
};

/// dx of one row: s * (g - mean(g) - z * slope), z = s * (x - mean).
template <class T>
struct InputGrad {
  ScaledGrad<T> grad;
  const T* x;
  RowScale row;
  double slope;
  T* dx;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    const auto scale = hn::Set(d, row.scale);
    const auto z = hn::Mul(hn::Sub(widened(d, x + i), hn::Set(d, row.mean)), scale);
    const auto g = hn::Sub(grad(d, i), hn::Mul(z, hn::Set(d, slope)));
    store_rounded(d, hn::Mul(g, scale), dx + i);
  }
};

/// What one row adds to dweight and dbias.
template <class T>
struct ParameterGrad {
  const T* dy;
  const T* x;
  RowScale row;
  double* dweight;
  double* dbias;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    const auto g = widened(d, dy + i);
    if (dweight) {
      const auto deviation = hn::Sub(widened(d, x + i), hn::Set(d, row.mean));
      const auto z = hn::Mul(deviation, hn::Set(d, row.scale));
      hn::StoreU(hn::Add(hn::LoadU(d, dweight + i), hn::Mul(g, z)), d, dweight + i);
    }
    if (dbias) hn::StoreU(hn::Add(hn::LoadU(d, dbias + i), g), d, dbias + i);
  }
};

/// f(d, i) for the positions i < n, a vector at a time.
template <class F>
HWY_INLINE void for_each(int64_t n, const F& f) {
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) f(d, i);
  const hn::CappedTag<double, 1> one;
  for (; i < n; ++i) f(one, i);
}

template <class T>
void input_grad(const T* dy, const T* x, const T* weight, const RowScale& row, T* dx, int64_t n) {
  const auto count = static_cast<double>(n);
  // Seen from the first element, as in row_scale(): the same g everywhere gives exact zeros.
  const double first = hn::GetLane(ScaledGrad<T>{dy, weight, 0}(hn::CappedTag<double, 1>(), 0));
  const double sum = pairwise_sum<T>(0, n, ScaledGrad<T>{dy, weight, first});
  const ScaledGrad<T> grad{dy, weight, first + sum / count};
  const double covariation = pairwise_sum<T>(0, n, Covariation<T>{grad, x, row.mean});
  // A scale of 0 stands for an overflow, which the sum shares.
  const double slope = row.scale == 0 ? 0 : covariation * row.scale / count;
  for_each(n, InputGrad<T>{grad, x, row, slope, dx});
}

template <class T>
void layer_norm_rows(const T* dy, const T* x, const T* weight, double eps, T* dx, double* dweight,
                     double* dbias, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, dy += n, x += n) {
    const RowScale row = row_scale(x, n, eps);
    // First, for dx may take dy's place.
    if (dweight || dbias) for_each(n, ParameterGrad<T>{dy, x, row, dweight, dbias});
    if (dx) input_grad(dy, x, weight, row, dx + r * n, n);
  }
}

void LayerNormFloat(const float* dy, const float* x, const float* weight, double eps, float* dx,
                    double* dweight, double* dbias, int64_t rows, int64_t n) {
  layer_norm_rows(dy, x, weight, eps, dx, dweight, dbias, rows, n);
}
void LayerNormDouble(const double* dy, const double* x, const double* weight, double eps,
                     double* dx, double* dweight, double* dbias, int64_t rows, int64_t n) {
  layer_norm_rows(dy, x, weight, eps, dx, dweight, dbias, rows, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(LayerNormFloat);
HWY_EXPORT(LayerNormDouble);

void layer_norm_backward(const float* dy, const float* x, const float* weight, double eps,
                         float* dx, double* dweight, double* dbias, int64_t rows, int64_t n) {
  HWY_DYNAMIC_DISPATCH(LayerNormFloat)(dy, x, weight, eps, dx, dweight, dbias, rows, n);
}
void layer_norm_backward(const double* dy, const double* x, const double* weight, double eps,
                         double* dx, double* dweight, double* dbias, int64_t rows, int64_t n) {
  HWY_DYNAMIC_DISPATCH(LayerNormDouble)(dy, x, weight, eps, dx, dweight, dbias, rows, n);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
