// Sorting, and the k largest.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// The first elements of x along `dim`, in order, as many as the results have there: indices =
/// their positions, in int64; values = the elements, unless undefined. Any dtype; nan counts as the
/// largest, equals keep their order.
struct Sort {
  static constexpr std::string_view name = "sort";
  static constexpr size_t outputs = 2;
  int64_t dim;
  bool descending;
  void operator()(const Tensor& indices, const Tensor& values, const Tensor& x) const;
};

}  // namespace wick::compute
