// How an index such as x(i, slice(1, 4), mask) is understood, for reading and for writing.
#pragma once

#include <vector>

#include "core/tensor_impl.h"
#include "ops/arguments.h"
#include "wick/autograd.h"

namespace wick::ops {

/// An index in two steps: a view, and tensors that pick from it.
struct ParsedIndex {
  Tensor view;  // after integers, slices and new axes

  /// For each dimension of the view, int64 positions, to be broadcast with the others, or an
  /// undefined tensor where all are meant; empty if nothing is picked.
  std::vector<Tensor> positions;
  Shape origins;  // the dimensions of the indexed tensor, for messages
};

/// Throws IndexError for whatever does not fit x, but for positions out of range: see picked_shape.
ParsedIndex parse_index(const Tensor& x, const std::vector<Index>& indices);

/// The shape of what is picked. Throws IndexError unless all positions are in range, if they are
/// known; negative ones count from the end.
Shape picked_shape(const ParsedIndex& parsed);

/// Indices that a derivative needs; `get` throws Error if one was written to since.
class SavedIndices {
 public:
  explicit SavedIndices(const std::vector<Index>& indices);
  /// Those that pick from the view.
  explicit SavedIndices(const ParsedIndex& parsed);
  const std::vector<Index>& get() const;

 private:
  std::vector<Index> indices_;
  std::vector<autograd::Saved> tensors_;
};

/// The gradient of a tensor of shape `whole` of which an op took parts: add(to) adds what is known
/// to zeros. Or to what other ops have left, so that the parts of many cost no more than the whole;
/// undefined then, as `wrt` expects.
template <class F>
Tensor added_to_gradient(const Tensor& g, const autograd::SumSoFar& so_far, const Shape& whole,
                         F add) {
  if (so_far.get().defined()) {
    add(so_far.get());
    return {};
  }
  const Tensor result = new_zeros(g, whole);
  add(result);
  return result;
}

/// The sum of g's elements at the places that `index` (int64, of g's shape) names along `dim` of a
/// tensor of zeros of `shape`: what gather is the derivative of, and the other way round. For
/// derivatives: see added_to_gradient.
Tensor scatter_sum(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& g,
                   const autograd::SumSoFar& so_far);

/// Throws IndexError unless all of `index` (int64, or int32) is in [low, size), as far as is known.
void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim);

}  // namespace wick::ops
