#include "ops/nn/fused_gradients.h"

#include <algorithm>

#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/threads.h"
#include "kernels/reduce/layer_norm.h"
#include "kernels/reduce/softmax.h"
#include "ops/reduce/reduced.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

template <class T>
T* elements(const Tensor& x) {
  return x.defined() ? reinterpret_cast<T*>(core::bytes(x)) : nullptr;
}

/// kernel(dx, dy, v) on tensors that are contiguous and float32 or float64: `g` and `v` are
/// converted to that and the result back.
template <class Kernel>
Tensor contiguous_gradient(const Tensor& g, const Tensor& v, const Kernel& kernel) {
  const NoGradGuard guard;
  const Tensor y = as_computed(v).contiguous();
  const Tensor dy = cast(g, y.dtype()).contiguous();
  const Tensor dx = core::make(v.shape(), y.dtype(), v.device());
  if (v.numel() > 0 && !v.is_meta() && !g.is_meta()) {
    if (y.dtype() == DType::float64)
      kernel(elements<double>(dx), elements<const double>(dy), elements<const double>(y));
    else
      kernel(elements<float>(dx), elements<const float>(dy), elements<const float>(y));
  }
  return cast(dx, v.dtype());
}

/// Rows that one task works on: few enough to share out, many enough to be worth it.
int64_t row_block(int64_t n) { return std::max<int64_t>(1, 8192 / n); }

}  // namespace

Tensor softmax_gradient(const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  if (y.dim() == 0 || y.numel() == 0) return zeros_like(y);
  if (dim != y.dim() - 1 && y.is_contiguous() && y.dtype() != DType::float64) {
    const Lines lines = lines_of(y, uint32_t{1} << dim);
    return contiguous_gradient(g, y, [&](auto* dx, const auto* dy, const auto* value) {
      if constexpr (std::is_same_v<decltype(dx), float*>)
        for_column_tiles(
            lines.outer, lines.n, lines.inner, kernels::softmax_columns_at_once,
            [&](int64_t at, int64_t cols) {
              (log ? kernels::log_softmax_backward_columns : kernels::softmax_backward_columns)(
                  dy + at, value + at, dx + at, lines.n, cols, lines.inner);
            });
    });
  }
  if (dim != y.dim() - 1)
    return softmax_gradient(g.transpose(dim, -1), y.transpose(dim, -1), y.dim() - 1, log)
        .transpose(dim, -1);
  const int64_t n = y.size(-1);
  return contiguous_gradient(g, y, [&](auto* dx, const auto* dy, const auto* value) {
    const bool past_caches = exceeds_caches(y);
    core::parallel_for(y.numel() / n, row_block(n), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * n;
      if (log)
        kernels::log_softmax_backward(dy + at, value + at, dx + at, end - begin, n, past_caches);
      else
        kernels::softmax_backward(dy + at, value + at, dx + at, end - begin, n, past_caches);
    });
  });
}

namespace {

/// The sums over rows that make up a gradient of parameters, by blocks of a fixed number of rows,
/// which are added in pairs: the same bits for any number of threads.
struct BlockSums {
  BlockSums(int64_t row_count, int64_t width)
      : n(width),
        block(std::max<int64_t>(64, 4096 / width)),
        rows(row_count),
        blocks((rows + block - 1) / block),
        sums(partial_states<double>(blocks * 2 * n)) {}

  /// f(first row, number of rows, dweight, dbias) for every block.
  template <class F>
  void run(const F& f) {
    core::parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        double* to = sums.get() + i * 2 * n;
        std::fill_n(to, 2 * n, 0.0);
        f(i * block, std::min(block, rows - i * block), to, to + n);
      }
    });
  }
  /// The sums, as gradients of weight and bias.
  void finish(DType dtype, LayerNormGradients& to) {
    struct Plus {
      double combine(double a, double b) const { return a + b; }
    };
    combine_pairs(Plus(), sums.get(), blocks, 2 * n);
    const auto rounded_to = [&](const double* from) {
      const Tensor wide = core::make({n}, DType::float64);
      std::copy_n(from, n, elements<double>(wide));
      return cast(wide, dtype);
    };
    to.weight = rounded_to(sums.get());
    to.bias = rounded_to(sums.get() + n);
  }

  int64_t n, block, rows, blocks;
  std::unique_ptr<double[]> sums;
};

const kernels::RowScale* row_scales(const Tensor& scales) {
  return elements<const kernels::RowScale>(scales);
}

/// The gradients of weight and bias alone.
LayerNormGradients parameter_gradients(const Tensor& g, const Tensor& x, const Tensor& scales) {
  const NoGradGuard guard;
  const Tensor value = as_computed(x).contiguous();
  const Tensor dy = cast(g, value.dtype()).contiguous();
  const int64_t rows = scales.size(0), n = x.numel() / rows;
  BlockSums sums(rows, n);
  const auto run = [&]<class T>(core::Type<T>) {
    sums.run([&](int64_t begin, int64_t count, double* dweight, double* dbias) {
      const int64_t at = begin * n;
      kernels::layer_norm_backward(elements<const T>(dy) + at, elements<const T>(value) + at,
                                   static_cast<const T*>(nullptr), row_scales(scales) + begin,
                                   static_cast<T*>(nullptr), dweight, dbias, count, n);
    });
  };
  if (value.dtype() == DType::float64)
    run(core::Type<double>{});
  else
    run(core::Type<float>{});
  LayerNormGradients result;
  sums.finish(x.dtype(), result);
  return result;
}

}  // namespace

LayerNormGradients layer_norm_gradients(const Tensor& g, const Tensor& x, const Tensor& weight,
                                        const Tensor& scales, bool of_x, bool of_parameters) {
  if (!of_x) return parameter_gradients(g, x, scales);
  LayerNormGradients result;
  result.x = contiguous_gradient(g, x, [&](auto* dx, const auto* dy, const auto* value) {
    using T = std::remove_pointer_t<decltype(dx)>;
    const Tensor w = weight.defined() ? cast(weight, dtype_of<T>).contiguous() : weight;
    const int64_t rows = scales.size(0), n = x.numel() / rows;
    const bool past_caches = exceeds_caches(x);
    const auto run = [&](int64_t begin, int64_t count, double* dweight, double* dbias) {
      const int64_t at = begin * n;
      kernels::layer_norm_backward(dy + at, value + at, elements<const T>(w),
                                   row_scales(scales) + begin, dx + at, dweight, dbias, count, n,
                                   past_caches);
    };
    if (of_parameters) {
      BlockSums sums(rows, n);
      sums.run(run);
      sums.finish(x.dtype(), result);
    } else {
      core::parallel_for(rows, row_block(n), [&](int64_t begin, int64_t end) {
        run(begin, end - begin, nullptr, nullptr);
      });
    }
  });
  return result;
}

}  // namespace wick::ops
