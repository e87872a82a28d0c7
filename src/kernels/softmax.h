#pragma once
// Normalising rows: softmax, its logarithm, and layer normalisation, with their derivatives.
// Serial; x and y do not overlap.

#include <cstdint>

namespace wick::kernels {

/// y = exp(x - max) / sum(exp(x - max)) for each of `rows` rows of n elements. A row of -inf only,
/// or with nan or +inf in it, becomes nan.
void softmax(const float* x, float* y, int64_t rows, int64_t n);
void softmax(const double* x, double* y, int64_t rows, int64_t n);

/// y = x - max - log(sum(exp(x - max))), likewise.
void log_softmax(const float* x, float* y, int64_t rows, int64_t n);
void log_softmax(const double* x, double* y, int64_t rows, int64_t n);

/// The sum of exp(x[i] - shift) over n elements.
double exp_sum(const float* x, int64_t n, float shift);
double exp_sum(const double* x, int64_t n, double shift);

/// y = (x - mean) / sqrt(var + eps) * weight + bias for each of `rows` rows of n >= 1 elements,
/// with mean and (biased) variance of the row, in double. weight and bias have n elements or are
/// null.
void layer_norm(const float* x, float* y, int64_t rows, int64_t n, const float* weight,
                const float* bias, double eps);
void layer_norm(const double* x, double* y, int64_t rows, int64_t n, const double* weight,
                const double* bias, double eps);

/// dx = y * (dy - sum(y * dy)) for each of `rows` rows of n elements, y being softmax's result. The
/// sum and what follows are in double, rounded once. dx may be dy.
void softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n);
void softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n);

/// dx = dy - exp(y) * sum(dy), likewise, y being log_softmax's result. exp(y) is within 4e-8 of
/// its true value, relatively, and so is exp(y) - 1 near 0: where dy is 1 and the rest of the row
/// 0, dx is -expm1(y).
void log_softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n);
void log_softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n);

/// The derivatives of layer_norm(). With s = 1 / sqrt(var + eps), z = (x - mean) * s and
/// g = dy * weight, in double, for each of `rows` rows of n >= 1 elements:
///   dx = s * (g - mean(g) - z * mean(g * z))
///   dweight += dy * z
///   dbias += dy
/// weight is null for ones. dx, dweight, dbias are null if not wanted; dx may be dy. A row whose
/// variance overflows has s = 0, as forward. x is read again rather than s and the mean saved.
///
/// dweight and dbias (n doubles each, to be zeroed first) take the rows in their order. For sums
/// that do not depend on the number of threads, cut the rows into blocks of a fixed size, give each
/// block arrays of its own, and add these in pairs.
void layer_norm_backward(const float* dy, const float* x, const float* weight, double eps,
                         float* dx, double* dweight, double* dbias, int64_t rows, int64_t n);
void layer_norm_backward(const double* dy, const double* x, const double* weight, double eps,
                         double* dx, double* dweight, double* dbias, int64_t rows, int64_t n);

}  // namespace wick::kernels
