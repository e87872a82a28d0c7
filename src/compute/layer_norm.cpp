#include "compute/layer_norm.h"

#include "compute/lines.h"
#include "compute/rows.h"
#include "kernels/reduce/layer_norm.h"

namespace wick::compute {
namespace {

const kernels::RowScale* row_scales(const Tensor& scales) {
  return elements<const kernels::RowScale>(scales);
}

/// p, unless undefined, as the kernels read it: contiguous, in float32 or float64.
Tensor prepared(const Tensor& p, DType dtype) {
  return p.defined() ? contiguous(cast(p, dtype)) : p;
}

/// The dtype that x is computed in.
DType wide_dtype(const Tensor& x) {
  return x.dtype() == DType::float64 ? DType::float64 : DType::float32;
}

template <class F>
void with_wide(DType dtype, const F& f) {
  if (dtype == DType::float64)
    f(core::Type<double>{});
  else
    f(core::Type<float>{});
}

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
  void finish(const Tensor& dweight, const Tensor& dbias) {
    struct Plus {
      double combine(double a, double b) const { return a + b; }
    };
    combine_pairs(Plus(), sums.get(), blocks, 2 * n);
    const auto round_to = [&](const Tensor& out, const double* from) {
      const Tensor wide = staged(out, DType::float64);
      std::copy_n(from, n, elements<double>(wide));
      deliver(out, wide);
    };
    round_to(dweight, sums.get());
    round_to(dbias, sums.get() + n);
  }

  int64_t n, block, rows, blocks;
  std::unique_ptr<double[]> sums;
};

}  // namespace

void LayerNorm::operator()(const Tensor& y, const Tensor& scales, const Tensor& x,
                           const Tensor& weight, const Tensor& bias) const {
  const DType dtype = wide_dtype(x);
  const Tensor from = prepared(x, dtype), w = prepared(weight, dtype), b = prepared(bias, dtype);
  const Tensor result = staged(y, dtype);
  with_wide(dtype, [&]<class T>(core::Type<T>) {
    const bool past_caches = exceeds_caches(result);
    auto* rows = elements<kernels::RowScale>(scales);
    core::parallel_for(x.numel() / n, std::max<int64_t>(1, reduce_grain / (4 * n)),
                       [&](int64_t begin, int64_t end) {
                         kernels::layer_norm(elements<const T>(from) + begin * n,
                                             elements<T>(result) + begin * n, end - begin, n,
                                             elements<const T>(w), elements<const T>(b), eps,
                                             rows ? rows + begin : nullptr, past_caches);
                       });
  });
  deliver(y, result);
}

void LayerNormGradient::operator()(const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                                   const Tensor& g, const Tensor& x, const Tensor& weight,
                                   const Tensor& scales) const {
  const DType dtype = wide_dtype(x);
  const Tensor value = prepared(x, dtype), dy = prepared(g, dtype), w = prepared(weight, dtype);
  const Tensor result = staged(dx, dtype);
  with_wide(dtype, [&]<class T>(core::Type<T>) {
    const int64_t rows = scales.size(0), n = x.numel() / rows;
    const bool past_caches = exceeds_caches(x);
    const auto run = [&](int64_t begin, int64_t count, double* to_weight, double* to_bias) {
      const int64_t at = begin * n;
      kernels::layer_norm_backward(elements<const T>(dy) + at, elements<const T>(value) + at,
                                   elements<const T>(w), row_scales(scales) + begin,
                                   elements<T>(result) + at, to_weight, to_bias, count, n,
                                   past_caches);
    };
    if (dweight.defined()) {
      BlockSums sums(rows, n);
      sums.run(run);
      sums.finish(dweight, dbias);
    } else {
      core::parallel_for(rows, row_block(n), [&](int64_t begin, int64_t end) {
        run(begin, end - begin, nullptr, nullptr);
      });
    }
  });
  deliver(dx, result);
}

void LayerNormParameterGradient::operator()(const Tensor& dweight, const Tensor& dbias,
                                            const Tensor& g, const Tensor& x,
                                            const Tensor& scales) const {
  const DType dtype = wide_dtype(x);
  const Tensor value = prepared(x, dtype), dy = prepared(g, dtype);
  const int64_t rows = scales.size(0), n = x.numel() / rows;
  BlockSums sums(rows, n);
  with_wide(dtype, [&]<class T>(core::Type<T>) {
    sums.run([&](int64_t begin, int64_t count, double* to_weight, double* to_bias) {
      const int64_t at = begin * n;
      kernels::layer_norm_backward(elements<const T>(dy) + at, elements<const T>(value) + at,
                                   static_cast<const T*>(nullptr), row_scales(scales) + begin,
                                   static_cast<T*>(nullptr), to_weight, to_bias, count, n);
    });
  });
  sums.finish(dweight, dbias);
}

}  // namespace wick::compute
