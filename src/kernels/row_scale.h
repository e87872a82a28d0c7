#pragma once
// What layer normalisation subtracts from a row and multiplies it by.

#include <cmath>
#include <cstdint>

#include "kernels/reduce.h"

namespace wick::kernels {

struct RowScale {
  double mean;
  double scale;  ///< 1 / sqrt(var + eps)
};

/// Those of n >= 1 elements, with the biased variance. Serial.
template <class T>
RowScale row_scale(const T* x, int64_t n, double eps) {
  const auto count = static_cast<double>(n);
  // Seen from the first element, a constant row has the deviation 0 exactly.
  const auto first = static_cast<double>(x[0]);
  const double mean = first + sum(Term::deviation, x, n, first) / count;
  const double variance = sum(Term::deviation_square, x, n, mean) / count;
  // PyTorch keeps the variance in T, so that a row whose variance overflows becomes zeros.
  const bool overflows = std::isinf(static_cast<T>(variance));
  return {mean, overflows ? 0.0 : 1.0 / std::sqrt(variance + eps)};
}

}  // namespace wick::kernels
