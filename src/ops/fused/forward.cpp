// Layers in one pass.
#include "wick/fused/forward.h"

#include "compute/feed_forward.h"
#include "compute/linear.h"
#include "core/flop_counter.h"
#include "kernels/gemm/gemm_policy.h"
#include "wick/autograd.h"

namespace wick {
namespace {

using kernels::Unary;

thread_local bool fusion = true;

Unary kernel(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return Unary::relu;
    case Activation::gelu:
      return Unary::gelu;
    case Activation::gelu_tanh:
      return Unary::gelu_tanh;
    case Activation::silu:
      return Unary::silu;
    case Activation::sigmoid:
      return Unary::sigmoid;
    case Activation::tanh:
      return Unary::tanh;
  }
  throw ValueError("not an Activation");  // a number that was cast to one
}

/// What is asked of the tensors of a fused call. Once a call of the smallest blocks: of their
/// parts.
struct Fusable {
  bool meta = false;  // whether one of them, so far, is on meta

  /// Whether the layer takes rows of `in` features of `dtype` and has nothing special about it.
  bool fits(const LinearArguments& layer, int64_t in, DType dtype) {
    if (!layer.weight.defined()) return false;
    const auto plain = [&](const TensorImpl& x, size_t rank) {
      meta |= x.storage->device() == Device::meta;
      return x.dtype == dtype && x.shape.size() == rank;
    };
    const TensorImpl& weight = layer.weight.impl();
    if (!plain(weight, 2) || weight.numel == 0 || weight.shape.begin()[1] != in) return false;
    return !layer.bias.defined() || (plain(layer.bias.impl(), 1) &&
                                     layer.bias.impl().shape.begin()[0] == weight.shape.begin()[0]);
  }

  /// Whether x goes through the layer in a fused form.
  bool first(const Tensor& x, const LinearArguments& layer) {
    if (!fusion || !x.defined()) return false;
    const TensorImpl& rows = x.impl();
    meta |= rows.storage->device() == Device::meta;
    return !rows.shape.empty() && rows.numel > 0 &&
           fits(layer, *std::prev(rows.shape.end()), rows.dtype) &&
           !autograd::detail::is_recorded(x) && !is_recorded(layer);
  }

  static bool is_recorded(const LinearArguments& layer) {
    return autograd::detail::is_recorded(layer.weight) || autograd::detail::is_recorded(layer.bias);
  }

  /// On meta a fused form only matters to who notes what is computed.
  bool is_elsewhere() const { return meta && !compute::is_tracing(); }

  Tensor make_output(const Tensor& x, const Tensor& weight) const {
    return core::make(compute::with_last(x.shape(), *weight.shape().begin()), x.dtype(),
                      meta ? Device::meta : Device::cpu);
  }
};

}  // namespace

Tensor fused_linear_activation(const Tensor& x, const LinearArguments& first,
                               Activation activation) {
  Fusable fusable;
  if (!fusable.first(x, first) || x.dtype() != DType::float32 || fusable.is_elsewhere()) return {};
  Tensor result = fusable.make_output(x, first.weight);
  core::count_multiply_adds(result.numel(), x.size(-1));
  compute::run(compute::LinearActivation{kernel(activation)}, result, x, first.weight, first.bias);
  return result;
}

Tensor fused_feed_forward(const Tensor& x, const LinearArguments& first, Activation activation,
                          const LinearArguments& second) {
  Fusable fusable;
  if (!fusable.first(x, first)) return {};
  const Shape& sizes = first.weight.shape();
  const int64_t in = sizes.begin()[1], hidden = sizes.begin()[0];
  if (hidden > kernels::most_hidden || !fusable.fits(second, hidden, x.dtype()) ||
      Fusable::is_recorded(second) || fusable.is_elsewhere())
    return {};
  if (x.dtype() != DType::float32 && x.dtype() != DType::bfloat16 && x.dtype() != DType::float16)
    return {};
  Tensor result = fusable.make_output(x, second.weight);
  core::count_multiply_adds(x.numel() / in * hidden, in);
  core::count_multiply_adds(result.numel(), hidden);
  compute::run(compute::FeedForward{kernel(activation)}, result, x, first.weight, first.bias,
               second.weight, second.bias);
  return result;
}

NoFusionGuard::NoFusionGuard() : before_(fusion) { fusion = false; }
NoFusionGuard::~NoFusionGuard() { fusion = before_; }

}  // namespace wick
