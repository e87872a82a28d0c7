// The largest and smallest elements, and where they are.
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/index/indexing.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using compute::Lines;

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

/// Throws PyTorch's text if there is an empty line to pick an element from.
template <class E>
void check_not_empty(const char* op, const Tensor& x, const Dims& dims) {
  if (x.numel() != 0) return;
  if (dims.empty())
    core::fail<E>(
        "{}(): Expected reduction dim to be specified for input.numel() == 0.{}", op,
        std::is_same_v<E, IndexError> ? "" : " Specify the reduction dim with the 'dim' argument.");
  for (const int64_t dim : dims)
    if (x.dim() > 0 && x.size(dim) == 0)
      core::fail<IndexError>("{}(): Expected reduction dim {} to have non-zero size.", op,
                             core::wrap_dim(dim, x.shape().size()));
}

template <bool largest>
Tensor values(const char* op, const Tensor& x, const Dims& dims, bool keepdim) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  check_not_empty<ValueError>(op, x, dims);
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), x.dtype(), x.device());
  if (x.is_meta() || y.numel() == 0) return y;
  const Lines lines = compute::lines_of(compute::as_computed(x), mask);
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    using T = core::Compute<Out>;
    auto* to = reinterpret_cast<Out*>(core::bytes(y));
    compute::reduce<T>(lines, ValueKernel<largest, T>{},
                       [=](int64_t i, T value) { to[i] = core::convert<Out>(value); });
  });
  return y;
}

/// Values (unless not wanted) and positions along `dim`, or of all elements.
template <bool largest>
ValuesIndices found(const char* op, const Tensor& x, std::optional<int64_t> dim, bool keepdim,
                    bool with_values) {
  const Dims dims = dim ? Dims(*dim) : Dims();
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  check_not_empty<IndexError>(op, x, dims);
  const Shape shape = compute::reduced_shape(x.shape(), mask, keepdim);
  ValuesIndices result;
  if (with_values) result.values = core::make(shape, x.dtype(), x.device());
  result.indices = core::make(shape, DType::int64, x.device());
  if (x.is_meta() || result.indices.numel() == 0) return result;
  const Lines lines = compute::lines_of(compute::as_computed(x), mask);
  auto* indices = reinterpret_cast<int64_t*>(core::bytes(result.indices));
  core::dispatch(x.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    using T = core::Compute<Out>;
    auto* to = with_values ? reinterpret_cast<Out*>(core::bytes(result.values)) : nullptr;
    compute::reduce<T>(lines, IndexKernel<largest, T>{}, [=](int64_t i, const Found<T>& at) {
      indices[i] = at.index;
      if (to) to[i] = core::convert<Out>(at.value);
    });
  });
  return result;
}

template <bool largest>
ValuesIndices along(const char* op, const char* name, const Tensor& x, int64_t dim, bool keepdim) {
  ValuesIndices result = found<largest>(op, x, dim, keepdim, true);
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  result.values = autograd::record(
      name, std::move(result.values),
      autograd::wrt(x, [shape = x.shape(), at, found = autograd::Saved(result.indices)](
                           const Tensor& g, const autograd::SumSoFar& so_far) {
        if (shape.empty()) return g;
        const uint32_t mask = uint32_t{1} << at;
        return ops::scatter_sum(shape, at, ops::with_kept_dims(found, shape, mask),
                                ops::with_kept_dims(g, shape, mask), so_far);
      }));
  return result;
}

/// The derivative of max and the like: elements that equal the result share the gradient.
auto shared_by_equals(const Tensor& x, const Dims& dims) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  return autograd::wrt(x, [x = autograd::Saved(x), mask](const Tensor& g, const Tensor& y) {
    const Shape& shape = x.get().shape();
    const Tensor value = ops::with_kept_dims(y, shape, mask);
    const Tensor equals = logical_or(x == value, logical_and(isnan(x), isnan(value)));
    const Tensor count = sum(equals, ops::dims_of(mask, shape.size()), true);
    return equals * (ops::with_kept_dims(g, shape, mask) / count);
  });
}

template <bool largest>
Tensor where_found(const char* op, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  if (x.dtype() == DType::bool_) ops::fail_not_implemented(fmt::format("{}_cpu", op), x.dtype());
  return found<largest>(op, x, dim, keepdim, false).indices;
}

}  // namespace

Tensor max(const Tensor& x) {
  return autograd::record("MaxBackward1", values<true>("max", x, {}, false),
                          shared_by_equals(x, {}));
}
Tensor min(const Tensor& x) {
  return autograd::record("MinBackward1", values<false>("min", x, {}, false),
                          shared_by_equals(x, {}));
}
ValuesIndices max(const Tensor& x, Dim dim, bool keepdim) {
  return along<true>("max", "MaxBackward0", x, dim, keepdim);
}
ValuesIndices min(const Tensor& x, Dim dim, bool keepdim) {
  return along<false>("min", "MinBackward0", x, dim, keepdim);
}
Tensor amax(const Tensor& x, const Dims& dims, bool keepdim) {
  return autograd::record("AmaxBackward0", values<true>("amax", x, dims, keepdim),
                          shared_by_equals(x, dims));
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim) {
  return autograd::record("AminBackward0", values<false>("amin", x, dims, keepdim),
                          shared_by_equals(x, dims));
}
Tensor argmax(const Tensor& x, std::optional<Dim> dim, bool keepdim) {
  return where_found<true>("argmax", x, dim, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<Dim> dim, bool keepdim) {
  return where_found<false>("argmin", x, dim, keepdim);
}

Tensor Tensor::max() const { return wick::max(*this); }
Tensor Tensor::min() const { return wick::min(*this); }
ValuesIndices Tensor::max(Dim dim, bool keepdim) const { return wick::max(*this, dim, keepdim); }
ValuesIndices Tensor::min(Dim dim, bool keepdim) const { return wick::min(*this, dim, keepdim); }
Tensor Tensor::amax(const Dims& dims, bool keepdim) const {
  return wick::amax(*this, dims, keepdim);
}
Tensor Tensor::amin(const Dims& dims, bool keepdim) const {
  return wick::amin(*this, dims, keepdim);
}
Tensor Tensor::argmax(std::optional<Dim> dim, bool keepdim) const {
  return wick::argmax(*this, dim, keepdim);
}
Tensor Tensor::argmin(std::optional<Dim> dim, bool keepdim) const {
  return wick::argmin(*this, dim, keepdim);
}

}  // namespace wick
