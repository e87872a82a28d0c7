#include "ops/reduce/reduced.h"

#include "wick/ops.h"

namespace wick::ops {

Tensor with_kept_dims(const Tensor& g, const Shape& shape, uint32_t mask) {
  return reshape(g, compute::reduced_shape(shape, mask, true));
}

Tensor scaled_gradient(const Tensor& g, double numerator, double denominator) {
  const bool half = g.dtype() == DType::float16 || g.dtype() == DType::bfloat16;
  const Tensor wide = half ? g.to(DType::float32) : g;
  const Tensor result = (numerator == 1 ? wide : wide * numerator) / denominator;
  return half ? result.to(g.dtype()) : result;
}

Dims dims_of(uint32_t mask, size_t rank) {
  Shape dims;
  for (size_t d = 0; d < rank; ++d)
    if (mask >> d & 1) dims.push_back(static_cast<int64_t>(d));
  return Dims(dims);
}

}  // namespace wick::ops
