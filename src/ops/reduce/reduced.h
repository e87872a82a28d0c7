// What the derivatives of reductions share.
#pragma once

#include "compute/lines.h"

namespace wick::ops {

/// g, of a reduction's result, with 1 in place of the dimensions that were reduced.
Tensor with_kept_dims(const Tensor& g, const Shape& shape, uint32_t mask);

/// g * numerator / denominator, for the half types in float32: a count may be more than they hold.
Tensor scaled_gradient(const Tensor& g, double numerator, double denominator);

/// The dimensions in `mask`, as an argument for a reduction.
Dims dims_of(uint32_t mask, size_t rank);

}  // namespace wick::ops
