#include "compute/softmax.h"

#include <cmath>
#include <limits>
#include "kernels/reduce/minmax.h"

#include "compute/lines.h"
#include "compute/rows.h"
#include "core/layout.h"
#include "kernels/reduce/softmax.h"

namespace wick::compute {
namespace {

/// y = kernel(x) on every line, by way of contiguous rows.
template <class T, class Kernel>
void map_lines(const Lines& lines, const Tensor& y, const Kernel& kernel) {
  auto* to = elements<T>(y);
  const int64_t n = lines.n, inner = lines.inner;
  for_each_tile<T>(lines, [&](const T* rows, int64_t count, int64_t at) {
    if (inner == 1) return kernel(rows, to + at, count, n);
    kernels::Scratch scratch;
    T* results = scratch.reserve_for<T>(static_cast<size_t>(n * tile_columns));
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

/// y, contiguous and of x's dtype, from each line of x along `dim`.
void map_along(const Tensor& x, int64_t dim, const Tensor& y, const RowFunctions& f) {
  const Lines lines = lines_of(x, core::dim_mask(dim, x.shape().size()));
  const int64_t n = lines.n, inner = lines.inner;
  if (x.dtype() == DType::float64) {
    map_lines<double>(lines, y, [&](const double* rows, double* to, int64_t count, int64_t size) {
      f.rows_double(rows, to, count, size, false);
    });
  } else if (inner == 1) {
    map_lines<float>(lines, y, [&](const float* rows, float* to, int64_t count, int64_t size) {
      f.rows(rows, to, count, size, false);
    });
  } else {
    const auto* x0 = elements<const float>(lines.x);
    auto* y0 = elements<float>(y);
    for_column_tiles(
        lines.outer, n, inner, kernels::softmax_columns_at_once,
        [&](int64_t at, int64_t cols) { f.columns(x0 + at, y0 + at, n, cols, inner); });
  }
}

/// log(sum(exp(x))) of each line: relative to the largest element, which is the result if infinite.
template <class T, class Out>
void logsumexp_into(const Lines& lines, Out* to) {
  const int64_t n = lines.n, inner = lines.inner;
  for_each_tile<T>(lines, [=](const T* row, int64_t count, int64_t at) {
    Out* first = to + at / (n * inner) * inner + at % inner;
    for (int64_t i = 0; i < count; ++i, row += n) {
      const T top = kernels::extreme<true>(row, n);
      double result = static_cast<double>(top);
      if (!std::isinf(top)) result += std::log(kernels::exp_sum(row, n, top));
      first[i] = rounded<Out>(result);
    }
  });
}

/// The gradient of contiguous rows of n elements.
template <class T>
void rows_gradient(const T* dy, const T* y, T* dx, int64_t rows, int64_t n, bool log,
                   bool past_caches) {
  core::parallel_for(rows, row_block(n), [=](int64_t begin, int64_t end) {
    const int64_t at = begin * n;
    if (log)
      kernels::log_softmax_backward(dy + at, y + at, dx + at, end - begin, n, past_caches);
    else
      kernels::softmax_backward(dy + at, y + at, dx + at, end - begin, n, past_caches);
  });
}

}  // namespace

void Softmax::operator()(const Tensor& out, const Tensor& x) const {
  const Tensor from = contiguous(as_computed(x));
  const Tensor y = staged(out, from.dtype());
  map_along(
      from, dim, y,
      log ? RowFunctions{kernels::log_softmax, kernels::log_softmax, kernels::log_softmax_columns}
          : RowFunctions{kernels::softmax, kernels::softmax, kernels::softmax_columns});
  deliver(out, y);
}

bool SoftmaxGradient::reads_rows(const Tensor& y, int64_t dim) {
  return dim + 1 >= y.dim() || !y.is_contiguous() || y.dtype() == DType::float64;
}

void SoftmaxGradient::operator()(const Tensor& dx, const Tensor& g, const Tensor& y) const {
  if (y.dim() == 0) return Fill{0}(dx);
  const bool rows = reads_rows(y, dim);
  if (rows && dim + 1 < y.dim())
    return SoftmaxGradient{y.dim() - 1, log}(with_last(dx, dim), with_last(g, dim),
                                             with_last(y, dim));
  const Tensor value = contiguous(as_computed(y));
  const Tensor dy = contiguous(cast(g, value.dtype()));
  const Tensor result = staged(dx, value.dtype());
  if (!rows) {
    const Lines lines = lines_of(value, uint32_t{1} << dim);
    const auto* dy0 = elements<const float>(dy);
    const auto* y0 = elements<const float>(value);
    auto* dx0 = elements<float>(result);
    const auto f = log ? kernels::log_softmax_backward_columns : kernels::softmax_backward_columns;
    for_column_tiles(lines.outer, lines.n, lines.inner, kernels::softmax_columns_at_once,
                     [&](int64_t at, int64_t cols) {
                       f(dy0 + at, y0 + at, dx0 + at, lines.n, cols, lines.inner);
                     });
  } else {
    const int64_t n = y.size(-1);
    const auto run = [&]<class T>(core::Type<T>) {
      rows_gradient(elements<const T>(dy), elements<const T>(value), elements<T>(result),
                    y.numel() / n, n, log, exceeds_caches(y));
    };
    if (value.dtype() == DType::float64)
      run(core::Type<double>{});
    else
      run(core::Type<float>{});
  }
  deliver(dx, result);
}

void LogSumExp::operator()(const Tensor& out, const Tensor& x) const {
  if (reduces_nothing(x.shape(), mask)) return Fill{-std::numeric_limits<double>::infinity()}(out);
  const Lines lines = lines_of(as_computed(cast(x, out.dtype())), mask);
  core::dispatch(out.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    if constexpr (!std::is_integral_v<Out>)
      logsumexp_into<core::Compute<Out>>(lines, elements<Out>(out));
  });
}

}  // namespace wick::compute
