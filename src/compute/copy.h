// Copies, conversions and fills.
#pragma once

#include "compute/primitive.h"
#include "wick/scalar.h"

namespace wick::compute {

/// out = x, broadcast and converted. The two do not overlap.
struct Copy {
  static constexpr std::string_view name = "copy";
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// Every element of out = value, converted.
struct Fill {
  static constexpr std::string_view name = "fill";
  Scalar value;
  void operator()(const Tensor& out) const;
};

// For the inside of primitives, on the cpu. They record nothing.

/// x itself if it is contiguous, otherwise a copy that is.
Tensor contiguous(const Tensor& x);

/// x itself if it has the dtype, otherwise converted; in x's layout if that is dense.
Tensor cast(const Tensor& x, DType dtype);

/// x in the dtype that it is computed in: float32 for the two half types.
Tensor as_computed(const Tensor& x);

/// A view of x as if it were repeated to `shape`, which it broadcasts to.
Tensor broadcast(const Tensor& x, const Shape& shape);

/// A view of x with its dimensions in another order.
Tensor permuted(const Tensor& x, const Shape& order);

}  // namespace wick::compute
