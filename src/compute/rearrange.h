// New tensors whose elements are those of others in another order.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// out = the parts one after another along `dim`, converted. Their other sizes are out's; parts
/// without elements may have any shape.
struct Concatenate {
  static constexpr std::string_view name = "concatenate";
  int64_t dim;
  void operator()(const Tensor& out, std::span<const Tensor> parts) const;
};

/// out[i] = x[i mod x's sizes]: x over and over, in each dimension. x has at most out's dimensions
/// and is seen with ones in front; out's sizes are multiples of x's. out is contiguous and of x's
/// dtype.
struct Repeat {
  static constexpr std::string_view name = "repeat";
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// out[i] = x[size - 1 - i] in the dimensions whose bits are set in `dims`, for x of out's shape
/// and dtype.
struct Flip {
  static constexpr std::string_view name = "flip";
  uint32_t dims;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// out[(i + shifts) mod sizes] = x[i], for x of out's shape and dtype; a shift for each dimension,
/// in [0, size).
struct Roll {
  static constexpr std::string_view name = "roll";
  Shape shifts;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// Of each matrix, columns [0, row + diagonal] (lower) or [row + diagonal, columns) of each row,
/// and zeros elsewhere, for x of out's shape and dtype, of at least two dimensions. out is
/// contiguous.
struct Triangle {
  static constexpr std::string_view name = "triangle";
  int64_t diagonal;
  bool lower;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
