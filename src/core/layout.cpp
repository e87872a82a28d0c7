#include "core/layout.h"

#include <algorithm>

#include "core/check.h"

namespace wick::core {

Strides contiguous_strides(const Shape& shape) {
  Strides strides;
  write_contiguous_strides(shape, strides);
  return strides;
}

void write_contiguous_strides(const Shape& shape, Strides& strides) {
  strides = shape;  // as many
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides.begin()[i] = step;
    step *= std::max<int64_t>(shape.begin()[i], 1);
  }
}

bool is_contiguous(const Shape& shape, const Strides& strides) {
  int64_t step = 1;
  bool matches = true;
  for (size_t i = shape.size(); i-- > 0;) {
    const int64_t size = shape.begin()[i];
    if (size == 0) return true;
    if (size == 1) continue;
    matches = matches && strides.begin()[i] == step;
    step *= size;
  }
  return matches;
}

bool is_dense(const Shape& shape, const Strides& strides) {
  std::array<std::pair<int64_t, int64_t>, Shape::max_rank> dims;  // (stride, size), no size of 1
  size_t n = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape.begin()[i] == 0) return true;
    if (shape.begin()[i] != 1) dims[n++] = {strides.begin()[i], shape.begin()[i]};
  }
  std::sort(dims.begin(), dims.begin() + n);
  int64_t step = 1;
  for (size_t i = 0; i < n; ++i) {
    if (dims[i].first != step) return false;
    step *= dims[i].second;
  }
  return true;
}

bool has_overlap(const Shape& shape, const Strides& strides) {
  bool repeated = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape.begin()[i] == 0) return false;
    repeated = repeated || (shape.begin()[i] > 1 && strides.begin()[i] == 0);
  }
  return repeated;
}

int64_t wrap_dim(int64_t dim, size_t rank) {
  const int64_t n = std::max<int64_t>(static_cast<int64_t>(rank), 1);
  if (dim < -n || dim >= n)
    fail<IndexError>("Dimension out of range (expected to be in range of [{}, {}], but got {})", -n,
                     n - 1, dim);
  return dim < 0 ? dim + n : dim;
}

uint32_t dim_mask(const Dims& dims, size_t rank) {
  if (dims.empty()) return (uint32_t{1} << rank) - 1;
  uint32_t mask = 0;
  for (const int64_t dim : dims) {
    const int64_t wrapped = wrap_dim(dim, rank);
    const uint32_t bit = uint32_t{1} << wrapped;
    if (mask & bit) fail<ValueError>("dim {} appears multiple times in the list of dims", wrapped);
    mask |= bit;
  }
  return mask;
}

Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& target) {
  const size_t lead = target.size() - shape.size();
  Strides result = target;
  for (size_t i = 0; i < target.size(); ++i) {
    const bool repeated = i < lead || (shape.begin()[i - lead] == 1 && target.begin()[i] != 1);
    result.begin()[i] = repeated ? 0 : strides.begin()[i - lead];
  }
  return result;
}

Shape infer_shape(const Shape& shape, int64_t numel) {
  int64_t known = 1;
  int64_t* free = nullptr;
  Shape result = shape;
  for (int64_t& size : result) {
    if (size == -1) {
      if (free) fail<ShapeError>("only one dimension can be inferred");
      free = &size;
    } else if (size < 0) {
      fail<ShapeError>("invalid shape dimension {}", size);
    } else if (__builtin_mul_overflow(known, size, &known)) {
      fail<ShapeError>("shape '{}' is invalid for input of size {}", shape, numel);
    }
  }
  if (free && known == 0 && numel == 0)
    fail<ShapeError>(
        "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size "
        "-1 can be any value and is ambiguous",
        shape);
  if (free && known > 0 && numel % known == 0)
    *free = numel / known;
  else if (free || known != numel)
    fail<ShapeError>("shape '{}' is invalid for input of size {}", shape, numel);
  return result;
}

std::optional<Strides> view_strides(const Shape& shape, const Strides& strides,
                                    const Shape& target) {
  if (shape.numel() == 0) return shape == target ? strides : contiguous_strides(target);
  // Take runs of old dims that are evenly spaced, from the end, and cut new dims out of each.
  Strides result = target;
  auto at = static_cast<std::ptrdiff_t>(target.size()) - 1;
  int64_t run_size = 1;  // elements in the current run of old dims
  int64_t taken = 1;     // elements of the run that new dims cover so far
  int64_t run_stride = shape.empty() ? 1 : strides.end()[-1];
  for (auto i = static_cast<std::ptrdiff_t>(shape.size()) - 1; i >= 0; --i) {
    run_size *= shape.begin()[i];
    const bool ends =
        i == 0 || (shape.begin()[i - 1] != 1 && strides.begin()[i - 1] != run_size * run_stride);
    if (!ends) continue;
    while (at >= 0 && (taken < run_size || target.begin()[at] == 1)) {
      result.begin()[at] = taken * run_stride;
      taken *= target.begin()[at];
      --at;
    }
    if (taken != run_size) return std::nullopt;
    if (i > 0) {
      run_stride = strides.begin()[i - 1];
      run_size = taken = 1;
    }
  }
  for (; at >= 0; --at) {  // only for a 0-d tensor shown with dims of size 1
    if (target.begin()[at] != 1) return std::nullopt;
    result.begin()[at] = 1;
  }
  return result;
}

Extent extent(const Shape& shape, const Strides& strides) {
  Extent result{0, 0};
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape.begin()[i] == 0) return {0, -1};
    int64_t reach = 0;
    int64_t& end = strides.begin()[i] < 0 ? result.low : result.high;
    if (__builtin_mul_overflow(shape.begin()[i] - 1, strides.begin()[i], &reach) ||
        __builtin_add_overflow(end, reach, &end))
      fail<ShapeError>("shape {} with strides {} reaches beyond 64-bit offsets", shape, strides);
  }
  return result;
}

void check_size(const Shape& shape, size_t element_size) {
  for (const int64_t size : shape)
    if (size < 0)
      fail<ShapeError>("Trying to create tensor with negative dimension {}: {}", size, shape);
  // Strides are products of the non-zero sizes, so those have to fit even if there is a 0.
  int64_t product = static_cast<int64_t>(element_size);
  for (const int64_t size : shape)
    if (__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product))
      fail<ShapeError>(
          "a tensor of shape {} does not fit in memory: its size in bytes overflows 64 "
          "bits",
          shape);
}

}  // namespace wick::core
