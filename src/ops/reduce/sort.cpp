// Sorting, and the k largest.
#include <algorithm>
#include <functional>

#include "core/layout.h"
#include "kernels/memory/scratch.h"
#include "ops/index/indexing.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

template <class T>
struct Entry {
  T value;
  int64_t index;
};

/// a stands before b; nan counts as the largest, equals keep their order.
template <class T>
struct Before {
  bool descending;
  bool operator()(const Entry<T>& a, const Entry<T>& b) const {
    const bool a_nan = kernels::is_nan(a.value), b_nan = kernels::is_nan(b.value);
    if (a_nan != b_nan) return a_nan == descending;
    if (a.value < b.value) return !descending;
    if (b.value < a.value) return descending;
    return a.index < b.index;
  }
};

/// A number in the order of x for types of up to 32 bits, so that it and an index fit in 64.
template <class T>
uint32_t order_key(T x) {
  if constexpr (std::is_same_v<T, float>) {
    if (kernels::is_nan(x)) return UINT32_MAX;
    const auto bits = std::bit_cast<uint32_t>(x + 0.0F);  // -0 counts as 0
    return bits >> 31 ? ~bits : bits | 0x80000000U;
  } else if constexpr (std::is_same_v<T, int32_t>) {
    return static_cast<uint32_t>(x) ^ 0x80000000U;
  } else {
    return x;
  }
}

/// The first k of the line in order. It is total, so any method gives the same: a heap for few,
/// else sorting outright.
template <class E, class Less>
void sort_front(E* line, int64_t n, int64_t k, Less less) {
  if (k < n / 8)
    std::partial_sort(line, line + k, line + n, less);
  else
    std::sort(line, line + n, less);
}

/// Writes the positions of the first k of n elements in order, for types with an order_key.
template <class T>
void sort_keys(const T* x, int64_t n, int64_t k, bool descending, int64_t* indices) {
  kernels::Scratch scratch;
  auto* line = scratch.reserve_for<uint64_t>(static_cast<size_t>(n));
  const uint32_t flip = descending ? UINT32_MAX : 0;
  for (int64_t j = 0; j < n; ++j)
    line[j] = uint64_t{order_key(x[j]) ^ flip} << 32 | static_cast<uint64_t>(j);
  sort_front(line, n, k, std::less<uint64_t>());
  for (int64_t j = 0; j < k; ++j) indices[j] = static_cast<int64_t>(line[j] & UINT32_MAX);
}

/// Any type: writes the positions of the first k of n elements in order.
template <class T>
void sort_line(const T* x, int64_t n, int64_t k, bool descending, int64_t* indices) {
  if constexpr (sizeof(T) <= 4) {
    if (n <= int64_t{UINT32_MAX}) return sort_keys(x, n, k, descending, indices);
  }
  kernels::Scratch scratch;
  auto* line = scratch.reserve_for<Entry<T>>(static_cast<size_t>(n));
  for (int64_t j = 0; j < n; ++j) line[j] = {x[j], j};
  sort_front(line, n, k, Before<T>{descending});
  for (int64_t j = 0; j < k; ++j) indices[j] = line[j].index;
}

/// The first k entries of each row of x, in order.
template <class T, class Out>
void sort_rows(const Tensor& x, int64_t k, bool descending, Out* values, int64_t* indices) {
  const int64_t n = x.dim() == 0 ? 1 : x.size(-1);
  const T* from = reinterpret_cast<const T*>(core::bytes(x));
  core::parallel_for(x.numel() / n, std::max<int64_t>(1, 2048 / n),
                     [=](int64_t begin, int64_t end) {
                       for (int64_t i = begin; i < end; ++i) {
                         int64_t* picked = indices + i * k;
                         sort_line(from + i * n, n, k, descending, picked);
                         for (int64_t j = 0; values && j < k; ++j)
                           values[i * k + j] = core::convert<Out>(from[i * n + picked[j]]);
                       }
                     });
}

/// The first k along `dim` (already wrapped) in row-major order.
ValuesIndices first_sorted(const Tensor& x, int64_t dim, int64_t k, bool descending,
                           bool with_values = true) {
  const NoGradGuard guard;
  Shape shape = x.shape();
  if (x.dim() > 0) shape[dim] = k;
  ValuesIndices result;
  if (with_values) result.values = core::make(shape, x.dtype(), x.device());
  result.indices = core::make(shape, DType::int64, x.device());
  if (x.is_meta() || result.indices.numel() == 0) return result;
  const bool last = x.dim() == 0 || dim == x.dim() - 1;
  const auto turned = [&](const Tensor& t) { return last ? t : t.transpose(dim, -1); };
  const Tensor from = turned(compute::as_computed(x)).contiguous();
  const Shape turned_shape = turned(result.indices).shape();
  const Tensor values = with_values ? core::make(turned_shape, x.dtype()) : Tensor();
  const Tensor indices = core::make(turned_shape, DType::int64);
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    auto* to = with_values ? reinterpret_cast<Out*>(core::bytes(values)) : nullptr;
    sort_rows<core::Compute<Out>>(from, x.dim() == 0 ? 1 : k, descending, to,
                                  reinterpret_cast<int64_t*>(core::bytes(indices)));
  });
  if (with_values) result.values = turned(values).contiguous().detach();
  result.indices = turned(indices).contiguous().detach();
  return result;
}

/// The derivative with respect to x of elements that were taken from `indices` along a dimension.
auto placed(const Tensor& x, int64_t dim, const Tensor& indices) {
  return autograd::wrt(x, [shape = x.shape(), dim, at = autograd::Saved(indices)](
                              const Tensor& g, const autograd::SumSoFar& so_far) {
    return ops::scatter_sum(shape, dim, at, g, so_far);
  });
}

}  // namespace

ValuesIndices sort(const Tensor& x, Dim dim, bool descending) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  ValuesIndices result = first_sorted(x, at, x.dim() == 0 ? 1 : x.size(at), descending);
  result.values =
      autograd::record("SortBackward0", std::move(result.values), placed(x, at, result.indices));
  return result;
}

Tensor argsort(const Tensor& x, Dim dim, bool descending) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  return first_sorted(x, at, x.dim() == 0 ? 1 : x.size(at), descending, false).indices;
}

ValuesIndices topk(const Tensor& x, int64_t k, Dim dim, bool largest) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  const int64_t size = x.dim() == 0 ? 1 : x.size(at);
  if (k < 0 || k > size)
    core::fail<IndexError>("selected index k out of range: {} of the {} in dimension {}", k, size,
                           at);
  ValuesIndices result = first_sorted(x, at, k, largest);
  result.values =
      autograd::record("TopkBackward0", std::move(result.values), placed(x, at, result.indices));
  return result;
}

ValuesIndices Tensor::sort(Dim dim, bool descending) const {
  return wick::sort(*this, dim, descending);
}
Tensor Tensor::argsort(Dim dim, bool descending) const {
  return wick::argsort(*this, dim, descending);
}
ValuesIndices Tensor::topk(int64_t k, Dim dim, bool largest) const {
  return wick::topk(*this, k, dim, largest);
}

}  // namespace wick
