#include "compute/lines.h"

namespace wick::compute {
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
  const Tensor columns = permuted(x, joined(reduced, kept));
  if (columns.is_contiguous()) return {columns, 1, n, count};
  return {contiguous(permuted(x, joined(kept, reduced))), count, n, 1};
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

int64_t reduced_count(const Shape& shape, uint32_t mask) {
  int64_t count = 1;
  for (size_t d = 0; d < shape.size(); ++d)
    if (mask >> d & 1) count *= shape.begin()[d];
  return count;
}

bool reduces_nothing(const Shape& shape, uint32_t mask) {
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    if (in_mask(mask, i) && shape[i] == 0) return true;
  return false;
}

}  // namespace wick::compute
