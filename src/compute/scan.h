// Running sums.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// out[.., i, ..] = the sum of x[.., 0 .. i, ..] along `dim`. Out is contiguous and has a floating
/// x's dtype, which is added in double, or int64, which wraps around.
struct Scan {
  static constexpr std::string_view name = "scan";
  int64_t dim;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
