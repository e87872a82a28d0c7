// where and clamp: results that are one of the arguments.
#include <cmath>
#include <limits>

#include "autograd/views.h"
#include "compute/where.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/promote.h"
#include "ops/arguments.h"
#include "ops/pointwise/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick {
namespace {

using ops::Argument;
using ops::Prepared;

Tensor choose(const Tensor& condition, const Argument& a, const Argument& b) {
  if (!ops::is_mask(condition))
    core::fail<TypeError>(
        "where expected condition to be a boolean tensor, but got a tensor with dtype {}",
        core::scalar_type_name(condition.dtype()));
  if (condition.dtype() == DType::uint8)
    warn("dtype",
         "where received a uint8 condition tensor. This behavior is deprecated and will be removed "
         "in a future version of PyTorch. Use a boolean condition instead.");
  core::Promotion promotion;
  Shape shape = condition.shape();
  Shape values;  // PyTorch broadcasts, and complains about, the values first
  for (const Argument* x : {&a, &b}) {
    if (!x->tensor) {
      promotion.add(x->number);
      continue;
    }
    promotion.add(*x->tensor);
    values = broadcast_shapes(values, x->tensor->shape());
  }
  shape = broadcast_shapes(shape, values);
  const DType dtype = promotion.result();
  for (const Argument* x : {&a, &b})
    if (!x->tensor) ops::check_fits(x->number, dtype);
  const Prepared first(a, dtype);
  const Prepared second(b, dtype);
  const Tensor& x = first.tensor.defined() ? first.tensor : condition;
  const Tensor& y = second.tensor.defined() ? second.tensor : condition;
  Tensor out = ops::make_result(shape, dtype, {condition, x, y});
  compute::run(compute::Where{first.number, second.number}, out, condition, first.tensor,
               second.tensor);
  using autograd::detail::is_recorded;
  if (!is_recorded(first.tensor) && !is_recorded(second.tensor)) return out;
  // Of bools, so that the derivative warns no more.
  const autograd::Saved mask(condition.to(DType::bool_));
  return autograd::record(
      "WhereBackward0", std::move(out),
      autograd::wrt(first.tensor, [mask](const Tensor& g) { return wick::where(mask, g, 0); }),
      autograd::wrt(second.tensor, [mask](const Tensor& g) { return wick::where(mask, 0, g); }));
}

[[noreturn]] void fail_clamp(const char* which, Scalar bound, DType dtype) {
  core::fail<ValueError>("Clamp {} value {:g} is outside the representable range of {}", which,
                         bound.to_double(), core::scalar_type_name(dtype));
}

/// The bounds of clamp as T's elements are compared with them.
template <class T>
compute::Clamp clamp_bounds(std::optional<Scalar> min, std::optional<Scalar> max) {
  if constexpr (!std::is_integral_v<T>) {
    for (const auto& bound : {min, max})
      if (bound) ops::check_fits(*bound, dtype_of<T>, ops::HalfOverflow::error);
    return {min ? min->to_double() : -inf, max ? max->to_double() : inf};
  } else {
    // A bound beyond the type bounds nothing; one that nothing can reach is a mistake.
    constexpr int64_t lowest = std::numeric_limits<T>::lowest();
    constexpr int64_t highest = std::numeric_limits<T>::max();
    const int64_t low = std::max(min ? min->to_int64() : lowest, lowest);
    const int64_t high = std::min(max ? max->to_int64() : highest, highest);
    if (low > highest) fail_clamp("min", *min, dtype_of<T>);
    if (high < lowest) fail_clamp("max", *max, dtype_of<T>);
    return {low, high};
  }
}

std::string_view clamp_kernel(const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  if (min && max) return "clamp_scalar_cpu";
  return min ? "clamp_min_scalar_cpu" : "clamp_max_scalar_cpu";
}

DType clamp_dtype(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  if (!min && !max) core::fail<ValueError>("clamp: at least one of min and max must be given");
  core::Promotion promotion;
  promotion.add(x);
  if (min) promotion.add(*min);
  if (max) promotion.add(*max);
  if (promotion.result() == DType::bool_)
    ops::fail_not_implemented(clamp_kernel(min, max), DType::bool_);
  return promotion.result();
}

/// out = clamp(x), both of one dtype.
void clamp_into(const Tensor& out, const Tensor& x, std::optional<Scalar> min,
                std::optional<Scalar> max) {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, bool>) compute::run(clamp_bounds<T>(min, max), out, x);
  });
}

/// The gradient passes where x is between the bounds, which do not count as that, and nan neither.
auto clamped(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  return [x = autograd::Saved(x), min, max](const Tensor& g) {
    Tensor inside;
    if (min) inside = x.get() > *min;
    if (max) inside = min ? inside & (x.get() < *max) : x.get() < *max;
    return wick::where(inside, g, 0);
  };
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return choose(condition, a, b);
}
Tensor where(const Tensor& condition, const Tensor& a, Scalar b) { return choose(condition, a, b); }
Tensor where(const Tensor& condition, Scalar a, const Tensor& b) { return choose(condition, a, b); }
Tensor where(const Tensor& condition, Scalar a, Scalar b) { return choose(condition, a, b); }

Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  const DType dtype = clamp_dtype(x, min, max);
  const Prepared source(x, dtype);
  Tensor out = ops::make_result(x.shape(), dtype, {source.tensor});
  clamp_into(out, source.tensor, min, max);
  return autograd::record("ClampBackward1", std::move(out),
                          autograd::wrt(source.tensor, clamped(source.tensor, min, max)));
}

Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return wick::where(condition, *this, other);
}
Tensor Tensor::clamp(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return wick::clamp(*this, min, max);
}
const Tensor& Tensor::clamp_(std::optional<Scalar> min, std::optional<Scalar> max) const {
  autograd::check_writable(*this);
  const DType result = clamp_dtype(*this, min, max);
  core::check_can_cast(result, dtype());
  // Castable results have the tensor's own dtype: numbers only promote to another category.
  const Tensor old = ops::original(*this);
  clamp_into(*this, *this, min, max);
  core::wrote(*this);
  return autograd::record_in_place("ClampBackward1", *this,
                                   autograd::wrt(*this, clamped(old, min, max)));
}

}  // namespace wick
