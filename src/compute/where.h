// Results that are one of the arguments.
#pragma once

#include "compute/elementwise.h"
#include "compute/primitive.h"
#include "wick/scalar.h"

namespace wick::compute {

/// out = condition ? x : y, all broadcast; the condition is bool or uint8, x and y have out's
/// dtype. Where one of them is undefined, its number, of that dtype, is meant.
struct Where {
  static constexpr std::string_view name = "where";
  Number number_x, number_y;
  void operator()(const Tensor& out, const Tensor& condition, const Tensor& x,
                  const Tensor& y) const;
};

/// out = min(max(x, low), high), of one shape and dtype, which is not bool. out may be x. The
/// bounds are integers that an integer dtype has, and floating (also infinite) for the others.
struct Clamp {
  static constexpr std::string_view name = "clamp";
  Scalar low, high;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
