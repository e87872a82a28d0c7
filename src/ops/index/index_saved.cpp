// What the derivatives of indexing need.
#include "ops/arguments.h"
#include "ops/index/index.h"
#include "wick/ops.h"

namespace wick::ops {

SavedIndices::SavedIndices(const std::vector<Index>& indices) : indices_(indices) {
  for (const Index& index : indices)
    if (index.kind == Index::Kind::picked) tensors_.emplace_back(index.tensor);
}

SavedIndices::SavedIndices(const ParsedIndex& parsed) {
  for (const Tensor& positions : parsed.positions) {
    if (positions.defined()) {
      indices_.emplace_back(positions);
      tensors_.emplace_back(positions);
    } else {
      indices_.emplace_back(all);
    }
  }
}

const std::vector<Index>& SavedIndices::get() const {
  for (const autograd::Saved& tensor : tensors_) static_cast<void>(tensor.get());
  return indices_;
}

Tensor scatter_sum(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& g,
                   const autograd::SumSoFar& so_far) {
  if (g.numel() == 0) return ops::new_zeros(g, shape);
  if (shape.empty()) return ops::new_zeros(g, shape) + sum(g);
  std::vector<Index> places;
  for (int64_t d = 0; d < static_cast<int64_t>(shape.size()); ++d) {
    if (d == dim) {
      places.emplace_back(index);
      continue;
    }
    Shape along = Shape::filled(shape.size(), 1);
    along[d] = index.size(d);
    places.emplace_back(arange(index.size(d), {.device = g.device()}).view(along));
  }
  return added_to_gradient(g, so_far, shape,
                           [&](const Tensor& to) { to.index_put_(places, g, true); });
}

}  // namespace wick::ops
