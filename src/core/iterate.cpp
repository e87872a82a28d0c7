#include "core/iterate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/layout.h"
#include "core/tensor_impl.h"
#include "kernels/copy/transpose.h"
#include "kernels/memory/scratch.h"
#include "kernels/simd/stream.h"

namespace wick::core {
namespace {

constexpr size_t max_operands = 4;

/// The loop nest after reordering and merging; dimension 0 is the innermost.
struct Nest {
  size_t rank = 0;
  size_t operands = 0;
  std::array<int64_t, Shape::max_rank> sizes{};
  std::array<std::array<int64_t, max_operands>, Shape::max_rank> strides{};
  std::array<int64_t, max_operands> readable{};

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
  for (size_t k = 0; k < operands.size(); ++k) nest.readable[k] = operands[k].readable;
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

/// A nest cut into tiles of dimension 0 and a dimension along which some operands are contiguous.
/// Those are transposed, tile by tile, into a buffer that is walked like the first operand.
class Tiles {
 public:
  explicit Tiles(const Nest& nest) : nest_(nest) {
    for (size_t k = 1; k < nest.operands && across_ == 0; ++k) across_ = across(k);
    if (across_ == 0) return;
    for (size_t k = 1; k < nest.operands; ++k) packed_[k] = across(k) == across_;
    // Read and written in whole lines of memory.
    int64_t size = 1;
    for (size_t k = 1; k < nest.operands; ++k)
      if (packed_[k]) size = std::max(size, nest.readable[k]);
    const int64_t longest = std::clamp<int64_t>(256 / size, 64, 128);
    rows_ = Cut(nest.sizes[0], longest);
    cols_ = Cut(nest.sizes[across_], buffer_bytes / (longest * size));
    count_ = rows_.parts * cols_.parts;
    for (size_t d = 1; d < nest.rank; ++d)
      if (d != across_) count_ *= nest.sizes[d];
  }
  /// False if no operand lies across the others.
  bool needed() const { return across_ != 0; }
  int64_t count() const { return count_; }
  /// Positions in a tile, at most.
  int64_t positions() const { return rows_.step * cols_.step; }
  /// Runs over tiles [begin, end).
  void walk(const std::array<char*, max_operands>& base, int64_t begin, int64_t end, Run run) const;

 private:
  static constexpr int64_t buffer_bytes = 16 << 10;
  static constexpr int64_t smallest = 8;  // a dimension of fewer is not worth a buffer

  /// A dimension in parts of `step`, the last one being what is left.
  struct Cut {
    Cut() = default;
    Cut(int64_t n, int64_t most) : size(n), parts((n - 1) / most + 1), step(std::min(n, most)) {}
    int64_t length(int64_t part) const { return std::min(step, size - part * step); }
    int64_t size = 1, parts = 1, step = 1;
  };

  /// The dimension along which operand k is contiguous if that is another than dimension 0 and
  /// reading it in tiles pays, else 0.
  size_t across(size_t k) const {
    const int64_t size = nest_.readable[k];
    if (size == 0 || nest_.sizes[0] < smallest) return 0;
    if (nest_.strides[0][k] == size || nest_.strides[0][k] == 0) return 0;
    for (size_t d = 1; d < nest_.rank; ++d)
      if (nest_.strides[d][k] == size && nest_.sizes[d] >= smallest) return d;
    return 0;
  }

  /// Where in the plane of both dimensions a tile is. Stripes of some columns are walked row by
  /// row, so that a page of memory is met again before its address is forgotten (in the TLB).
  std::pair<int64_t, int64_t> place(int64_t tile) const {
    constexpr int64_t columns = 8;
    const int64_t first = tile / (rows_.parts * columns) * columns;
    const int64_t width = std::min(columns, cols_.parts - first);
    const int64_t in_stripe = tile - first * rows_.parts;
    return {in_stripe / width, first + in_stripe % width};
  }

  /// Asks for what the next tile along across_ reads, `next` runs: the machine foresees little of a
  /// walk that leaves every page after a few lines.
  void fetch_next(const std::array<char*, max_operands>& data, int64_t n, int64_t runs,
                  int64_t next) const {
    constexpr int64_t line = 64;
    const auto fetch = [](const char* from, int64_t step, int64_t count, int64_t bytes) {
      for (int64_t i = 0; i < count; ++i)
        for (int64_t at = 0; at < bytes; at += line) __builtin_prefetch(from + i * step + at, 0, 2);
    };
    for (size_t k = 1; k < nest_.operands; ++k) {
      const int64_t inner = nest_.strides[0][k], outer = nest_.strides[across_][k];
      const int64_t size = nest_.readable[k];
      const char* from = data[k] + runs * outer;
      if (packed_[k])
        fetch(from, inner, n, next * size);
      else if (size != 0 && inner == size && outer != 0)
        fetch(from, outer, next, n * size);
    }
  }

  const Nest& nest_;
  size_t across_ = 0;
  std::array<bool, max_operands> packed_{};
  Cut rows_, cols_;  // of dimension 0 and of dimension across_
  int64_t count_ = 0;
};

void Tiles::walk(const std::array<char*, max_operands>& base, int64_t begin, int64_t end,
                 Run run) const {
  kernels::Scratch scratch;  // not on the stack, which may be small
  char* const buffers = scratch.reserve_for<char>((nest_.operands - 1) * buffer_bytes);
  for (int64_t tile = begin; tile < end; ++tile) {
    std::array<char*, max_operands> data = base;
    const auto move = [&](size_t d, int64_t steps) {
      for (size_t k = 0; k < nest_.operands; ++k) data[k] += steps * nest_.strides[d][k];
    };
    const int64_t plane = rows_.parts * cols_.parts;
    const auto [row, col] = place(tile % plane);
    int64_t rest = tile / plane;
    move(0, row * rows_.step);
    move(across_, col * cols_.step);
    for (size_t d = 1; d < nest_.rank; ++d) {
      if (d == across_) continue;
      move(d, rest % nest_.sizes[d]);
      rest /= nest_.sizes[d];
    }
    const int64_t n = rows_.length(row);
    const int64_t runs = cols_.length(col);
    if (col + 1 < cols_.parts) fetch_next(data, n, runs, cols_.length(col + 1));
    std::array<int64_t, max_operands> inner = nest_.strides[0];
    std::array<int64_t, max_operands> outer = nest_.strides[across_];
    for (size_t k = 1; k < nest_.operands; ++k) {
      if (!packed_[k]) continue;
      const int64_t size = nest_.readable[k];
      char* buffer = buffers + (k - 1) * buffer_bytes;
      kernels::transpose_tile(data[k], inner[k], buffer, n * size, n, runs,
                              static_cast<size_t>(size));
      data[k] = buffer;
      inner[k] = size;
      outer[k] = n * size;
    }
    for (int64_t i = 0; i < runs; ++i) {
      run(data.data(), inner.data(), n);
      for (size_t k = 0; k < nest_.operands; ++k) data[k] += outer[k];
    }
  }
}

}  // namespace

Operand operand(const Tensor& x, const Shape& shape) {
  const TensorImpl& impl = x.impl();
  Operand op{impl.data(), broadcast_strides(impl.shape, impl.strides, shape)};
  const auto size = static_cast<int64_t>(element_size(impl.dtype));
  for (int64_t& stride : op.strides) stride = wrapping_product(stride, size);
  return op;
}

Operand read_operand(const Tensor& x, const Shape& shape) {
  Operand op = operand(x, shape);
  op.readable = static_cast<int64_t>(element_size(x.dtype()));
  return op;
}

void for_each_run(const Shape& shape, std::span<const Operand> operands, int64_t grain, Run run) {
  const int64_t total = shape.numel();
  if (total == 0) return;
  const Nest nest = make_nest(shape, operands);
  std::array<char*, max_operands> base{};
  for (size_t k = 0; k < operands.size(); ++k) base[k] = operands[k].data;
  const bool large = total > grain;
  if (const Tiles tiles(nest); tiles.needed())
    return parallel_for(tiles.count(), std::max<int64_t>(grain / tiles.positions(), 1),
                        [&](int64_t begin, int64_t end) {
                          tiles.walk(base, begin, end, run);
                          if (large) kernels::finish_streaming();
                        });
  parallel_for(total, grain, [&](int64_t begin, int64_t end) {
    walk(nest, base, begin, end, run);
    if (large) kernels::finish_streaming();
  });
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
