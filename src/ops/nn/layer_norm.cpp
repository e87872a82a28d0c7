// layer_norm: normalises rows, and keeps what it scaled them by for the derivatives.
#include "compute/layer_norm.h"
#include "core/check.h"
#include "ops/arguments.h"
#include "ops/may_fuse.h"
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

/// What the derivatives need.
struct Normalized {
  autograd::Saved x;
  autograd::Saved scales;
  Shape shape;
  double eps;

  Dims dims() const {
    Shape last;
    for (size_t i = 0; i < shape.size(); ++i) last.push_back(-1 - static_cast<int64_t>(i));
    return Dims(last);
  }
  /// An empty x has no scales: there is nothing to compute.
  bool may_fuse(const Tensor& g) const { return ops::may_fuse(g, x) && scales.get().defined(); }
  /// The derivatives that are asked for, in one pass; weight may be undefined.
  std::vector<Tensor> fused(const Tensor& g, const Tensor& weight, bool of_x,
                            bool of_parameters) const {
    const Tensor& given = x.get();
    const Device device = ops::common_device(g, scales);
    Tensor dx, dweight, dbias;
    if (of_x) dx = core::make(given.shape(), given.dtype(), device);
    if (of_parameters) {
      dweight = core::make(shape, given.dtype(), device);
      dbias = core::make(shape, given.dtype(), device);
    }
    if (of_x)
      compute::run(compute::LayerNormGradient(), dx, dweight, dbias, g, given, weight, scales);
    else
      compute::run(compute::LayerNormParameterGradient(), dweight, dbias, g, given, scales);
    return {dx, dweight, dbias};
  }
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
                              autograd::Saved(needs_x ? scales : none), shape, eps};
  auto derivative = [normalized, weight = autograd::Saved(is_recorded(x) ? weight : none)](
                        const Tensor& g, const std::vector<bool>& wanted) -> Gradients {
    const bool of_parameters = wanted[1] || wanted[2];
    if (!wanted[0] && !wanted[1]) return {{}, {}, g};
    const Tensor w = wanted[0] ? weight.get() : Tensor();
    if (normalized.may_fuse(g) && !is_recorded(w))
      return normalized.fused(g, w, wanted[0], of_parameters);
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
  using autograd::detail::is_recorded;
  const bool recorded = is_recorded(x) || is_recorded(weight) || is_recorded(bias);
  Device device = x.device();
  for (const Tensor* p : {&weight, &bias})
    if (p->defined() && p->device() == Device::meta) device = Device::meta;
  const int64_t n = normalized_shape.numel();
  Tensor scales;
  if (recorded && x.numel() > 0) scales = core::make({x.numel() / n, 2}, DType::float64, device);
  Tensor y = core::make(x.shape(), x.dtype(), device);
  compute::run(compute::LayerNorm{n, eps}, y, scales, x, weight, bias);
  if (!recorded) return y;
  return record_layer_norm(std::move(y), x, weight, bias, normalized_shape, eps, scales);
}

}  // namespace wick
