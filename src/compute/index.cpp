#include "compute/index.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <vector>

#include "compute/copy.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "kernels/index/index.h"
#include "kernels/pointwise/binary_functions.h"
#include "kernels/simd/element.h"

namespace wick::compute {
namespace {

using core::Operand;
using core::wrapping_product;

/// Fills `out` with x's elements at all the places.
void pick(const Tensor& out, const Tensor& x, const kernels::Places& places) {
  const int64_t rows = places.outer.count() * static_cast<int64_t>(places.picked.size());
  const int64_t grain = std::max<int64_t>(core::pointwise_grain / places.inner.count, 1);
  const size_t size = element_size(x.dtype());
  char* to = core::bytes(out);
  const char* from = core::bytes(x);
  core::parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    kernels::pick(to, from, places, begin, end, size);
  });
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

/// Which elements of x an index means, in the order of the result.
struct Plan {
  Plan(const Tensor& x, std::span<const Tensor> positions);

  size_t front;                 // how many of the dimensions that are not picked come first
  Shape common, kept;           // sizes: of what is picked, and of the other dimensions
  std::vector<int64_t> picked;  // offsets in elements; empty if the result is
  kernels::Walk outer;          // dimensions in front of the picked ones
  kernels::Runs inner;          // the other dimensions

  kernels::Places places() const { return {outer, picked, inner}; }
  Shape shape() const;  // of the result
};

Plan::Plan(const Tensor& x, std::span<const Tensor> positions) : front(kept_in_front(positions)) {
  const int64_t* const sizes = x.shape().begin();
  const int64_t* const steps = x.strides().begin();
  Strides strides;  // of the kept dimensions
  for (size_t d = 0; d < positions.size(); ++d) {
    if (!positions[d].defined()) {
      kept.push_back(sizes[d]);
      strides.push_back(steps[d]);
    } else if (common.empty()) {
      common = positions[d].shape();
    } else if (common != positions[d].shape()) {
      common = broadcast_shapes(common, positions[d].shape());
    }
  }
  const int64_t count = common.numel();
  if (count == 0 || kept.numel() == 0) return;
  picked.resize(static_cast<size_t>(count));
  for (size_t d = 0; d < positions.size(); ++d)
    if (positions[d].defined()) add_offsets(picked, common, positions[d], sizes[d], steps[d]);
  outer = kernels::Walk({kept.begin(), front}, {strides.begin(), front});
  inner =
      kernels::Runs({kept.begin() + front, kept.end()}, {strides.begin() + front, strides.end()});
}

Shape Plan::shape() const {
  Shape shape;
  for (size_t d = 0; d < front; ++d) shape.push_back(kept.begin()[d]);
  for (const int64_t size : common) shape.push_back(size);
  for (size_t d = front; d < kept.size(); ++d) shape.push_back(kept.begin()[d]);
  return shape;
}

/// Covers all places in parts that share no element: places repeat only along the picked
/// dimension, so the cut is made in the others and the order of writes is always the same.
template <class Body>
void for_each_part(const kernels::Places& places, Body body) {
  const int64_t outer = places.outer.count(), inner = places.inner.count;
  const auto picked = static_cast<int64_t>(places.picked.size());
  if (outer > 1) {
    const int64_t grain = std::max<int64_t>(core::pointwise_grain / (picked * inner), 1);
    core::parallel_for(outer, grain, [&](int64_t begin, int64_t end) {
      body({begin, end, 0, inner});
    });
  } else {
    const int64_t grain = std::max<int64_t>(core::pointwise_grain / picked, 1);
    core::parallel_for(inner, grain, [&](int64_t begin, int64_t end) {
      body({0, outer, begin, end});
    });
  }
}

/// `value` as what is written to x: a row-major tensor of `shape`, or one element, that shares no
/// memory with x.
Tensor fit_value(const Tensor& x, const Tensor& value, const Shape& shape) {
  Tensor fitted = cast(value, x.dtype());
  if (value.numel() != 1) fitted = contiguous(broadcast(fitted, shape));
  if (!fitted.shares_storage(x)) return fitted;
  const Tensor copy = core::make(fitted.shape(), fitted.dtype());
  Copy()(copy, fitted);
  return copy;
}

void add(const Tensor& x, const char* from, bool single, const kernels::Places& places) {
  core::dispatch(x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr auto size = static_cast<int64_t>(sizeof(T));
    constexpr kernels::functions::Add plus;
    char* const to = core::bytes(x);
    for_each_part(places, [&](const kernels::PlacesPart& part) {
      kernels::for_each_place(places, part, [&](int64_t place, int64_t position) {
        char* sum = to + place * size;
        kernels::store<T>(sum, plus(kernels::load<T>(sum),
                                    kernels::load<T>(from + (single ? 0 : position * size))));
      });
    });
  });
}

}  // namespace

void Gather::operator()(const Tensor& out, const Tensor& x, const Tensor& index) const {
  // x seen with the index's shape: its own steps, but none along the gathered dimension.
  const auto bytes = static_cast<int64_t>(element_size(x.dtype()));
  Operand source{core::bytes(x), index.shape()};
  for (size_t k = 0; k < source.strides.size(); ++k)
    source.strides.begin()[k] = static_cast<int64_t>(k) == dim || x.dim() == 0
                                    ? 0
                                    : wrapping_product(x.strides().begin()[k], bytes);
  const int64_t dim_step = x.dim() == 0 ? bytes : wrapping_product(x.strides().begin()[dim], bytes);
  const std::array<Operand, 3> operands{core::operand(out, out.shape()),
                                        core::operand(index, out.shape()), source};
  core::for_each_run(out.shape(), operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       kernels::gather(data[0], steps[0], data[2], steps[2], data[1], steps[1],
                                       dim_step, n, static_cast<size_t>(bytes));
                     });
}

void IndexSelect::operator()(const Tensor& out, const Tensor& x, const Tensor& index) const {
  const Shape& shape = x.shape();
  const Strides& strides = x.strides();
  const auto at = static_cast<size_t>(dim);
  const size_t after = std::min(at + 1, shape.size());
  const Tensor positions = contiguous(cast(index, DType::int64));
  const auto* first = reinterpret_cast<const int64_t*>(core::bytes(positions));
  std::vector<int64_t> picked(first, first + positions.numel());
  for (int64_t& offset : picked) offset *= shape.empty() ? 1 : strides.begin()[at];
  pick(out, x,
       {kernels::Walk({shape.begin(), at}, {strides.begin(), at}), picked,
        kernels::Runs({shape.begin() + after, shape.end()},
                      {strides.begin() + after, strides.end()})});
}

size_t kept_in_front(std::span<const Tensor> positions) {
  size_t first = positions.size(), last = 0, count = 0;
  for (size_t d = 0; d < positions.size(); ++d) {
    if (!positions[d].defined()) continue;
    first = std::min(first, d);
    last = d;
    ++count;
  }
  return last - first + 1 == count ? first : 0;
}

void Index::operator()(const Tensor& out, const Tensor& x,
                       std::span<const Tensor> positions) const {
  const Plan plan(x, positions);
  pick(out, x, plan.places());
}

void IndexPut::operator()(const Tensor& x, const Tensor& value,
                          std::span<const Tensor> positions) const {
  const Plan plan(x, positions);
  if (plan.picked.empty()) return;
  const kernels::Places places = plan.places();
  const Tensor fitted = fit_value(x, value, plan.shape());
  const char* from = core::bytes(fitted);
  const bool single = fitted.numel() == 1;
  if (accumulate) return add(x, from, single, places);
  for_each_part(places, [&](const kernels::PlacesPart& part) {
    kernels::put(core::bytes(x), from, single, places, part, element_size(x.dtype()));
  });
}

std::optional<int64_t> first_outside(const Tensor& index, int64_t low, int64_t high) {
  const bool narrow = index.dtype() == DType::int32;
  std::atomic<bool> outside = false;
  const std::array<Operand, 1> operands{core::operand(index, index.shape())};
  const auto first = [&](const char* data, int64_t step, int64_t n) {
    return narrow ? kernels::first_outside<int32_t>(data, step, n, low, high)
                  : kernels::first_outside<int64_t>(data, step, n, low, high);
  };
  core::for_each_run(index.shape(), operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       if (first(data[0], steps[0], n) < n)
                         outside.store(true, std::memory_order_relaxed);
                     });
  if (!outside) return std::nullopt;
  // However many threads looked.
  const Tensor flat = contiguous(index);
  const char* data = core::bytes(flat);
  const auto size = static_cast<int64_t>(element_size(flat.dtype()));
  const char* found = data + first(data, size, flat.numel()) * size;
  return narrow ? kernels::load<int32_t>(found) : kernels::load<int64_t>(found);
}

void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim) {
  if (const auto found = first_outside(index, low, size))
    core::fail<IndexError>("index {} is out of bounds for dimension {} with size {}", *found, dim,
                           size);
}

namespace {

/// Positions along `dim` of x, as Gather and IndexSelect take them.
void check_along(const Tensor& x, int64_t dim, const Tensor& index) {
  check_positions(index, 0, x.dim() == 0 ? 1 : x.size(dim), dim);
}

void check_all(const Tensor& x, std::span<const Tensor> positions) {
  for (size_t d = 0; d < positions.size(); ++d) {
    const auto dim = static_cast<int64_t>(d);
    if (positions[d].defined()) check_positions(positions[d], -x.size(dim), x.size(dim), dim);
  }
}

}  // namespace

void Gather::check(std::span<const Tensor> tensors) const {
  check_along(tensors[1], dim, tensors[2]);
}

void IndexSelect::check(std::span<const Tensor> tensors) const {
  check_along(tensors[1], dim, tensors[2]);
}

void Index::check(std::span<const Tensor> tensors) const {
  check_all(tensors[1], tensors.subspan(2));
}

void IndexPut::check(std::span<const Tensor> tensors) const {
  check_all(tensors[0], tensors.subspan(2));
}

}  // namespace wick::compute
