#include "compute/sort.h"

#include <algorithm>
#include <functional>
#include "kernels/reduce/minmax.h"

#include "compute/lines.h"
#include "compute/rows.h"
#include "kernels/memory/scratch.h"

namespace wick::compute {
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
  const T* from = elements<const T>(x);
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

}  // namespace

void Sort::operator()(const Tensor& indices, const Tensor& values, const Tensor& x) const {
  const Tensor from = contiguous(with_last(as_computed(x), dim));
  const Tensor indices_out = with_last(indices, dim);
  const Tensor values_out = values.defined() ? with_last(values, dim) : values;
  const Tensor rows_of_indices = staged(indices_out, DType::int64);
  const Tensor rows_of_values = values.defined() ? staged(values_out, x.dtype()) : values;
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    sort_rows<core::Compute<Out>>(from, x.dim() == 0 ? 1 : indices_out.size(-1), descending,
                                  elements<Out>(rows_of_values),
                                  elements<int64_t>(rows_of_indices));
  });
  deliver(indices_out, rows_of_indices);
  if (values.defined()) deliver(values_out, rows_of_values);
}

}  // namespace wick::compute
