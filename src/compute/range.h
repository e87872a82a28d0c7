// Numbers at equal distances.
#pragma once

#include "compute/primitive.h"
#include "wick/scalar.h"

namespace wick::compute {

/// out[i] = start + i * step, converted; out is contiguous. Integers wrap around.
struct Range {
  static constexpr std::string_view name = "range";
  Scalar start, step;  // both integers or both floating
  void operator()(const Tensor& out) const;
};

/// out[i] = start + i * (end - start) / (n - 1), converted; out is contiguous, of n elements.
struct Linspace {
  static constexpr std::string_view name = "linspace";
  double start, end;
  void operator()(const Tensor& out) const;
};

}  // namespace wick::compute
