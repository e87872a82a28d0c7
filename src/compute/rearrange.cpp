#include "compute/rearrange.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "compute/copy.h"
#include "compute/elementwise.h"
#include "core/iterate.h"
#include "kernels/copy/copy.h"

namespace wick::compute {
namespace {

/// Copies elements of `size` bytes between two places of the same shape.
void copy_elements(const core::Operand& to, core::Operand from, const Shape& shape, size_t size,
                   kernels::Stores stores) {
  from.readable = static_cast<int64_t>(size);
  const std::array<core::Operand, 2> operands{to, from};
  core::for_each_run(shape, operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       kernels::copy_run(data[0], steps[0], data[1], steps[1], n, size, stores);
                     });
}

/// out = x, both contiguous, with dimension `dim` of x `times` times over.
void repeat_dim(const Tensor& out, const Tensor& x, size_t dim, int64_t times) {
  const Shape& shape = x.shape();
  int64_t outer = 1, block = 1;
  for (size_t d = 0; d < shape.size(); ++d) (d < dim ? outer : block) *= shape.begin()[d];
  const auto size = static_cast<int64_t>(element_size(x.dtype()));
  const core::Operand to{core::bytes(out), {times * block * size, block * size, size}};
  const core::Operand from{core::bytes(x), {block * size, 0, size}};
  copy_elements(to, from, {outer, times, block}, static_cast<size_t>(size), stores_for(out));
}

/// What a roll copies.
struct Rolled {
  const Shape& shifts;
  size_t size;
  kernels::Stores stores;

  /// Copies [0, size - shift) to [shift, size) and the rest to the front, in each dimension from d
  /// on.
  void copy(size_t d, core::Operand to, core::Operand from, Shape part) const {
    while (d < part.size() && shifts.begin()[d] == 0) ++d;
    if (d == part.size()) return copy_elements(to, from, part, size, stores);
    const int64_t shift = shifts.begin()[d], rest = part.begin()[d] - shift;
    core::Operand shifted = to, wrapped = from;
    shifted.data += shift * to.strides.begin()[d];
    wrapped.data += rest * from.strides.begin()[d];
    part.begin()[d] = rest;
    copy(d + 1, shifted, from, part);
    part.begin()[d] = shift;
    copy(d + 1, to, wrapped, part);
  }
};

}  // namespace

void Concatenate::operator()(const Tensor& out, std::span<const Tensor> parts) const {
  core::Operand to = core::operand(out, out.shape());
  for (const Tensor& part : parts) {
    if (part.numel() == 0) continue;
    const Tensor converted = cast(part, out.dtype());
    copy_elements(to, core::operand(converted, part.shape()), part.shape(),
                  element_size(out.dtype()), stores_for(out));
    to.data += part.size(dim) * to.strides[dim];
  }
}

void Repeat::operator()(const Tensor& out, const Tensor& x) const {
  Shape shape = x.shape();
  while (shape.size() < out.shape().size()) shape.insert(0, 1);
  const Shape& whole = out.shape();
  size_t last = whole.size();  // the last dimension that is repeated
  for (size_t d = 0; d < whole.size(); ++d)
    if (whole.begin()[d] != shape.begin()[d]) last = d;
  Tensor so_far = contiguous(x);
  so_far = core::alias(so_far, shape, core::contiguous_strides(shape), so_far.storage_offset());
  if (last == whole.size()) return Copy()(out, so_far);
  for (size_t d = 0; d <= last; ++d) {
    if (whole.begin()[d] == shape.begin()[d]) continue;
    const int64_t times = whole.begin()[d] / shape.begin()[d];
    shape.begin()[d] = whole.begin()[d];
    const Tensor longer = d == last ? out : core::make(shape, x.dtype());
    repeat_dim(longer, so_far, d, times);
    so_far = longer;
  }
}

void Flip::operator()(const Tensor& out, const Tensor& x) const {
  // Read backwards: from the last element, with the step turned round.
  core::Operand from = core::operand(x, x.shape());
  for (size_t d = 0; d < x.shape().size(); ++d) {
    if ((dims >> d & 1U) == 0) continue;
    int64_t& stride = from.strides.begin()[d];
    from.data += (x.shape().begin()[d] - 1) * stride;
    stride = -stride;
  }
  copy_elements(core::operand(out, x.shape()), from, x.shape(), element_size(x.dtype()),
                stores_for(out));
}

void Roll::operator()(const Tensor& out, const Tensor& x) const {
  const Rolled rolled{shifts, element_size(x.dtype()), stores_for(out)};
  rolled.copy(0, core::operand(out, x.shape()), core::operand(x, x.shape()), x.shape());
}

void Triangle::operator()(const Tensor& out, const Tensor& x) const {
  const Tensor source = contiguous(x);
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const int64_t above = std::clamp(diagonal, -rows, cols);
  const auto size = static_cast<int64_t>(element_size(x.dtype()));
  const int64_t grain = std::max<int64_t>(core::pointwise_grain / cols, 1);
  core::parallel_for(x.numel() / cols, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t cut = std::clamp<int64_t>(row % rows + above + (lower ? 1 : 0), 0, cols);
      char* to = core::bytes(out) + row * cols * size;
      const char* from = core::bytes(source) + row * cols * size;
      const auto head = static_cast<size_t>(cut * size);
      const auto tail = static_cast<size_t>((cols - cut) * size);
      if (lower) {
        std::memcpy(to, from, head);
        std::memset(to + head, 0, tail);
      } else {
        std::memset(to, 0, head);
        std::memcpy(to + head, from + head, tail);
      }
    }
  });
}

}  // namespace wick::compute
