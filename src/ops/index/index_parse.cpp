// How an index is understood, and its checks.
#include "compute/index.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/index/index.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::ops {
namespace {

using core::fail;

/// How many dimensions of x an entry uses up.
int64_t dims_used(const Index& index) {
  switch (index.kind) {
    case Index::Kind::number:
    case Index::Kind::range:
      return 1;
    case Index::Kind::new_axis:
    case Index::Kind::dots:
      return 0;
    case Index::Kind::picked:
      break;
  }
  return is_mask(index.tensor) ? index.tensor.dim() : 1;
}

class Parser {
 public:
  explicit Parser(const Tensor& x) : rank_(x.dim()), view_(x) {}

  ParsedIndex run(const std::vector<Index>& indices) {
    check(indices);
    for (const Index& index : indices) {
      switch (index.kind) {
        case Index::Kind::number:
          number(index.integer);
          break;
        case Index::Kind::range:
          range(index.range);
          break;
        case Index::Kind::new_axis:
          view_ = unsqueeze(view_, dim_++);
          break;
        case Index::Kind::dots:
          dim_ += rank_ - used_;
          origin_ += rank_ - used_;
          break;
        case Index::Kind::picked:
          tensor(index.tensor);
          break;
      }
    }
    return finish();
  }

 private:
  struct Entry {
    Tensor index;
    int64_t dim, origin;
  };

  void check(const std::vector<Index>& indices) {
    int64_t dots = 0;
    bool meta = false;
    for (const Index& index : indices) {
      used_ += dims_used(index);
      dots += index.kind == Index::Kind::dots;
      meta = meta || (index.kind == Index::Kind::picked && index.tensor.is_meta());
    }
    if (dots > 1) fail<IndexError>("an index can only have a single ellipsis ('...')");
    if (rank_ == 0 && indices.size() == 1 && used_ == 1) {
      if (indices[0].kind == Index::Kind::range)
        fail<IndexError>("slice() cannot be applied to a 0-dim tensor.");
      if (indices[0].kind == Index::Kind::number || indices[0].tensor.dim() == 0)
        fail<IndexError>(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` "
            "in C++ to convert a 0-dim tensor to a number");
    }
    if (used_ > rank_) fail<IndexError>("too many indices for tensor of dimension {}", rank_);
    if (meta) view_ = to(view_, Device::meta);
  }

  void number(int64_t i) {
    const int64_t size = view_.size(dim_);
    if (i < -size || i >= size)
      fail<IndexError>("index {} is out of bounds for dimension {} with size {}", i, origin_, size);
    view_ = select(view_, dim_, i);
    ++origin_;
  }

  void range(const Slice& range) {
    if (range.step <= 0) fail<ValueError>("step must be greater than zero");
    if (range.start || range.stop || range.step != 1)
      view_ = slice(view_, dim_, range.start, range.stop, range.step);
    ++dim_;
    ++origin_;
  }

  void tensor(const Tensor& index) {
    if (is_mask(index)) {
      if (index.is_meta())
        fail<TypeError>(
            "indexing with a mask on the meta device: the shape of the result depends on the "
            "mask's elements, and it has none; use where() or masked_fill(), or a mask on the cpu");
      if (index.dtype() == DType::uint8)
        warn("dtype",
             "indexing with dtype uint8 is now deprecated, please use a dtype bool instead.");
      // A mask of no dimensions says whether a new one has size 1 or 0.
      if (index.dim() == 0) view_ = unsqueeze(view_, dim_);
      entries_.push_back({index.dim() == 0 ? unsqueeze(index, 0) : index, dim_, origin_});
      dim_ += std::max<int64_t>(index.dim(), 1);
      origin_ += index.dim();
    } else if (wick::is_floating_point(index.dtype())) {
      fail<IndexError>("tensors used as indices must be long, byte or bool tensors, got {}",
                       name(index.dtype()));
    } else if (index.dim() == 0) {
      number_of(index);
    } else {
      entries_.push_back({to(index, DType::int64), dim_++, origin_++});
    }
  }

  void number_of(const Tensor& index) {
    if (!index.is_meta()) return number(index.item<int64_t>());
    if (compute::is_tracing())
      fail<TypeError>(
          "indexing with a 0-dim tensor, which picks a view by the value of its element, while "
          "elements are not known; use index_select()");
    if (view_.size(dim_) == 0) fail<IndexError>("index is out of bounds for dimension with size 0");
    number(0);  // any number gives the same shape
  }

  ParsedIndex finish() {
    ParsedIndex result{view_, {}, {}};
    if (entries_.empty()) return result;
    result.positions.resize(view_.shape().size());
    result.origins = Shape::filled(view_.shape().size(), 0);
    for (const Entry& entry : entries_) {
      if (is_mask(entry.index)) {
        mask(entry, result);
      } else {
        result.positions[static_cast<size_t>(entry.dim)] = entry.index;
        result.origins[entry.dim] = entry.origin;
      }
    }
    return result;
  }

  void mask(const Entry& entry, ParsedIndex& result) const {
    const int64_t rank = entry.index.dim();
    for (int64_t j = 0; j < rank; ++j)
      if (entry.index.size(j) != view_.size(entry.dim + j))
        fail<IndexError>(
            "The shape of the mask {} at index {} does not match the shape of the indexed tensor "
            "{} at index {}",
            entry.index.shape(), j, view_.shape(), entry.dim + j);
    const Tensor positions = nonzero(entry.index);
    for (int64_t j = 0; j < rank; ++j) {
      result.positions[static_cast<size_t>(entry.dim + j)] = select(positions, 1, j);
      result.origins[entry.dim + j] = entry.origin + j;
    }
  }

  int64_t rank_;
  int64_t used_ = 0;
  Tensor view_;
  int64_t dim_ = 0;     // where the next entry applies in the view
  int64_t origin_ = 0;  // and in x
  std::vector<Entry> entries_;
};

/// The shape that the index tensors broadcast to.
Shape common_shape(const std::vector<Tensor>& positions) {
  Shape shape;
  try {
    for (const Tensor& x : positions)
      if (x.defined()) shape = shape.empty() ? x.shape() : broadcast_shapes(shape, x.shape());
  } catch (const ShapeError&) {
    std::string shapes;
    for (const Tensor& x : positions)
      if (x.defined()) shapes += (shapes.empty() ? "" : ", ") + x.shape().to_string();
    fail<IndexError>(
        "shape mismatch: indexing tensors could not be broadcast together with shapes {}", shapes);
  }
  return shape;
}

}  // namespace

ParsedIndex parse_index(const Tensor& x, const std::vector<Index>& indices) {
  return Parser(x).run(indices);
}

Shape picked_shape(const ParsedIndex& parsed) {
  const Shape& sizes = parsed.view.shape();
  const Shape common = common_shape(parsed.positions);
  const size_t front = compute::kept_in_front(parsed.positions);
  Shape shape;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (d == front)
      for (const int64_t size : common) shape.push_back(size);
    const int64_t size = sizes.begin()[d];
    const Tensor& positions = parsed.positions[d];
    if (!positions.defined()) {
      shape.push_back(size);
      continue;
    }
    if (size == 0 && positions.numel() > 0)
      fail<IndexError>("index is out of bounds for dimension with size 0");
    check_positions(positions, -size, size, parsed.origins.begin()[d]);
  }
  core::check_size(shape, element_size(parsed.view.dtype()));
  return shape;
}

void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim) {
  if (index.is_meta()) return;  // which is only known where there are elements
  compute::check_positions(index, low, size, dim);
}

}  // namespace wick::ops
