// layer_norm: normalises rows, and keeps what it scaled them by for the derivatives.
#include "kernels/layer_norm.h"

#include "core/layout.h"
#include "core/threads.h"
#include "ops/arguments.h"
#include "ops/fused_gradients.h"
#include "ops/reduce_lines.h"
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
    return p.defined() ? ops::as_computed(p).contiguous() : p;
  };
  const Tensor from = prepared(x), w = prepared(weight), b = prepared(bias);
  Tensor y = core::make(x.shape(), from.dtype());
  const auto run = [&]<class T>(core::Type<T>) {
    const bool past_caches = ops::exceeds_caches(y);
    auto* rows = elements<kernels::RowScale>(scales);
    core::parallel_for(x.numel() / n, std::max<int64_t>(1, ops::reduce_grain / (4 * n)),
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
  std::shared_ptr<ops::ParameterGradients> parameters;

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

/// The first of the derivatives to be called works out what the others need as well, which they
/// find in `parameters`: each would have to read all of g and x.
Tensor record_layer_norm(Tensor y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                         const Shape& shape, double eps, const Tensor& scales) {
  using autograd::detail::is_recorded;
  const bool wants_parameters = is_recorded(weight) || is_recorded(bias);
  const auto parameters = std::make_shared<ops::ParameterGradients>();
  const Normalized normalized{autograd::Saved(x), autograd::Saved(scales), shape.size(), eps,
                              parameters};
  return autograd::record(
      "NativeLayerNormBackward0", std::move(y),
      autograd::wrt(
          x,
          [normalized, wants_parameters, weight = autograd::Saved(weight)](const Tensor& g) {
            const Tensor& w = weight;
            if (!normalized.may_fuse(g) || is_recorded(w))
              return normalized.backward(w.defined() ? g * w : g);
            return ops::layer_norm_gradient(
                g, normalized.x, w, normalized.scales,
                wants_parameters ? normalized.parameters.get() : nullptr);
          }),
      autograd::wrt(weight,
                    [normalized, shape](const Tensor& g) {
                      if (!normalized.may_fuse(g)) return g * normalized.value();
                      const auto found = normalized.parameters->find(g);
                      return (found
                                  ? *found
                                  : ops::layer_norm_parameter_gradients(
                                        g, normalized.x, normalized.scales, *normalized.parameters))
                          .weight.view(shape);
                    }),
      autograd::wrt(bias, [parameters, shape](const Tensor& g) {
        const auto found = is_recorded(g) ? std::nullopt : parameters->find(g);
        return found ? found->bias.view(shape) : g;
      }));
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
