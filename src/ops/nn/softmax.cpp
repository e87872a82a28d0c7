// softmax, log_softmax and logsumexp.
#include "compute/softmax.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/arguments.h"
#include "ops/may_fuse.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

void check_floating(const char* op, int64_t dim, const Tensor& x) {
  if (x.is_floating_point()) return;
  core::fail<TypeError>(
      "\"{}_{}kernel_impl\" not implemented for '{}': {} expects a floating-point tensor, got {}",
      op, dim + 1 >= x.dim() ? "lastdim_" : "", core::scalar_type_name(x.dtype()), op,
      name(x.dtype()));
}

/// The gradient of softmax's (log_softmax's) argument from its result y, along `dim`.
Tensor fused_gradient(const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  const compute::SoftmaxGradient gradient{dim, log};
  const Device device = ops::common_device(g, y);
  Shape shape = y.shape();
  const bool turned = dim + 1 < y.dim() && gradient.reads_rows(y, dim);
  if (turned) std::swap(shape[dim], shape[y.dim() - 1]);
  Strides strides = core::contiguous_strides(shape);
  if (turned) std::swap(strides[dim], strides[y.dim() - 1]);
  Tensor dx = core::make_strided(y.shape(), strides, y.dtype(), device);
  compute::run(gradient, dx, g, y);
  return dx;
}

/// What softmax and log_softmax share.
Tensor along(const Tensor& x, int64_t dim, bool log) {
  Tensor y = core::make(x.shape(), x.dtype(), x.device());
  compute::run(compute::Softmax{dim, log}, y, x);
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x, Dim dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  check_floating("softmax", at, x);
  return autograd::record("SoftmaxBackward0", along(x, at, false),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return fused_gradient(g, result, at, false);
                            return result * (g - sum(g * result, at, true));
                          }));
}

Tensor log_softmax(const Tensor& x, Dim dim) {
  const int64_t at = core::wrap_dim(dim, x.shape().size());
  check_floating("log_softmax", at, x);
  return autograd::record("LogSoftmaxBackward0", along(x, at, true),
                          autograd::wrt(x, [at](const Tensor& g, const Tensor& result) {
                            if (ops::may_fuse(g, result))
                              return fused_gradient(g, result, at, true);
                            return g - exp(result) * sum(g, at, true);
                          }));
}

Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  const DType dtype = is_floating_point(x.dtype()) ? x.dtype() : DType::float32;
  Tensor y = core::make(compute::reduced_shape(x.shape(), mask, keepdim), dtype, x.device());
  compute::run(compute::LogSumExp{mask}, y, x);
  return autograd::record(
      "LogsumexpBackward0", std::move(y),
      autograd::wrt(x, [x = autograd::Saved(x), mask](const Tensor& g, const Tensor& result) {
        const Shape& shape = x.get().shape();
        return ops::with_kept_dims(g, shape, mask) *
               exp(x - ops::with_kept_dims(result, shape, mask));
      }));
}

Tensor Tensor::softmax(Dim dim) const { return wick::softmax(*this, dim); }
Tensor Tensor::log_softmax(Dim dim) const { return wick::log_softmax(*this, dim); }
Tensor Tensor::logsumexp(const Dims& dims, bool keepdim) const {
  return wick::logsumexp(*this, dims, keepdim);
}

}  // namespace wick
