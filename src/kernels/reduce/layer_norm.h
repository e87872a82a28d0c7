#pragma once
// Layer normalisation of rows, and its derivatives. Serial.

#include <cstdint>

namespace wick::kernels {

/// What layer normalisation subtracts from a row and multiplies it by.
struct RowScale {
  double mean;
  double scale;  ///< 1 / sqrt(var + eps), or 0 where the variance overflows
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias for each of `rows` rows of n >= 1 elements,
/// with mean and (biased) variance of the row, in double. weight and bias have n elements or are
/// null; `scales`, unless null, gets what the rows were scaled by. x and y do not overlap. With
/// `past_caches`, y is written past the caches: for results larger than they are.
void layer_norm(const float* x, float* y, int64_t rows, int64_t n, const float* weight,
                const float* bias, double eps, RowScale* scales = nullptr,
                bool past_caches = false);
void layer_norm(const double* x, double* y, int64_t rows, int64_t n, const double* weight,
                const double* bias, double eps, RowScale* scales = nullptr,
                bool past_caches = false);

/// The derivatives of layer_norm(). With s = 1 / sqrt(var + eps), z = (x - mean) * s and
/// g = dy * weight, in double, for each of `rows` rows of n >= 1 elements:
///   dx = s * (g - mean(g) - z * mean(g * z))
///   dweight += dy * z
///   dbias += dy
/// weight is null for ones. dx, dweight, dbias are null if not wanted; dx may be dy. `scales` are
/// those of layer_norm().
///
/// dweight and dbias (n doubles each, to be zeroed first) take the rows in their order. For sums
/// that do not depend on the number of threads, cut the rows into blocks of a fixed size, give each
/// block arrays of its own, and add these in pairs.
void layer_norm_backward(const float* dy, const float* x, const float* weight,
                         const RowScale* scales, float* dx, double* dweight, double* dbias,
                         int64_t rows, int64_t n, bool past_caches = false);
void layer_norm_backward(const double* dy, const double* x, const double* weight,
                         const RowScale* scales, double* dx, double* dweight, double* dbias,
                         int64_t rows, int64_t n, bool past_caches = false);

}  // namespace wick::kernels
