// The largest and smallest elements, and where they are. A nan is both.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// out = the largest or smallest element of each line of x along the dimensions in `mask`, none of
/// them empty. Any dtype; out is contiguous and has x's.
struct MinMax {
  static constexpr std::string_view name = "minmax";
  uint32_t mask;
  bool largest;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// indices = the positions of the first such elements in their lines, in int64; values = the
/// elements, unless undefined. As MinMax.
struct ArgMinMax {
  static constexpr std::string_view name = "argminmax";
  static constexpr size_t outputs = 2;
  uint32_t mask;
  bool largest;
  void operator()(const Tensor& indices, const Tensor& values, const Tensor& x) const;
};

}  // namespace wick::compute
