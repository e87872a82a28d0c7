// Sums, means, products, and whether any or all elements are true.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

enum class Reduction : uint8_t { sum, mean, prod, any, all };

/// out = x reduced over the dimensions in `mask`. Out is contiguous and has reduced_shape(), with
/// the dimensions kept or not.
/// - sum, prod: x, of any dtype, is converted to out's dtype first. Integers wrap around.
/// - mean: the same, with a floating dtype.
/// - any, all: out is bool or uint8.
struct Reduce {
  static constexpr std::string_view name = "reduce";
  Reduction kind;
  uint32_t mask;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
