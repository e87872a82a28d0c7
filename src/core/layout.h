// Shapes and strides: pure functions, no memory.
#pragma once

#include <optional>

#include "wick/shape.h"

namespace wick::core {

/// Row-major strides.
Strides contiguous_strides(const Shape& shape);
/// The same, written over what `strides` holds.
void write_contiguous_strides(const Shape& shape, Strides& strides);
bool is_contiguous(const Shape& shape, const Strides& strides);
/// True if the elements fill a block of memory without gaps or overlap, in any order of dims.
bool is_dense(const Shape& shape, const Strides& strides);
/// True if two positions surely share an element: a stride of 0 in a dimension larger than 1.
bool has_overlap(const Shape& shape, const Strides& strides);

/// `dim` counted from the front; throws IndexError unless -rank <= dim < rank (a 0-d tensor counts
/// as 1-d, as in PyTorch).
int64_t wrap_dim(int64_t dim, size_t rank);
/// One bit per dimension in `dims`, all if empty; throws on repetition.
uint32_t dim_mask(const Dims& dims, size_t rank);

/// Strides with which a tensor of `shape` reads as `target`: 0 where a dimension is repeated. The
/// shapes must broadcast.
Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& target);

/// `shape` with its -1 replaced so that it has `numel` elements; throws ShapeError.
Shape infer_shape(const Shape& shape, int64_t numel);
/// The strides that show the elements of (shape, strides) as `target` without copying, if any.
std::optional<Strides> view_strides(const Shape& shape, const Strides& strides,
                                    const Shape& target);

/// a b and a + b, wrapping around: what an empty tensor's strides, and those of dimensions of size
/// 1, come to is never used.
inline int64_t wrapping_product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

/// Lowest and highest element offset that (shape, strides) reaches; {0, -1} if there are none.
struct Extent {
  int64_t low = 0;
  int64_t high = -1;
};
/// Throws ShapeError if an offset does not fit in 64 bits.
Extent extent(const Shape& shape, const Strides& strides);

/// sum |product| checks: throws ShapeError if shape has a negative size, or more than 2^63 - 1
/// bytes.
void check_size(const Shape& shape, size_t element_size);

}  // namespace wick::core
