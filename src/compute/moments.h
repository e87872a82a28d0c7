// Variances, standard deviations and norms.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// out = sum((x - mean(x))^2) / max(0, n - correction) over the n elements of each line along the
/// dimensions in `mask`, or the root of that. Floating; out is contiguous and has x's dtype.
struct Variance {
  static constexpr std::string_view name = "variance";
  uint32_t mask;
  int64_t correction;
  bool root;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// out = sum(|x|^p)^(1/p) of each line, for p = 0 the number of elements that are not 0, for inf
/// and -inf the largest and the smallest |x|; 0 for lines without elements. As Variance.
struct Norm {
  static constexpr std::string_view name = "norm";
  uint32_t mask;
  double p;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
