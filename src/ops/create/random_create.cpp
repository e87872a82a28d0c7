// New tensors of random numbers. While a trace is made they are on meta: see ops::device_to_draw.
#include <limits>

#include "compute/random.h"
#include "core/dispatch.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using core::fail;
using ops::finish;

/// Throws if T has not every integer below n.
template <class T>
void check_permutation(int64_t n) {
  if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, int32_t>) {
    if (n > 0) ops::check_fits(n - 1, dtype_of<T>);
  } else if constexpr (!std::is_same_v<T, int64_t>) {
    constexpr int digits = std::is_same_v<T, Half>       ? 11
                           : std::is_same_v<T, BFloat16> ? 8
                                                         : std::numeric_limits<T>::digits;
    constexpr int64_t most = (int64_t{1} << digits) + 1;
    if (n > most)
      fail<ValueError>("n cannot be greater than {} for {} type.", most,
                       core::scalar_type_name(dtype_of<T>));
  }
}

Tensor make(const Shape& shape, const TensorOptions& options, DType fallback = DType::float32) {
  return core::make(shape, options.dtype.value_or(fallback),
                    ops::device_to_draw(options.device.value_or(default_device())));
}

Tensor make_like(const Tensor& x, const TensorOptions& options) {
  return ops::make_like(x, options.dtype.value_or(x.dtype()),
                        ops::device_to_draw(options.device.value_or(x.device())));
}

}  // namespace

Tensor rand(const Shape& shape, const TensorOptions& options, Generator* generator) {
  return finish(make(shape, options).uniform_(0, 1, generator), options.requires_grad);
}
Tensor randn(const Shape& shape, const TensorOptions& options, Generator* generator) {
  return normal(0, 1, shape, options, generator);
}
Tensor normal(double mean, double std, const Shape& shape, const TensorOptions& options,
              Generator* generator) {
  return finish(make(shape, options).normal_(mean, std, generator), options.requires_grad);
}
Tensor randint(int64_t low, int64_t high, const Shape& shape, const TensorOptions& options,
               Generator* generator) {
  return finish(make(shape, options, DType::int64).random_(low, high, generator),
                options.requires_grad);
}
Tensor randint(int64_t high, const Shape& shape, const TensorOptions& options,
               Generator* generator) {
  return randint(0, high, shape, options, generator);
}

Tensor rand(const Shape& shape, DType dtype) { return rand(shape, TensorOptions{.dtype = dtype}); }
Tensor randn(const Shape& shape, DType dtype) {
  return randn(shape, TensorOptions{.dtype = dtype});
}
Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype) {
  return randint(low, high, shape, TensorOptions{.dtype = dtype});
}
Tensor randint(int64_t high, const Shape& shape, DType dtype) {
  return randint(0, high, shape, TensorOptions{.dtype = dtype});
}

Tensor rand_like(const Tensor& x, const TensorOptions& options, Generator* generator) {
  return finish(make_like(x, options).uniform_(0, 1, generator), options.requires_grad);
}
Tensor randn_like(const Tensor& x, const TensorOptions& options, Generator* generator) {
  return finish(make_like(x, options).normal_(0, 1, generator), options.requires_grad);
}
Tensor randint_like(const Tensor& x, int64_t low, int64_t high, const TensorOptions& options,
                    Generator* generator) {
  return finish(make_like(x, options).random_(low, high, generator), options.requires_grad);
}
Tensor randint_like(const Tensor& x, int64_t high, const TensorOptions& options,
                    Generator* generator) {
  return randint_like(x, 0, high, options, generator);
}

Tensor randperm(int64_t n, const TensorOptions& options, Generator* generator) {
  const DType dtype = options.dtype.value_or(DType::int64);
  return core::dispatch(dtype, [&](auto tag) -> Tensor {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, bool>) {
      ops::fail_not_implemented("randperm", dtype);
    } else {
      check_permutation<T>(n);
      const Tensor result = make({n}, options, DType::int64);
      compute::run(compute::Permutation{generator}, result);
      return finish(result, options.requires_grad);
    }
  });
}

Tensor bernoulli(const Tensor& p, Generator* generator) {
  if (!is_floating_point(p.dtype()))
    ops::fail_not_implemented("bernoulli_tensor_cpu_p_", p.dtype());
  const Tensor result = core::make(p.shape(), p.dtype(), ops::device_to_draw(p.device()));
  compute::run(compute::BernoulliEach{generator}, result, p);
  return autograd::record("BernoulliBackward0", result,
                          autograd::wrt(p, [](const Tensor& g) { return zeros_like(g); }));
}

}  // namespace wick
