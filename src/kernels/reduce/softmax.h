#pragma once
// Softmax of rows, and its logarithm, with their derivatives. Serial; x and y do not overlap. With
// `past_caches`, results are written past the caches: for those that are larger than they are.

#include <cstdint>

namespace wick::kernels {

/// y = exp(x - max) / sum(exp(x - max)) for each of `rows` rows of n elements. A row of -inf only,
/// or with nan or +inf in it, becomes nan.
void softmax(const float* x, float* y, int64_t rows, int64_t n, bool past_caches = false);
void softmax(const double* x, double* y, int64_t rows, int64_t n, bool past_caches = false);

/// y = x - max - log(sum(exp(x - max))), likewise.
void log_softmax(const float* x, float* y, int64_t rows, int64_t n, bool past_caches = false);
void log_softmax(const double* x, double* y, int64_t rows, int64_t n, bool past_caches = false);

/// The same along columns: of `cols` <= softmax_columns_at_once columns of n elements, which stand
/// `stride` apart in x and in y.
inline constexpr int64_t softmax_columns_at_once = 512;
void softmax_columns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride);
void log_softmax_columns(const float* x, float* y, int64_t n, int64_t cols, int64_t stride);

/// The sum of exp(x[i] - shift) over n elements, none of which is above shift; not for an infinite
/// shift.
double exp_sum(const float* x, int64_t n, float shift);
double exp_sum(const double* x, int64_t n, double shift);

/// dx = y * (dy - sum(y * dy)) for each of `rows` rows of n elements, y being softmax's result. The
/// sum and what follows are in double, rounded once. dx may be dy.
void softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                      bool past_caches = false);
void softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                      bool past_caches = false);

/// dx = dy - exp(y) * sum(dy), likewise, y being log_softmax's result. exp(y) is within 4e-8 of
/// its true value, relatively, and so is exp(y) - 1 near 0: where dy is 1 and the rest of the row
/// 0, dx is -expm1(y).
void log_softmax_backward(const float* dy, const float* y, float* dx, int64_t rows, int64_t n,
                          bool past_caches = false);
void log_softmax_backward(const double* dy, const double* y, double* dx, int64_t rows, int64_t n,
                          bool past_caches = false);

/// The same along columns, as softmax_columns().
void softmax_backward_columns(const float* dy, const float* y, float* dx, int64_t n, int64_t cols,
                              int64_t stride);
void log_softmax_backward_columns(const float* dy, const float* y, float* dx, int64_t n,
                                  int64_t cols, int64_t stride);

}  // namespace wick::kernels
