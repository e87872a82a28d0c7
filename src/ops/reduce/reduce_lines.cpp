#include "ops/reduce/reduce_lines.h"

#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

bool in_mask(uint32_t mask, int64_t dim) { return (mask >> dim) & 1U; }

/// Reads a contiguous x as [outer, n, inner], if the reduced dimensions stand together.
bool split(const Shape& shape, uint32_t mask, Lines& lines) {
  lines.outer = lines.n = lines.inner = 1;
  int64_t* current = &lines.outer;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (shape[i] == 1) continue;
    if (in_mask(mask, i)) {
      if (current == &lines.inner) return false;
      current = &lines.n;
    } else if (current == &lines.n) {
      current = &lines.inner;
    }
    *current *= shape[i];
  }
  return true;
}

}  // namespace

Lines lines_of(const Tensor& x, uint32_t mask) {
  const NoGradGuard guard;
  Lines lines;
  lines.x = x;
  if (x.is_contiguous() && split(x.shape(), mask, lines)) return lines;
  Shape kept, reduced;
  for (int64_t i = 0; i < x.dim(); ++i) (in_mask(mask, i) ? reduced : kept).push_back(i);
  const auto joined = [](Shape a, const Shape& b) {
    for (const int64_t dim : b) a.push_back(dim);
    return a;
  };
  int64_t n = 1;
  for (const int64_t dim : reduced) n *= x.shape()[dim];
  int64_t count = 1;
  for (const int64_t dim : kept) count *= x.shape()[dim];
  const Tensor columns = x.permute(joined(reduced, kept));
  if (columns.is_contiguous()) return {columns, 1, n, count};
  return {x.permute(joined(kept, reduced)).contiguous(), count, n, 1};
}

Shape reduced_shape(const Shape& shape, uint32_t mask, bool keepdim) {
  Shape result;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (!in_mask(mask, i))
      result.push_back(shape[i]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

Tensor with_kept_dims(const Tensor& g, const Shape& shape, uint32_t mask) {
  return reshape(g, reduced_shape(shape, mask, true));
}

Tensor scaled_gradient(const Tensor& g, double numerator, double denominator) {
  const bool half = g.dtype() == DType::float16 || g.dtype() == DType::bfloat16;
  const Tensor wide = half ? g.to(DType::float32) : g;
  const Tensor result = (numerator == 1 ? wide : wide * numerator) / denominator;
  return half ? result.to(g.dtype()) : result;
}

int64_t reduced_count(const Shape& shape, uint32_t mask) {
  int64_t count = 1;
  for (size_t d = 0; d < shape.size(); ++d)
    if (mask >> d & 1) count *= shape.begin()[d];
  return count;
}

Dims dims_of(uint32_t mask, size_t rank) {
  Shape dims;
  for (size_t d = 0; d < rank; ++d)
    if (mask >> d & 1) dims.push_back(static_cast<int64_t>(d));
  return Dims(dims);
}

bool reduces_nothing(const Shape& shape, uint32_t mask) {
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    if (in_mask(mask, i) && shape[i] == 0) return true;
  return false;
}

Tensor as_dtype(const Tensor& x, DType dtype) {
  const NoGradGuard guard;
  return x.to(dtype);
}

Tensor as_computed(const Tensor& x) {
  return is_floating_point(x.dtype()) && element_size(x.dtype()) == 2 ? as_dtype(x, DType::float32)
                                                                      : x;
}

}  // namespace wick::ops
