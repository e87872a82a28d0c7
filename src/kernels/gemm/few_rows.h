#pragma once

#include <cstdint>

/// Products of a few rows with weights as they are: what such a product waits for is the weights,
/// which are read once, and copying them into another layout first would cost more than it brings.
namespace wick::kernels {

/// Rows x[m, k], ldx elements apart, and weights w[n, k], ldw elements apart; contiguous along k.
struct FewRows {
  int64_t m, k;
  const float* x;
  int64_t ldx;
  const float* w;
  int64_t ldw;
  const float* bias;  ///< [n], or null
  float* y;           ///< [m, n], rows ldy elements apart
  int64_t ldy;
};

/// y[i, j] = x[i] . w[j] + bias[j] for all rows i and the weights begin <= j < end. Serial. An
/// element has the same bits whatever m and the bounds are.
void few_rows_linear(const FewRows& p, int64_t begin, int64_t end);

}  // namespace wick::kernels
