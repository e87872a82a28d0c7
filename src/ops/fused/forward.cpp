// Layers in one pass.
#include "wick/fused/forward.h"

#include "compute/linear.h"
#include "core/flops.h"
#include "kernels/memory/scratch.h"
#include "kernels/simd/half.h"
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

// What is asked of tensors here is asked once a call of the smallest blocks, of their parts.
bool has_elements(const TensorImpl& x) { return x.storage->device() != Device::meta; }

/// Whether the layer takes rows of `in` features of `dtype` and has nothing special about it.
bool fits(const LinearArguments& layer, int64_t in, DType dtype) {
  if (!layer.weight.defined()) return false;
  const auto plain = [dtype](const TensorImpl& x, size_t rank) {
    return x.dtype == dtype && x.shape.size() == rank && has_elements(x);
  };
  const TensorImpl& weight = layer.weight.impl();
  if (!plain(weight, 2) || weight.numel == 0 || weight.shape.begin()[1] != in) return false;
  return !layer.bias.defined() || (plain(layer.bias.impl(), 1) &&
                                   layer.bias.impl().shape.begin()[0] == weight.shape.begin()[0]);
}

bool is_recorded(const LinearArguments& layer) {
  return autograd::detail::is_recorded(layer.weight) || autograd::detail::is_recorded(layer.bias);
}

/// Whether x goes through the layer in a fused form.
bool can_fuse(const Tensor& x, const LinearArguments& first) {
  if (!fusion || !x.defined()) return false;
  const TensorImpl& rows = x.impl();
  return !rows.shape.empty() && rows.numel > 0 && has_elements(rows) &&
         fits(first, *std::prev(rows.shape.end()), rows.dtype) &&
         !autograd::detail::is_recorded(x) && !is_recorded(first);
}

Tensor make_output(const Tensor& x, const Tensor& weight) {
  return core::make(compute::with_last(x.shape(), *weight.shape().begin()), x.dtype());
}

/// How many rows to run through both layers at a time: as many as a thread can have its own hidden
/// features for in the L2 cache.
int64_t feed_forward_block(int64_t rows, int64_t hidden, int64_t features) {
  constexpr int64_t hidden_floats = 3 << 16;
  const int64_t most = std::max<int64_t>(hidden_floats / hidden, 16);
  const int64_t preferred = kernels::preferred_row_block(rows, hidden, features);
  if (preferred <= most) return preferred;
  const int64_t blocks = ((rows - 1) / most + 8) / 8 * 8;  // as many as threads like to divide
  return (rows - 1) / blocks + 1;
}

int64_t feed_forward_grains(int64_t rows, int64_t hidden, int64_t features) {
  return compute::grains_of(static_cast<double>(rows) * static_cast<double>(hidden) *
                            static_cast<double>(features));
}

/// Both layers for blocks of rows, on all threads.
void run_blocks(const compute::Layer& first, Unary activation, const compute::Layer& second,
                const compute::Rows<float>& x, float* y) {
  const int64_t step = feed_forward_block(x.count, first.out(), first.in() + second.out());
  const int64_t grains = feed_forward_grains(x.count, first.out(), first.in() + second.out());
  core::parallel_tasks((x.count - 1) / step + 1, grains, [&](int64_t i) {
    kernels::Scratch scratch;
    const int64_t row = i * step, count = std::min(step, x.count - row);
    float* hidden = scratch.reserve_for<float>(static_cast<size_t>(count * first.out()));
    first.run_rows(x.part(row, count), hidden, activation);
    second.run_rows({hidden, count, first.out()}, y + row * second.out(), std::nullopt);
  });
}

void feed_forward_float(const Tensor& x, const LinearArguments& first, Unary activation,
                        const LinearArguments& second, const Tensor& result) {
  Tensor holder;
  const compute::Rows<float> rows = compute::rows_of<float>(x, holder);
  auto* y = reinterpret_cast<float*>(core::bytes(result));
  const compute::Layer one(first, rows.count), two(second, rows.count);
  if (!one.by_features() && !two.by_features()) return run_blocks(one, activation, two, rows, y);
  kernels::Scratch scratch;
  float* hidden = scratch.reserve_for<float>(static_cast<size_t>(rows.count * one.out()));
  one.run(rows, hidden, activation);
  two.run({hidden, rows.count, one.out()}, y, std::nullopt);
}

/// The hidden features are rounded to T once, after the activation.
template <class T>
void feed_forward_half(const Tensor& x, const LinearArguments& first, Unary activation,
                       const LinearArguments& second, const Tensor& result) {
  Tensor holder;
  const compute::Rows<T> rows = compute::rows_of<T>(x.contiguous(), holder);
  auto* y = reinterpret_cast<T*>(core::bytes(result));
  const compute::HalfLayer<T> one(first), two(second);
  const int64_t step = feed_forward_block(rows.count, one.out(), one.in() + two.out());
  const int64_t grains = feed_forward_grains(rows.count, one.out(), one.in() + two.out());
  core::parallel_tasks((rows.count - 1) / step + 1, grains, [&](int64_t i) {
    kernels::Scratch scratch, rounded_scratch;
    const int64_t row = i * step, count = std::min(step, rows.count - row);
    const int64_t n = count * one.out();
    auto* hidden = scratch.reserve_for<float>(static_cast<size_t>(n));
    auto* rounded = rounded_scratch.reserve_for<T>(static_cast<size_t>(n));
    one.run_rows(rows.part(row, count), hidden);
    kernels::unary(activation, hidden, hidden, static_cast<size_t>(n));
    kernels::narrow(hidden, rounded, n);
    two.run_rows({rounded, count, one.out()}, y + row * two.out());
  });
}

}  // namespace

Tensor fused_linear_activation(const Tensor& x, const LinearArguments& first,
                               Activation activation) {
  if (!can_fuse(x, first) || x.dtype() != DType::float32) return {};
  Tensor result = make_output(x, first.weight);
  core::count_multiply_adds(result.numel(), x.size(-1));
  Tensor holder;
  const compute::Rows<float> rows = compute::rows_of<float>(x, holder);
  compute::Layer(first, rows.count)
      .run(rows, reinterpret_cast<float*>(core::bytes(result)), kernel(activation));
  return result;
}

Tensor fused_feed_forward(const Tensor& x, const LinearArguments& first, Activation activation,
                          const LinearArguments& second) {
  // Beyond, the hidden features of a reasonable block of rows do not fit into the cache.
  constexpr int64_t most_hidden = 1 << 15;
  if (!can_fuse(x, first)) return {};
  const Shape& sizes = first.weight.shape();
  const int64_t in = sizes.begin()[1], hidden = sizes.begin()[0];
  if (hidden > most_hidden || !fits(second, hidden, x.dtype()) || is_recorded(second)) return {};
  const auto run = x.dtype() == DType::float32    ? feed_forward_float
                   : x.dtype() == DType::bfloat16 ? feed_forward_half<BFloat16>
                   : x.dtype() == DType::float16  ? feed_forward_half<Half>
                                                  : nullptr;
  if (!run) return {};
  Tensor result = make_output(x, second.weight);
  core::count_multiply_adds(x.numel() / in * hidden, in);
  core::count_multiply_adds(result.numel(), hidden);
  run(x, first, kernel(activation), second, result);
  return result;
}

NoFusionGuard::NoFusionGuard() : before_(fusion) { fusion = false; }
NoFusionGuard::~NoFusionGuard() { fusion = before_; }

}  // namespace wick
