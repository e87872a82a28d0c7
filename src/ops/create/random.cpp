// The random methods of tensors. While a trace is made, those of tensors on meta are noted; a
// tensor on the cpu is filled then and there.
#include <cmath>
#include <limits>
#include <utility>

#include "autograd/views.h"
#include "compute/random.h"
#include "core/dispatch.h"
#include "kernels/random/random.h"
#include "ops/arguments.h"
#include "wick/autograd.h"

namespace wick {
namespace {

using core::fail;

const Tensor& written(std::string_view op, const Tensor& x) {
  core::wrote(x);
  autograd::record_in_place(op, x,
                            autograd::wrt(x, [](const Tensor& g) { return g.zeros_like(); }));
  return x;
}

/// The largest number of T, which is -lowest for floating-point types.
template <class T>
constexpr double largest() {
  if constexpr (std::is_same_v<T, Half>)
    return 65504;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return 0x1.FEp+127;
  else
    return static_cast<double>(std::numeric_limits<T>::max());
}

/// T as PyTorch's messages about bounds call it: the C++ type there.
template <class T>
constexpr std::string_view cpp_name() {
  if constexpr (std::is_same_v<T, float>) return "float";
  if constexpr (std::is_same_v<T, double>) return "double";
  if constexpr (std::is_same_v<T, Half>) return "c10::Half";
  if constexpr (std::is_same_v<T, BFloat16>) return "c10::BFloat16";
  if constexpr (std::is_same_v<T, int64_t>) return "long";
  if constexpr (std::is_same_v<T, int32_t>) return "int";
  if constexpr (std::is_same_v<T, uint8_t>) return "unsigned char";
  return "bool";
}

template <class T>
void check_uniform(double from, double to) {
  for (const auto& [value, what] : {std::pair(from, "from"), std::pair(to, "to")})
    if (!(value >= -largest<T>() && value <= largest<T>()))
      fail<ValueError>("{} is out of bounds for {}", what, cpp_name<T>());
  if (from > to)
    fail<ValueError>("uniform_ expects to return a [from, to) range, but found from={:g} > to={:g}",
                     from, to);
  if (to - from > largest<T>())
    fail<ValueError>(
        "uniform_ expects to-from <= std::numeric_limits<{}>::max(), but found to={:g} and "
        "from={:g} which result in to-from to exceed the limit",
        core::scalar_type_name(dtype_of<T>), to, from);
}

void check_floating(std::string_view kernel, const Tensor& x) {
  if (!is_floating_point(x.dtype())) ops::fail_not_implemented(kernel, x.dtype());
}

void check_std(double std) {
  if (!(std >= 0)) fail<ValueError>("normal expects std >= 0.0, but found std {:g}", std);
}

template <class T>
void check_bound(int64_t value, std::string_view what) {
  bool inside;
  if constexpr (std::is_integral_v<T>)
    inside = value >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
             value <= static_cast<int64_t>(std::numeric_limits<T>::max());
  else
    inside = std::abs(static_cast<double>(value)) <= largest<T>();
  if (!inside) fail<ValueError>("{} is out of bounds for {}", what, cpp_name<T>());
}

/// Moves the bounds of random_ to integers that T has; throws if none is left.
template <class T>
void check_range(int64_t& from, int64_t& to) {
  if (from >= to)
    fail<ValueError>("random_ expects 'from' to be less than 'to', but got from={} >= to={}", from,
                     to);
  from = kernels::random_from<T>(from);
  to = kernels::random_to<T>(to);
  if (from >= to)
    fail<ValueError>(
        "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
        "from={} >= to={}",
        from, to);
  check_bound<T>(from, "from");
  check_bound<T>(to - 1, "to - 1");
}

}  // namespace

const Tensor& Tensor::uniform_(double from, double to, Generator* generator) const {
  autograd::check_writable(*this);
  core::dispatch_floating("check_uniform_bounds", dtype(),
                          [&](auto tag) { check_uniform<typename decltype(tag)::type>(from, to); });
  compute::run(compute::Uniform{from, to, generator}, *this);
  return written("UniformBackward0", *this);
}

const Tensor& Tensor::normal_(double mean, double std, Generator* generator) const {
  check_std(std);
  autograd::check_writable(*this);
  check_floating("normal_kernel_cpu", *this);
  compute::run(compute::Normal{mean, std, generator}, *this);
  return written("NormalBackward0", *this);
}

const Tensor& Tensor::bernoulli_(double p, Generator* generator) const {
  if (!(p >= 0 && p <= 1))
    fail<ValueError>("bernoulli_ expects p to be in [0, 1], but got p={:g}", p);
  autograd::check_writable(*this);
  compute::run(compute::Bernoulli{p, generator}, *this);
  return written("BernoulliBackward2", *this);
}

const Tensor& Tensor::random_(int64_t from, int64_t to, Generator* generator) const {
  autograd::check_writable(*this);
  core::dispatch(dtype(), [&](auto tag) { check_range<typename decltype(tag)::type>(from, to); });
  const uint64_t range = static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  compute::run(compute::RandomIntegers{from, range, generator}, *this);
  return written("RandomBackward0", *this);
}

const Tensor& Tensor::random_(Generator* generator) const {
  autograd::check_writable(*this);
  compute::run(compute::RandomNumbers{generator}, *this);
  return written("RandomBackward2", *this);
}

const Tensor& Tensor::exponential_(double lambda, Generator* generator) const {
  if (!(lambda >= 0))
    fail<ValueError>("exponential_ expects lambda >= 0.0, but found lambda={:g}", lambda);
  autograd::check_writable(*this);
  check_floating("exponential_cpu", *this);
  compute::run(compute::Exponential{lambda, generator}, *this);
  return written("ExponentialBackward0", *this);
}

}  // namespace wick
