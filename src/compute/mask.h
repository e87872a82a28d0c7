// Elements that a mask chooses. Masks are bool or uint8.
#pragma once

#include "compute/primitive.h"
#include "wick/scalar.h"

namespace wick::compute {

/// out = mask ? value : x, broadcast; x has out's dtype and may be out.
struct MaskedFill {
  static constexpr std::string_view name = "masked_fill";
  Scalar value;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& mask) const;
};

// No primitives, because the shapes of the results depend on elements: for tensors on the cpu.

/// The positions of a contiguous mask's elements that are not 0, in order: int64 [count, rank].
Tensor nonzero(const Tensor& mask);

/// The elements of x where the mask is not 0, in order: [count]. Both are contiguous, of one shape.
Tensor masked_select(const Tensor& x, const Tensor& mask);

}  // namespace wick::compute
