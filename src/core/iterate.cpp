#include "core/iterate.h"

#include <algorithm>
#include <array>

#include "core/layout.h"
#include "core/tensor_impl.h"

namespace wick::core {
namespace {

constexpr size_t max_operands = 4;

/// The loop nest after reordering and merging; dimension 0 is the innermost.
struct Nest {
  size_t rank = 0;
  size_t operands = 0;
  std::array<int64_t, Shape::max_rank> sizes{};
  std::array<std::array<int64_t, max_operands>, Shape::max_rank> strides{};

  void push(int64_t size, const std::array<int64_t, max_operands>& steps) {
    if (rank > 0 && follows(steps)) {
      sizes[rank - 1] *= size;
      return;
    }
    sizes[rank] = size;
    strides[rank] = steps;
    ++rank;
  }
  /// True if a dim with `steps` continues the last one without a gap in every operand.
  bool follows(const std::array<int64_t, max_operands>& steps) const {
    for (size_t k = 0; k < operands; ++k)
      if (steps[k] != strides[rank - 1][k] * sizes[rank - 1]) return false;
    return true;
  }
};

Nest make_nest(const Shape& shape, std::span<const Operand> operands) {
  std::array<size_t, Shape::max_rank> order{};
  size_t n = 0;
  for (size_t i = shape.size(); i-- > 0;)
    if (shape.begin()[i] != 1) order[n++] = i;
  const auto inner_first = [&](size_t a, size_t b) {
    for (const Operand& op : operands) {
      const int64_t sa = std::abs(op.strides.begin()[a]);
      const int64_t sb = std::abs(op.strides.begin()[b]);
      if (sa != sb && sa != 0 && sb != 0) return sa < sb;
    }
    return false;
  };
  // Insertion sort: the comparison is no strict weak order when strides of 0 are skipped.
  for (size_t i = 1; i < n; ++i)
    for (size_t j = i; j > 0 && inner_first(order[j], order[j - 1]); --j)
      std::swap(order[j], order[j - 1]);
  Nest nest;
  nest.operands = operands.size();
  for (size_t i = 0; i < n; ++i) {
    std::array<int64_t, max_operands> steps{};
    for (size_t k = 0; k < operands.size(); ++k) steps[k] = operands[k].strides.begin()[order[i]];
    nest.push(shape.begin()[order[i]], steps);
  }
  if (nest.rank == 0) nest.push(1, {});
  return nest;
}

/// Runs over flat positions [begin, end) of the nest.
void walk(const Nest& nest, const std::array<char*, max_operands>& base, int64_t begin, int64_t end,
          Run run) {
  std::array<int64_t, Shape::max_rank> at{};
  std::array<char*, max_operands> data = base;
  int64_t rest = begin;
  for (size_t d = 0; d < nest.rank; ++d) {
    at[d] = rest % nest.sizes[d];
    rest /= nest.sizes[d];
    for (size_t k = 0; k < nest.operands; ++k) data[k] += at[d] * nest.strides[d][k];
  }
  for (int64_t left = end - begin; left > 0;) {
    const int64_t n = std::min(left, nest.sizes[0] - at[0]);
    run(data.data(), nest.strides[0].data(), n);
    left -= n;
    // Carry into the outer dimensions.
    int64_t step = n;
    for (size_t d = 0; d < nest.rank; ++d) {
      at[d] += step;
      for (size_t k = 0; k < nest.operands; ++k) data[k] += step * nest.strides[d][k];
      if (at[d] < nest.sizes[d]) break;
      for (size_t k = 0; k < nest.operands; ++k) data[k] -= at[d] * nest.strides[d][k];
      at[d] = 0;
      step = 1;
    }
  }
}

}  // namespace

Operand operand(const Tensor& x, const Shape& shape) {
  const TensorImpl& impl = x.impl();
  Operand op{impl.data(), broadcast_strides(impl.shape, impl.strides, shape)};
  const auto size = static_cast<int64_t>(element_size(impl.dtype));
  // Unsigned: a dimension of size 0 or 1 may have any stride, and the product is never used.
  for (int64_t& stride : op.strides)
    stride = static_cast<int64_t>(static_cast<uint64_t>(stride) * static_cast<uint64_t>(size));
  return op;
}

void for_each_run(const Shape& shape, std::span<const Operand> operands, int64_t grain, Run run) {
  const int64_t total = shape.numel();
  if (total == 0) return;
  const Nest nest = make_nest(shape, operands);
  std::array<char*, max_operands> base{};
  for (size_t k = 0; k < operands.size(); ++k) base[k] = operands[k].data;
  parallel_for(total, grain,
               [&](int64_t begin, int64_t end) { walk(nest, base, begin, end, run); });
}

Strides result_strides(const Shape& shape, std::span<const Tensor> inputs) {
  for (const Tensor& x : inputs)
    if (x.defined() && x.shape() == shape && is_dense(shape, x.strides())) {
      if (x.is_contiguous()) break;
      return x.strides();
    }
  return contiguous_strides(shape);
}

}  // namespace wick::core
