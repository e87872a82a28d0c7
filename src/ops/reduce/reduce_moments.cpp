// Variance, standard deviation and norms.
#include <cmath>
#include <limits>

#include "core/layout.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick {
namespace {

using compute::Lines;
using kernels::Term;

/// f(lines, element type (float or double), pointer to the results) for a floating x.
template <class F>
void with_floating(const Tensor& x, uint32_t mask, const Tensor& out, F f) {
  const Lines lines = compute::lines_of(compute::as_computed(x), mask);
  core::dispatch(out.dtype(), [&](auto out_tag) {
    using Out = typename decltype(out_tag)::type;
    if constexpr (!std::is_integral_v<Out>)
      f(lines, core::Type<core::Compute<Out>>{}, reinterpret_cast<Out*>(core::bytes(out)));
  });
}

/// The variance of each line from two passes: the first for the mean, seen from the line's first
/// element so that equal elements deviate by exactly 0; the second for the deviations' squares.
template <class T, class Emit>
void variances(const Lines& lines, int64_t correction, const Emit& emit) {
  const int64_t count = lines.outer * lines.inner;
  const double n = static_cast<double>(lines.n);
  std::vector<double> centers(static_cast<size_t>(count));
  if (lines.n > 0 && count > 0) {
    const T* x = reinterpret_cast<const T*>(core::bytes(lines.x));
    for (int64_t i = 0; i < count; ++i)
      centers[static_cast<size_t>(i)] =
          static_cast<double>(x[i / lines.inner * lines.n * lines.inner + i % lines.inner]);
  }
  double* center = centers.data();
  compute::reduce<T>(lines, compute::SumKernel<T>{Term::deviation, center},
                     [=](int64_t i, double total) { center[i] += total / n; });
  const double divisor = std::max(0.0, n - static_cast<double>(correction));
  compute::reduce<T>(lines, compute::SumKernel<T>{Term::deviation_square, center},
                     [=](int64_t i, double total) { emit(i, total / divisor); });
}

/// g times the deviations from the mean.
Tensor variance_backward(const Tensor& g, const Tensor& x, uint32_t mask) {
  const Tensor center = mean(x, ops::dims_of(mask, x.shape().size()), true);
  return ops::with_kept_dims(g, x.shape(), mask) * (x - center);
}

Tensor variance(const char* op, const Tensor& x, const Dims& dims, int64_t correction, bool keepdim,
                bool root) {
  if (!is_floating_point(x.dtype()))
    core::fail<TypeError>("std and var only support floating point and complex dtypes");
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  if (!x.is_meta() && compute::reduced_count(x.shape(), mask) <= correction && hears_warnings())
    warn(
        "correction",
        fmt::format("{}(): degrees of freedom is <= 0. Correction should be strictly less than the "
                    "reduction factor (input numel divided by output numel).",
                    root ? "std" : "var"));
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), x.dtype(), x.device());
  if (!x.is_meta())
    with_floating(x, mask, y, [=](const Lines& lines, auto tag, auto* to) {
      using Out = std::remove_pointer_t<decltype(to)>;
      variances<typename decltype(tag)::type>(lines, correction, [=](int64_t i, double v) {
        to[i] = compute::rounded<Out>(root ? std::sqrt(v) : v);
      });
    });
  const auto n = static_cast<double>(compute::reduced_count(x.shape(), mask));
  const double divisor = std::max(0.0, n - static_cast<double>(correction));
  if (!root)
    return autograd::record(
        op, std::move(y),
        autograd::wrt(x, [x = autograd::Saved(x), mask, divisor](const Tensor& g) {
          return variance_backward(ops::scaled_gradient(g, 2, divisor), x, mask);
        }));
  return autograd::record(
      op, std::move(y),
      autograd::wrt(x,
                    [x = autograd::Saved(x), mask, divisor](const Tensor& g, const Tensor& result) {
                      const Tensor slope = (g / (result * 2)).masked_fill(result == 0, 0);
                      return variance_backward(ops::scaled_gradient(slope, 2, divisor), x, mask);
                    }));
}

template <class T, class Out, class Map, class Op, class Finish>
void fold_into(const Lines& lines, Out* to, double start, Map map, Op op, Finish finish) {
  compute::reduce<T>(lines, compute::fold_kernel(core::Type<T>{}, start, map, op),
                     [=](int64_t i, double v) { to[i] = compute::rounded<Out>(finish(v)); });
}

template <class T, class Out>
void norm_into(const Lines& lines, double p, Out* to) {
  const auto magnitude = [](T x) { return static_cast<double>(std::abs(x)); };
  const auto plus = [](double a, double b) { return a + b; };
  const auto same = [](double v) { return v; };
  if (p == 1 || p == 2) {
    const Term term = p == 1 ? Term::absolute : Term::square;
    compute::reduce<T>(lines, compute::SumKernel<T>{term}, [=](int64_t i, double v) {
      to[i] = compute::rounded<Out>(p == 1 ? v : std::sqrt(v));
    });
  } else if (p == 0) {
    fold_into<T>(
        lines, to, 0.0, [](T x) { return x != 0 ? 1.0 : 0.0; }, plus, same);
  } else if (p == std::numeric_limits<double>::infinity()) {
    fold_into<T>(
        lines, to, 0.0, magnitude,
        [](double a, double b) { return kernels::replaces<true>(b, a) ? b : a; }, same);
  } else if (p == -std::numeric_limits<double>::infinity()) {
    fold_into<T>(
        lines, to, std::numeric_limits<double>::infinity(), magnitude,
        [](double a, double b) { return kernels::replaces<false>(b, a) ? b : a; }, same);
  } else {
    fold_into<T>(
        lines, to, 0.0, [=](T x) { return std::pow(static_cast<double>(std::abs(x)), p); }, plus,
        [=](double v) { return std::pow(v, 1 / p); });
  }
}

/// The slope of a norm is 0 where the norm is.
Tensor norm_backward(const Tensor& grad, const Tensor& x, const Tensor& y, double p,
                     uint32_t mask) {
  const Tensor g = ops::with_kept_dims(grad, x.shape(), mask);
  if (p == 0) return zeros_like(x);
  if (p == 1) return g * sign(x);
  if (p == 2) return x * (g / y).masked_fill(y == 0, 0);
  if (std::isinf(p)) {
    const Tensor largest = abs(x) == y;
    const Tensor count = sum(largest, ops::dims_of(mask, x.shape().size()), true);
    return sign(x) * (g / count) * largest;
  }
  const Tensor scale = (g / pow(y, p - 1)).masked_fill(y == 0, 0);
  return (sign(x) * pow(abs(x), p - 1)).masked_fill(x == 0, 0) * scale;
}

}  // namespace

Tensor var(const Tensor& x, const Dims& dims, int64_t correction, bool keepdim) {
  return variance("VarBackward0", x, dims, correction, keepdim, false);
}

Tensor std(const Tensor& x, const Dims& dims, int64_t correction, bool keepdim) {
  return variance("StdBackward0", x, dims, correction, keepdim, true);
}

Tensor norm(const Tensor& x, double p, const Dims& dims, bool keepdim) {
  if (!is_floating_point(x.dtype()))
    core::fail<TypeError>(
        "norm(): input dtype should be either floating point or complex. Got {} instead.",
        core::scalar_type_name(x.dtype()));
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  const Shape shape = compute::reduced_shape(x.shape(), mask, keepdim);
  Tensor y = core::make(shape, x.dtype(), x.device());
  if (!x.is_meta()) {
    if (compute::reduces_nothing(x.shape(), mask)) {
      y.zero_();  // PyTorch's answer for every p
    } else {
      with_floating(x, mask, y, [=](const Lines& lines, auto tag, auto* to) {
        norm_into<typename decltype(tag)::type>(lines, p, to);
      });
    }
  }
  return autograd::record(
      "NormBackward1", std::move(y),
      autograd::wrt(x, [x = autograd::Saved(x), p, mask](const Tensor& g, const Tensor& result) {
        return norm_backward(g, x, ops::with_kept_dims(result, x.get().shape(), mask), p, mask);
      }));
}

Tensor Tensor::var(const Dims& dims, int64_t correction, bool keepdim) const {
  return wick::var(*this, dims, correction, keepdim);
}
Tensor Tensor::std(const Dims& dims, int64_t correction, bool keepdim) const {
  return wick::std(*this, dims, correction, keepdim);
}
Tensor Tensor::norm(double p, const Dims& dims, bool keepdim) const {
  return wick::norm(*this, p, dims, keepdim);
}

}  // namespace wick
