// softmax, log_softmax and logsumexp.
#include "kernels/reduce/softmax.h"

#include <cmath>
#include <limits>

#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/nn/fused_gradients.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// y = kernel(x) on every line, by way of contiguous rows.
template <class T, class Kernel>
void map_lines(const compute::Lines& lines, const Tensor& y, const Kernel& kernel) {
  auto* to = reinterpret_cast<T*>(core::bytes(y));
  const int64_t n = lines.n, inner = lines.inner;
  compute::for_each_tile<T>(lines, [&](const T* rows, int64_t count, int64_t at) {
    if (inner == 1) return kernel(rows, to + at, count, n);
    kernels::Scratch scratch;
    T* results = scratch.reserve_for<T>(static_cast<size_t>(n * compute::tile_columns));
    kernel(rows, results, count, n);
    kernels::scatter_columns(results, n, count, inner, to + at);
  });
}

/// What is done to rows (float or double) and to columns (float).
struct RowFunctions {
  void (*rows)(const float*, float*, int64_t, int64_t, bool);
  void (*rows_double)(const double*, double*, int64_t, int64_t, bool);
  void (*columns)(const float*, float*, int64_t, int64_t, int64_t);
};

/// A new contiguous tensor in x's shape, a function of each line along `dim`.
Tensor along(const Tensor& x, int64_t dim, const RowFunctions& f) {
  const NoGradGuard guard;
  if (x.numel() == 0) return core::make(x.shape(), x.dtype());
  const Tensor from = compute::as_computed(x).contiguous();
  const Tensor y = core::make(from.shape(), from.dtype());
  const compute::Lines lines = compute::lines_of(from, core::dim_mask(dim, x.shape().size()));
  const int64_t n = lines.n, inner = lines.inner;
  if (from.dtype() == DType::float64) {
    map_lines<double>(lines, y, [&](const double* rows, double* to, int64_t count, int64_t size) {
      f.rows_double(rows, to, count, size, false);
    });
  } else if (inner == 1) {
    map_lines<float>(lines, y, [&](const float* rows, float* to, int64_t count, int64_t size) {
      f.rows(rows, to, count, size, false);
    });
  } else {
    const auto* x0 = reinterpret_cast<const float*>(core::bytes(lines.x));
    auto* y0 = reinterpret_cast<float*>(core::bytes(y));
    compute::for_column_tiles(
        lines.outer, n, inner, kernels::softmax_columns_at_once,
        [&](int64_t at, int64_t cols) { f.columns(x0 + at, y0 + at, n, cols, inner); });
  }
  return y.dtype() == x.dtype() ? y : y.to(x.dtype());
}

void check_floating(const char* op, int64_t dim, const Tensor& x) {
  if (x.is_floating_point()) return;
  core::fail<TypeError>(
      "\"{}_{}kernel_impl\" not implemented for '{}': {} expects a floating-point tensor, got {}",
      op, dim + 1 >= x.dim() ? "lastdim_" : "", core::scalar_type_name(x.dtype()), op,
      name(x.dtype()));
}

/// log(sum(exp(x))) of each line: relative to the largest element, which is the result if infinite.
template <class T, class Out>
void logsumexp_into(const compute::Lines& lines, Out* to) {
  const int64_t n = lines.n, inner = lines.inner;
  compute::for_each_tile<T>(lines, [=](const T* row, int64_t count, int64_t at) {
    Out* first = to + at / (n * inner) * inner + at % inner;
    for (int64_t i = 0; i < count; ++i, row += n) {
      const T top = kernels::extreme<true>(row, n);
      double result = static_cast<double>(top);
      if (!std::isinf(top)) result += std::log(kernels::exp_sum(row, n, top));
      first[i] = compute::rounded<Out>(result);
    }
  });
}

}  // namespace

Tensor softmax(const Tensor& x, Dim dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  check_floating("softmax", at, x);
  Tensor y = x.is_meta()
                 ? core::make(x.shape(), x.dtype(), x.device())
                 : along(x, at, {kernels::softmax, kernels::softmax, kernels::softmax_columns});
  return autograd::record("SoftmaxBackward0", std::move(y),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return ops::softmax_gradient(g, result, at, false);
                            return result * (g - sum(g * result, at, true));
                          }));
}

Tensor log_softmax(const Tensor& x, Dim dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  check_floating("log_softmax", at, x);
  Tensor y =
      x.is_meta()
          ? core::make(x.shape(), x.dtype(), x.device())
          : along(x, at,
                  {kernels::log_softmax, kernels::log_softmax, kernels::log_softmax_columns});
  return autograd::record("LogSoftmaxBackward0", std::move(y),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return ops::softmax_gradient(g, result, at, true);
                            return g - exp(result) * sum(g, at, true);
                          }));
}

Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  const DType dtype = is_floating_point(x.dtype()) ? x.dtype() : DType::float32;
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), dtype, x.device());
  if (!x.is_meta() && y.numel() > 0) {
    if (compute::reduces_nothing(x.shape(), mask)) {
      y.fill_(-std::numeric_limits<double>::infinity());
    } else {
      const compute::Lines lines =
          compute::lines_of(compute::as_computed(compute::cast(x, dtype)), mask);
      core::dispatch(dtype, [&](auto tag) {
        using Out = typename decltype(tag)::type;
        if constexpr (!std::is_integral_v<Out>)
          logsumexp_into<core::Compute<Out>>(lines, reinterpret_cast<Out*>(core::bytes(y)));
      });
    }
  }
  return autograd::record(
      "LogsumexpBackward0", std::move(y),
      autograd::wrt(x, [x = autograd::Saved(x), mask](const Tensor& g, const Tensor& result) {
        const Shape& shape = x.get().shape();
        return ops::with_kept_dims(g, shape, mask) *
               exp(x - ops::with_kept_dims(result, shape, mask));
      }));
}

Tensor Tensor::softmax(Dim dim) const { return wick::softmax(*this, dim); }
Tensor Tensor::log_softmax(Dim dim) const { return wick::log_softmax(*this, dim); }
Tensor Tensor::logsumexp(const Dims& dims, bool keepdim) const {
  return wick::logsumexp(*this, dims, keepdim);
}

}  // namespace wick
