// layer_norm: normalises rows, and keeps what it scaled them by for the derivatives.
#include "kernels/reduce/layer_norm.h"

#include "core/layout.h"
#include "core/threads.h"
#include "ops/arguments.h"
#include "ops/nn/fused_gradients.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

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

template <class T>
T* elements(const Tensor& x) {
  return x.defined() ? reinterpret_cast<T*>(core::bytes(x)) : nullptr;
}

/// layer_norm of rows of n elements; `scales` gets their RowScales, unless undefined.
Tensor normalized_rows(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t n,
                       double eps, const Tensor& scales) {
  const NoGradGuard guard;
  const auto prepared = [](const Tensor& p) {
    return p.defined() ? compute::as_computed(p).contiguous() : p;
  };
  const Tensor from = prepared(x), w = prepared(weight), b = prepared(bias);
  Tensor y = core::make(x.shape(), from.dtype());
  const auto run = [&]<class T>(core::Type<T>) {
    const bool past_caches = compute::exceeds_caches(y);
    auto* rows = elements<kernels::RowScale>(scales);
    core::parallel_for(x.numel() / n, std::max<int64_t>(1, compute::reduce_grain / (4 * n)),
                       [&](int64_t begin, int64_t end) {
                         kernels::layer_norm(elements<T>(from) + begin * n,
                                             elements<T>(y) + begin * n, end - begin, n,
                                             elements<T>(w), elements<T>(b), eps,
                                             rows ? rows + begin : nullptr, past_caches);
                       });
  };
  if (y.dtype() == DType::float64)
    run(core::Type<double>{});
  else
    run(core::Type<float>{});
  return y.dtype() == x.dtype() ? y : y.to(x.dtype());
}

/// What the derivatives need.
struct Normalized {
  autograd::Saved x;
  autograd::Saved scales;
  size_t rank;
  double eps;

  Dims dims() const {
    Shape last;
    for (size_t i = 0; i < rank; ++i) last.push_back(-1 - static_cast<int64_t>(i));
    return Dims(last);
  }
  /// An empty x, and one on the meta device, has no scales: there is nothing to compute.
  bool may_fuse(const Tensor& g) const { return ops::may_fuse(g, x) && scales.get().defined(); }
  // As ops, where the derivatives are to be differentiated again.
  Tensor scale() const { return rsqrt(var(x, dims(), 0, true) + eps); }
  Tensor value() const { return (x - mean(x, dims(), true)) * scale(); }
  Tensor backward(const Tensor& g) const {
    const Tensor v = value();
    return (g - mean(g, dims(), true) - v * mean(g * v, dims(), true)) * scale();
  }
};

Tensor record_layer_norm(Tensor y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                         const Shape& shape, double eps, const Tensor& scales) {
  using Gradients = std::vector<Tensor>;
  using autograd::detail::is_recorded;
  const Tensor none;
  const bool needs_x = is_recorded(x) || is_recorded(weight);
  const Normalized normalized{autograd::Saved(needs_x ? x : none),
                              autograd::Saved(needs_x ? scales : none), shape.size(), eps};
  auto derivative = [normalized, shape, weight = autograd::Saved(is_recorded(x) ? weight : none)](
                        const Tensor& g, const std::vector<bool>& wanted) -> Gradients {
    const bool of_parameters = wanted[1] || wanted[2];
    if (!wanted[0] && !wanted[1]) return {{}, {}, g};
    const Tensor w = wanted[0] ? weight.get() : Tensor();
    if (normalized.may_fuse(g) && !is_recorded(w)) {
      const auto all = ops::layer_norm_gradients(g, normalized.x, w, normalized.scales, wanted[0],
                                                 of_parameters);
      if (!of_parameters) return {all.x, {}, {}};
      return {all.x, reshape(all.weight, shape), reshape(all.bias, shape)};
    }
    Gradients result{{}, {}, g};
    if (wanted[0]) result[0] = normalized.backward(w.defined() ? g * w : g);
    if (wanted[1]) result[1] = g * normalized.value();
    return result;
  };
  return autograd::record("NativeLayerNormBackward0", std::move(y),
                          autograd::jointly({x, weight, bias}, std::move(derivative)));
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  check_affine("weight", x, weight, normalized_shape);
  check_affine("bias", x, bias, normalized_shape);
  check_normalized(x, normalized_shape);
  if (!x.is_floating_point()) ops::fail_not_implemented("LayerNormKernelImpl", x.dtype());
  const bool on_meta =
      x.is_meta() || (weight.defined() && weight.is_meta()) || (bias.defined() && bias.is_meta());
  using autograd::detail::is_recorded;
  const bool recorded = is_recorded(x) || is_recorded(weight) || is_recorded(bias);
  const bool empty = on_meta || x.numel() == 0;
  const int64_t n = normalized_shape.numel();
  Tensor scales;
  if (recorded && !empty) scales = core::make({x.numel() / n, 2}, DType::float64);
  Tensor y = empty ? core::make(x.shape(), x.dtype(), on_meta ? Device::meta : x.device())
                   : normalized_rows(x, weight, bias, n, eps, scales);
  if (!recorded) return y;
  return record_layer_norm(std::move(y), x, weight, bias, normalized_shape, eps, scales);
}

}  // namespace wick
