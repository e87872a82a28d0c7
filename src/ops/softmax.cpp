// softmax, log_softmax and layer_norm: each normalises rows.
#include "kernels/softmax.h"

#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/fused_gradients.h"
#include "ops/reduce_lines.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

template <class T>
const T* elements(const Tensor& x) {
  return x.defined() ? reinterpret_cast<const T*>(core::bytes(x)) : nullptr;
}

/// y = kernel(x) on every line.
template <class T, class Kernel>
void map_lines(const ops::Lines& lines, const Tensor& y, const Kernel& kernel) {
  auto* to = reinterpret_cast<T*>(core::bytes(y));
  const int64_t n = lines.n, inner = lines.inner;
  ops::for_each_tile<T>(lines, [&](const T* rows, int64_t count, int64_t at) {
    if (inner == 1) return kernel(rows, to + at, count, n);
    thread_local kernels::Scratch scratch;
    T* results = scratch.reserve_for<T>(static_cast<size_t>(n * ops::tile_columns));
    kernel(rows, results, count, n);
    kernels::scatter_columns(results, n, count, inner, to + at);
  });
}

/// A new contiguous tensor in x's shape: kernel(x, y, rows, n), which takes floats and doubles,
/// applied along `dim`.
template <class Kernel>
Tensor along_rows(const Tensor& x, int64_t dim, const Kernel& kernel) {
  const NoGradGuard guard;
  if (x.numel() == 0) return core::make(x.shape(), x.dtype());
  const Tensor from = ops::as_computed(x).contiguous();
  const Tensor y = core::make(from.shape(), from.dtype());
  const ops::Lines lines = ops::lines_of(from, core::dim_mask(dim, x.shape().size()));
  if (from.dtype() == DType::float64)
    map_lines<double>(lines, y, kernel);
  else
    map_lines<float>(lines, y, kernel);
  return y.to(x.dtype());
}

void check_floating(const char* kernel, const Tensor& x) {
  if (!x.is_floating_point()) ops::fail_not_implemented(kernel, x.dtype());
}

void check_affine(const char* what, const Tensor& x, const Tensor& p, const Shape& normalized) {
  if (!p.defined()) return;
  if (p.shape() != normalized)
    core::fail<ShapeError>(
        "Expected {} to be of same shape as normalized_shape, but got {} of shape {} and "
        "normalized_shape = {}",
        what, what, p.shape(), normalized);
  ops::check_same_dtype(x, p);
}

void check_normalized(const Tensor& x, const Shape& normalized) {
  if (normalized.empty())
    core::fail<ShapeError>(
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
        "element, but got normalized_shape = []");
  const Shape& shape = x.shape();
  if (shape.size() >= normalized.size() &&
      std::equal(normalized.begin(), normalized.end(), shape.end() - normalized.size()))
    return;
  core::fail<ShapeError>(
      "Given normalized_shape={}, expected input with shape [*, {}, but got input of size{}",
      normalized, normalized.to_string().substr(1), shape);
}

/// (x - mean) / sqrt(var + eps) again, for the derivatives of layer_norm.
struct Normalized {
  autograd::Saved x;
  size_t rank;
  double eps;

  Dims dims() const {
    Shape last;
    for (size_t i = 0; i < rank; ++i) last.push_back(-1 - static_cast<int64_t>(i));
    return Dims(last);
  }
  int64_t count() const {
    int64_t result = 1;
    for (size_t i = 0; i < rank; ++i) result *= x.get().size(-1 - static_cast<int64_t>(i));
    return result;
  }
  Tensor scale() const { return rsqrt(var(x, dims(), 0, true) + eps); }
  Tensor value() const { return (x - mean(x, dims(), true)) * scale(); }
  Tensor backward(const Tensor& g) const {
    const Tensor v = value();
    return (g - mean(g, dims(), true) - v * mean(g * v, dims(), true)) * scale();
  }
};

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  check_floating(at + 1 >= x.dim() ? "softmax_lastdim_kernel_impl" : "softmax_kernel_impl", x);
  Tensor y = x.is_meta() ? core::make(x.shape(), x.dtype(), x.device())
                         : along_rows(x, at, [](auto* from, auto* to, int64_t rows, int64_t n) {
                             kernels::softmax(from, to, rows, n);
                           });
  return autograd::record("SoftmaxBackward0", std::move(y),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return ops::softmax_gradient(g, result, at, false);
                            return result * (g - sum(g * result, at, true));
                          }));
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  // The second name is not a slip: PyTorch has one kernel for both functions there.
  check_floating(at + 1 >= x.dim() ? "log_softmax_lastdim_kernel_impl" : "softmax_kernel_impl", x);
  Tensor y = x.is_meta() ? core::make(x.shape(), x.dtype(), x.device())
                         : along_rows(x, at, [](auto* from, auto* to, int64_t rows, int64_t n) {
                             kernels::log_softmax(from, to, rows, n);
                           });
  return autograd::record("LogSoftmaxBackward0", std::move(y),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return ops::softmax_gradient(g, result, at, true);
                            return g - exp(result) * sum(g, at, true);
                          }));
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  check_affine("weight", x, weight, normalized_shape);
  check_affine("bias", x, bias, normalized_shape);
  check_normalized(x, normalized_shape);
  check_floating("LayerNormKernelImpl", x);
  const bool on_meta =
      x.is_meta() || (weight.defined() && weight.is_meta()) || (bias.defined() && bias.is_meta());
  Tensor y;
  if (on_meta || x.numel() == 0) {
    y = core::make(x.shape(), x.dtype(), on_meta ? Device::meta : x.device());
  } else {
    const NoGradGuard guard;
    const auto prepared = [](const Tensor& p) {
      return p.defined() ? ops::as_computed(p).contiguous() : p;
    };
    const Tensor w = prepared(weight), b = prepared(bias);
    const int64_t size = normalized_shape.numel();
    y = along_rows(x.reshape({x.numel() / size, size}), 1,
                   [&](auto* from, auto* to, int64_t rows, int64_t n) {
                     using T = std::remove_pointer_t<decltype(to)>;
                     kernels::layer_norm(from, to, rows, n, elements<T>(w), elements<T>(b), eps);
                   })
            .view(x.shape())
            .detach();
  }
  using autograd::detail::is_recorded;
  if (!is_recorded(x) && !is_recorded(weight) && !is_recorded(bias)) return y;
  const Normalized normalized{autograd::Saved(x), normalized_shape.size(), eps};
  return autograd::record(
      "NativeLayerNormBackward0", std::move(y),
      autograd::wrt(x,
                    [normalized, weight = autograd::Saved(weight)](const Tensor& g) {
                      const Tensor& w = weight;
                      if (ops::may_fuse(g, normalized.x) && !autograd::detail::is_recorded(w))
                        return ops::layer_norm_gradient(g, normalized.x, w, normalized.count(),
                                                        normalized.eps);
                      return normalized.backward(w.defined() ? g * w : g);
                    }),
      autograd::wrt(weight,
                    [normalized, shape = normalized_shape](const Tensor& g) {
                      if (!ops::may_fuse(g, normalized.x)) return g * normalized.value();
                      return ops::layer_norm_weight_gradient(g, normalized.x, normalized.count(),
                                                             normalized.eps)
                          .view(shape);
                    }),
      autograd::wrt(bias, [](const Tensor& g) { return g; }));
}

Tensor Tensor::softmax(int64_t dim) const { return wick::softmax(*this, dim); }
Tensor Tensor::log_softmax(int64_t dim) const { return wick::log_softmax(*this, dim); }

}  // namespace wick
