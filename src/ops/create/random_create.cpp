// New tensors of random numbers.
#include <limits>

#include "core/dispatch.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "ops/create/random_draw.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using core::fail;
using kernels::RandomState;
using ops::draw;
using ops::finish;
using ops::make;

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

template <class T>
void check_probabilities(const T* p, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<core::Compute<T>>(p[i]);
    if (!(value >= 0 && value <= 1))
      fail<ValueError>("Expected p_in >= 0 && p_in <= 1 to be true, but got false");
  }
}

Tensor make_like(const Tensor& x, const TensorOptions& options) {
  return ops::make_like(x, options.dtype.value_or(x.dtype()), options.device.value_or(x.device()));
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
      draw<T>(result, generator, [](RandomState& random, T* out, int64_t count) {
        kernels::fill_permutation(random, out, count);
      });
      return finish(result, options.requires_grad);
    }
  });
}

Tensor bernoulli(const Tensor& p, Generator* generator) {
  const Tensor result = core::make(p.shape(), p.dtype(), p.device());
  core::dispatch_floating("bernoulli_tensor_cpu_p_", p.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (p.is_meta()) return;
    const Tensor rows = p.detach().contiguous();
    const T* probabilities = rows.data_ptr<const T>();
    check_probabilities(probabilities, rows.numel());
    draw<T>(result, generator, [&](RandomState& random, T* out, int64_t n) {
      kernels::fill_bernoulli_each(random, out, probabilities, n, ops::team);
    });
  });
  return autograd::record("BernoulliBackward0", result,
                          autograd::wrt(p, [](const Tensor& g) { return zeros_like(g); }));
}

}  // namespace wick
