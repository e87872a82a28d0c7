#include "compute/minmax.h"

#include "compute/lines.h"
#include "compute/rows.h"
#include "kernels/reduce/minmax.h"

namespace wick::compute {
namespace {

/// The largest (smallest) element of a line.
template <bool largest, class T>
struct ValueKernel {
  using State = T;

  State identity() const { return T{}; }  // not asked for: empty lines are refused
  State combine(State a, State b) const { return kernels::replaces<largest>(b, a) ? b : a; }
  State row(const T* x, int64_t n, int64_t, int64_t) const {
    return kernels::extreme<largest>(x, n);
  }
  void rows(const T* x, int64_t count, int64_t n, int64_t, State* to) const {
    kernels::extreme_rows<largest>(x, count, n, to);
  }
  void columns(const T* x, int64_t rows, int64_t cols, int64_t stride, int64_t, int64_t,
               State* to) const {
    if constexpr (std::is_same_v<T, float>)
      return (largest ? kernels::largest_of_columns : kernels::smallest_of_columns)(x, rows, cols,
                                                                                    stride, to);
    std::copy_n(x, cols, to);
    for (int64_t r = 1; r < rows; ++r) {
      x += stride;
      // Without branches, so that it vectorises: a nan is never replaced, as nothing compares
      // with it, and always replaces.
      for (int64_t c = 0; c < cols; ++c) {
        const bool replace = (largest ? x[c] > to[c] : x[c] < to[c]) | kernels::is_nan(x[c]);
        to[c] = replace ? x[c] : to[c];
      }
    }
  }
};

template <class T>
struct Found {
  T value{};
  int64_t index = 0;
};

/// The same with its position.
template <bool largest, class T>
struct IndexKernel {
  using State = Found<T>;
  static constexpr int64_t few = 16;
  static constexpr int64_t batch = 8;  // few, so that long rows are still in the cache

  State identity() const { return {}; }
  State combine(const State& a, const State& b) const {
    return kernels::replaces<largest>(b.value, a.value) ? b : a;
  }
  State row(const T* x, int64_t n, int64_t, int64_t at) const {
    const int64_t i = kernels::position(x, kernels::extreme<largest>(x, n));
    return {x[i], at + i};
  }
  void rows(const T* x, int64_t count, int64_t n, int64_t, State* to) const {
    T best[batch];
    for (int64_t first = 0; first < count; first += batch) {
      const int64_t end = std::min(count, first + batch);
      kernels::extreme_rows<largest>(x + first * n, end - first, n, best);
      for (int64_t r = first; r < end; ++r) {
        const T value = best[r - first];
        const int64_t i = n <= few ? kernels::position_among_few(x + r * n, n, value)
                                   : kernels::position(x + r * n, value);
        to[r] = {x[r * n + i], i};
      }
    }
  }
  void columns(const T* x, int64_t rows, int64_t cols, int64_t stride, int64_t, int64_t at,
               State* to) const {
    for (int64_t c = 0; c < cols; ++c) to[c] = {x[c], at};
    for (int64_t r = 1; r < rows; ++r) {
      x += stride;
      for (int64_t c = 0; c < cols; ++c)
        if (kernels::replaces<largest>(x[c], to[c].value)) to[c] = {x[c], at + r};
    }
  }
};

template <bool largest>
void values_into(const Tensor& out, const Tensor& x, uint32_t mask) {
  const Lines lines = lines_of(as_computed(x), mask);
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    using T = core::Compute<Out>;
    auto* to = elements<Out>(out);
    reduce<T>(lines, ValueKernel<largest, T>{},
              [=](int64_t i, T value) { to[i] = core::convert<Out>(value); });
  });
}

template <bool largest>
void found_into(const Tensor& indices, const Tensor& values, const Tensor& x, uint32_t mask) {
  const Lines lines = lines_of(as_computed(x), mask);
  auto* positions = elements<int64_t>(indices);
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    using T = core::Compute<Out>;
    auto* to = elements<Out>(values);
    reduce<T>(lines, IndexKernel<largest, T>{}, [=](int64_t i, const Found<T>& at) {
      positions[i] = at.index;
      if (to) to[i] = core::convert<Out>(at.value);
    });
  });
}

}  // namespace

void MinMax::operator()(const Tensor& out, const Tensor& x) const {
  (largest ? values_into<true> : values_into<false>)(out, x, mask);
}

void ArgMinMax::operator()(const Tensor& indices, const Tensor& values, const Tensor& x) const {
  (largest ? found_into<true> : found_into<false>)(indices, values, x, mask);
}

}  // namespace wick::compute
