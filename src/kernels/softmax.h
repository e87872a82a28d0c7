#pragma once
// Normalising rows: softmax, its logarithm, and layer normalisation. Serial; x and y do not
// overlap.

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

}  // namespace wick::kernels
