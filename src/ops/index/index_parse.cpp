#include <array>
#include <atomic>

#include "core/check.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/index/indexing.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::ops {
namespace {

using core::fail;
using core::Operand;

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
    if (view_.size(dim_) == 0) fail<IndexError>("index is out of bounds for dimension with size 0");
    number(0);  // any number gives the same shape
  }

  ParsedIndex finish() {
    ParsedIndex result{view_, {}};
    if (entries_.empty()) return result;
    result.dims.resize(view_.shape().size());
    for (const Entry& entry : entries_) {
      if (is_mask(entry.index))
        mask(entry, result.dims);
      else
        result.dims[static_cast<size_t>(entry.dim)] = {entry.index, entry.origin};
    }
    return result;
  }

  void mask(const Entry& entry, std::vector<DimIndex>& dims) const {
    const int64_t rank = entry.index.dim();
    for (int64_t j = 0; j < rank; ++j)
      if (entry.index.size(j) != view_.size(entry.dim + j))
        fail<IndexError>(
            "The shape of the mask {} at index {} does not match the shape of the indexed tensor "
            "{} at index {}",
            entry.index.shape(), j, view_.shape(), entry.dim + j);
    const Tensor positions = nonzero(entry.index);
    for (int64_t j = 0; j < rank; ++j)
      dims[static_cast<size_t>(entry.dim + j)] = {select(positions, 1, j), entry.origin + j};
  }

  int64_t rank_;
  int64_t used_ = 0;
  Tensor view_;
  int64_t dim_ = 0;     // where the next entry applies in the view
  int64_t origin_ = 0;  // and in x
  std::vector<Entry> entries_;
};

/// The shape that the index tensors broadcast to.
Shape common_shape(const std::vector<DimIndex>& dims) {
  Shape shape;
  try {
    for (const DimIndex& d : dims)
      if (d.positions.defined()) shape = broadcast_shapes(shape, d.positions.shape());
  } catch (const ShapeError&) {
    std::string shapes;
    for (const DimIndex& d : dims)
      if (d.positions.defined())
        shapes += (shapes.empty() ? "" : ", ") + d.positions.shape().to_string();
    fail<IndexError>(
        "shape mismatch: indexing tensors could not be broadcast together with shapes {}", shapes);
  }
  return shape;
}

/// Adds stride * positions to the offsets, which have `shape`.
void add_offsets(std::vector<int64_t>& offsets, const Shape& shape, const Tensor& positions,
                 int64_t size, int64_t stride) {
  Operand out{reinterpret_cast<char*>(offsets.data()), core::contiguous_strides(shape)};
  for (int64_t& step : out.strides) step *= static_cast<int64_t>(sizeof(int64_t));
  const std::array<Operand, 2> operands{out, core::operand(positions, shape)};
  core::for_each_run(shape, operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       for (int64_t k = 0; k < n; ++k) {
                         int64_t position, offset;
                         std::memcpy(&position, data[1] + k * steps[1], sizeof position);
                         std::memcpy(&offset, data[0] + k * steps[0], sizeof offset);
                         offset += (position < 0 ? position + size : position) * stride;
                         std::memcpy(data[0] + k * steps[0], &offset, sizeof offset);
                       }
                     });
}

}  // namespace

ParsedIndex parse_index(const Tensor& x, const std::vector<Index>& indices) {
  return Parser(x).run(indices);
}

PickPlan::PickPlan(const ParsedIndex& parsed) {
  const TensorImpl& view = parsed.view.impl();
  const std::vector<DimIndex>& dims = parsed.dims;
  const size_t rank = dims.size();
  const Shape common = common_shape(dims);
  size_t first = rank, last = 0, count = 0;
  for (size_t d = 0; d < rank; ++d) {
    const Tensor& positions = dims[d].positions;
    if (!positions.defined()) continue;
    first = std::min(first, d);
    last = d;
    ++count;
    const int64_t size = view.shape.begin()[d];
    if (size == 0 && positions.numel() > 0)
      fail<IndexError>("index is out of bounds for dimension with size 0");
    if (!positions.is_meta()) check_positions(positions, -size, size, dims[d].origin);
  }
  // Picked dimensions that stand side by side are replaced where they are; else the new ones go
  // to the front.
  const size_t front = last - first + 1 == count ? first : 0;
  Shape sizes, strides;  // of the dimensions that are not picked
  for (size_t d = 0; d < rank; ++d) {
    if (dims[d].positions.defined()) continue;
    sizes.push_back(view.shape.begin()[d]);
    strides.push_back(view.strides.begin()[d]);
  }
  for (size_t d = 0; d < front; ++d) shape.push_back(sizes.begin()[d]);
  for (const int64_t size : common) shape.push_back(size);
  for (size_t d = front; d < sizes.size(); ++d) shape.push_back(sizes.begin()[d]);
  core::check_size(shape, element_size(view.dtype));
  if (parsed.view.is_meta() || shape.numel() == 0) return;

  picked.resize(static_cast<size_t>(common.numel()));
  for (size_t d = 0; d < rank; ++d)
    if (dims[d].positions.defined())
      add_offsets(picked, common, dims[d].positions, view.shape.begin()[d],
                  view.strides.begin()[d]);
  outer = kernels::Walk({sizes.begin(), front}, {strides.begin(), front});
  inner =
      kernels::Runs({sizes.begin() + front, sizes.end()}, {strides.begin() + front, strides.end()});
}

void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim) {
  const bool narrow = index.dtype() == DType::int32;
  std::atomic<bool> outside = false;
  const std::array<Operand, 1> operands{core::operand(index, index.shape())};
  const auto first = [&](const char* data, int64_t step, int64_t n) {
    return narrow ? kernels::first_outside<int32_t>(data, step, n, low, size)
                  : kernels::first_outside<int64_t>(data, step, n, low, size);
  };
  core::for_each_run(index.shape(), operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       if (first(data[0], steps[0], n) < n)
                         outside.store(true, std::memory_order_relaxed);
                     });
  if (!outside) return;
  // Named is the first in the index's own order, however many threads looked.
  const Tensor flat = contiguous(index);
  const int64_t at =
      first(core::bytes(flat), static_cast<int64_t>(element_size(flat.dtype())), flat.numel());
  const Scalar found = flat.view({-1}).select(0, at).item();
  fail<IndexError>("index {} is out of bounds for dimension {} with size {}", found.to_int64(), dim,
                   size);
}

}  // namespace wick::ops
