#include "ops/fused_gradients.h"

#include <algorithm>

#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/threads.h"
#include "kernels/softmax.h"
#include "ops/reduce_lines.h"
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
  const Tensor dy = as_dtype(g, y.dtype()).contiguous();
  const Tensor dx = core::make(v.shape(), y.dtype(), v.device());
  if (v.numel() > 0 && !v.is_meta() && !g.is_meta()) {
    if (y.dtype() == DType::float64)
      kernel(elements<double>(dx), elements<const double>(dy), elements<const double>(y));
    else
      kernel(elements<float>(dx), elements<const float>(dy), elements<const float>(y));
  }
  return as_dtype(dx, v.dtype());
}

/// Rows that one task works on: few enough to share out, many enough to be worth it.
int64_t row_block(int64_t n) { return std::max<int64_t>(1, 8192 / n); }

}  // namespace

Tensor unary_gradient(kernels::UnaryGrad op, const Tensor& g, const Tensor& v) {
  return contiguous_gradient(g, v, [&](auto* dx, const auto* dy, const auto* x) {
    core::parallel_for(v.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      kernels::unary_grad(op, dy + begin, x + begin, dx + begin, static_cast<size_t>(end - begin));
    });
  });
}

Tensor softplus_gradient(const Tensor& g, const Tensor& v, double beta, double threshold) {
  return contiguous_gradient(g, v, [&](auto* dx, const auto* dy, const auto* x) {
    using T = std::remove_pointer_t<decltype(dx)>;
    core::parallel_for(v.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      kernels::softplus_grad(dy + begin, x + begin, dx + begin, static_cast<size_t>(end - begin),
                             static_cast<T>(beta), static_cast<T>(threshold));
    });
  });
}

Tensor softmax_gradient(const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  if (y.dim() == 0 || y.numel() == 0) return zeros_like(y);
  if (dim != y.dim() - 1)
    return softmax_gradient(g.transpose(dim, -1), y.transpose(dim, -1), y.dim() - 1, log)
        .transpose(dim, -1);
  const int64_t n = y.size(-1);
  return contiguous_gradient(g, y, [&](auto* dx, const auto* dy, const auto* value) {
    core::parallel_for(y.numel() / n, row_block(n), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * n;
      if (log)
        kernels::log_softmax_backward(dy + at, value + at, dx + at, end - begin, n);
      else
        kernels::softmax_backward(dy + at, value + at, dx + at, end - begin, n);
    });
  });
}

Tensor layer_norm_gradient(const Tensor& g, const Tensor& x, const Tensor& weight, int64_t n,
                           double eps) {
  return contiguous_gradient(g, x, [&](auto* dx, const auto* dy, const auto* value) {
    using T = std::remove_pointer_t<decltype(dx)>;
    const Tensor w = weight.defined() ? as_dtype(weight, dtype_of<T>).contiguous() : weight;
    core::parallel_for(x.numel() / n, row_block(n), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * n;
      kernels::layer_norm_backward(dy + at, value + at, elements<const T>(w), eps, dx + at, nullptr,
                                   nullptr, end - begin, n);
    });
  });
}

Tensor layer_norm_weight_gradient(const Tensor& g, const Tensor& x, int64_t n, double eps) {
  Tensor total = zeros({n}, {.dtype = DType::float64, .device = x.device()});
  // Blocks of a fixed size, summed in pairs: the same bits for any number of threads.
  constexpr int64_t block = 64;
  const int64_t rows = x.numel() / std::max<int64_t>(n, 1), blocks = (rows + block - 1) / block;
  contiguous_gradient(g, x, [&](auto* dx, const auto* dy, const auto* value) {
    using T = std::remove_pointer_t<decltype(dx)>;
    std::vector<double> sums(static_cast<size_t>(blocks * n), 0.0);
    core::parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = i * block * n;
        kernels::layer_norm_backward(dy + at, value + at, static_cast<const T*>(nullptr), eps,
                                     static_cast<T*>(nullptr), sums.data() + i * n, nullptr,
                                     std::min(block, rows - i * block), n);
      }
    });
    struct Plus {
      double combine(double a, double b) const { return a + b; }
    };
    combine_pairs(Plus(), sums.data(), blocks, n);
    std::copy_n(sums.data(), n, elements<double>(total));
  });
  return total.to(x.dtype());
}

}  // namespace wick::ops
