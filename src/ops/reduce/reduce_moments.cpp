// Variance, standard deviation and norms.
#include <cmath>

#include "compute/moments.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick {
namespace {

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
  // On meta there are no results to warn of.
  if (!x.is_meta() && compute::reduced_count(x.shape(), mask) <= correction && hears_warnings())
    warn(
        "correction",
        fmt::format("{}(): degrees of freedom is <= 0. Correction should be strictly less than the "
                    "reduction factor (input numel divided by output numel).",
                    root ? "std" : "var"));
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), x.dtype(), x.device());
  compute::run(compute::Variance{mask, correction, root}, y, x);
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
  compute::run(compute::Norm{mask, p}, y, x);
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
