// How an index such as x(i, slice(1, 4), mask) is understood, for reading and for writing.
#pragma once

#include <vector>

#include "core/tensor_impl.h"
#include "kernels/index/index.h"
#include "ops/arguments.h"
#include "wick/autograd.h"

namespace wick::ops {

/// Positions in one dimension of the view.
struct DimIndex {
  Tensor positions;    // int64, to be broadcast with the others; undefined where all are meant
  int64_t origin = 0;  // the dimension of the indexed tensor, for messages
};

/// An index in two steps: a view, and tensors that pick from it.
struct ParsedIndex {
  Tensor view;                 // after integers, slices and new axes
  std::vector<DimIndex> dims;  // one for each dimension of the view, or none if nothing is picked
};

/// Throws IndexError for whatever does not fit x, but for positions out of range: see PickPlan.
ParsedIndex parse_index(const Tensor& x, const std::vector<Index>& indices);

/// Which elements of the view are meant, in the order of the result. All positions are checked when
/// it is made; negative ones count from the end.
struct PickPlan {
  explicit PickPlan(const ParsedIndex& parsed);

  Shape shape;                  // of the result
  std::vector<int64_t> picked;  // offsets in elements; empty for meta
  kernels::Walk outer;          // dimensions in front of the picked ones
  kernels::Runs inner;          // the other dimensions

  kernels::Places places() const { return {outer, picked, inner}; }
};

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

/// Throws IndexError unless all of `index` (int64, or int32; not meta) is in [low, size).
void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim);

}  // namespace wick::ops
