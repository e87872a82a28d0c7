// Sums, products, means, and whether any or all elements are true.
#include "compute/reduce.h"
#include "core/check.h"
#include "core/layout.h"
#include "ops/may_fuse.h"
#include "ops/reduce/reduced.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using compute::Reduce;
using compute::Reduction;

/// Integers and bools add up in int64 unless the caller says otherwise.
DType accumulated(const Tensor& x, std::optional<DType> dtype) {
  return dtype.value_or(is_floating_point(x.dtype()) ? x.dtype() : DType::int64);
}

/// The product of the other elements of each line, as a product over a further dimension that
/// leaves one out: it has derivatives of its own, at zeros too.
Tensor products_of_others(const Tensor& x, uint32_t mask) {
  Shape order, back = x.shape();
  int64_t outer = 1, n = 1;
  for (const bool reduced : {false, true})
    for (int64_t d = 0; d < x.dim(); ++d)
      if ((mask >> d & 1) == reduced) {
        order.push_back(d);
        (reduced ? n : outer) *= x.size(d);
      }
  for (int64_t i = 0; i < x.dim(); ++i) back[order[i]] = i;
  const Tensor lines = permute(x, order);
  const Tensor one_left_out = eye(n, {}, {.device = x.device()}).to(DType::bool_);
  const Tensor rows = lines.reshape({outer, 1, n}).expand({outer, n, n});
  return permute(prod(where(one_left_out, 1, rows), -1).reshape(lines.shape()), back);
}

/// The product of the other elements, times g. A single zero has a slope, of all others none; two
/// zeros leave no slope at all.
Tensor product_backward(const Tensor& g, const Tensor& x, uint32_t mask) {
  const Tensor zero = x == 0;
  // On meta it may be computed later, with zeros or without.
  if (!ops::may_fuse(g, x) && (x.is_meta() || any(zero).item<bool>()))
    return ops::with_kept_dims(g, x.shape(), mask) * products_of_others(x, mask);
  const Dims dims = ops::dims_of(mask, x.shape().size());
  const Tensor zeros_in_line = sum(zero, dims, true);
  const Tensor others = where(zero, 1, x);
  const Tensor product = prod(others, dims, true);
  const Tensor slope = where(zeros_in_line == 0, product / others,
                             where(logical_and(zeros_in_line == 1, zero), product, 0));
  return ops::with_kept_dims(g, x.shape(), mask) * slope;
}

Tensor empty_result(const Tensor& x, uint32_t mask, bool keepdim, DType dtype) {
  return core::make(compute::reduced_shape(x.shape(), mask, keepdim), dtype, x.device());
}

Tensor truth(const Tensor& x, const Dims& dims, bool keepdim, bool of_all) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  const DType dtype = x.dtype() == DType::uint8 ? DType::uint8 : DType::bool_;
  Tensor y = empty_result(x, mask, keepdim, dtype);
  compute::run(Reduce{of_all ? Reduction::all : Reduction::any, mask}, y, x);
  return y;
}

}  // namespace

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim, std::optional<DType> dtype) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  Tensor y = empty_result(x, mask, keepdim, accumulated(x, dtype));
  compute::run(Reduce{Reduction::sum, mask}, y, x);
  return autograd::record(dims.empty() ? "SumBackward0" : "SumBackward1", std::move(y),
                          autograd::wrt(x, [shape = x.shape(), mask](const Tensor& g) {
                            return expand(ops::with_kept_dims(g, shape, mask), shape);
                          }));
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim, std::optional<DType> dtype) {
  const DType result = dtype.value_or(x.dtype());
  if (!is_floating_point(result))
    core::fail<TypeError>(
        "mean(): could not infer output dtype. {} dtype must be either a floating point or complex "
        "dtype. Got: {}",
        dtype ? "Optional" : "Input", core::scalar_type_name(result));
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  Tensor y = empty_result(x, mask, keepdim, result);
  compute::run(Reduce{Reduction::mean, mask}, y, x);
  return autograd::record(
      dims.empty() ? "MeanBackward0" : "MeanBackward1", std::move(y),
      autograd::wrt(x, [shape = x.shape(), mask](const Tensor& g) {
        const auto n = static_cast<double>(compute::reduced_count(shape, mask));
        return expand(ops::scaled_gradient(ops::with_kept_dims(g, shape, mask), 1, n), shape);
      }));
}

Tensor prod(const Tensor& x, const Dims& dims, bool keepdim, std::optional<DType> dtype) {
  const uint32_t mask = core::dim_mask(dims, x.shape().size());
  Tensor y = empty_result(x, mask, keepdim, accumulated(x, dtype));
  compute::run(Reduce{Reduction::prod, mask}, y, x);
  return autograd::record(dims.empty() ? "ProdBackward0" : "ProdBackward1", std::move(y),
                          autograd::wrt(x, [x = autograd::Saved(x), mask](const Tensor& g) {
                            return product_backward(g, x, mask);
                          }));
}

Tensor any(const Tensor& x, const Dims& dims, bool keepdim) {
  return truth(x, dims, keepdim, false);
}

Tensor All::operator()(const Tensor& x, const Dims& dims, bool keepdim) const {
  return truth(x, dims, keepdim, true);
}

Tensor Tensor::sum(const Dims& dims, bool keepdim, std::optional<DType> dtype) const {
  return wick::sum(*this, dims, keepdim, dtype);
}
Tensor Tensor::mean(const Dims& dims, bool keepdim, std::optional<DType> dtype) const {
  return wick::mean(*this, dims, keepdim, dtype);
}
Tensor Tensor::prod(const Dims& dims, bool keepdim, std::optional<DType> dtype) const {
  return wick::prod(*this, dims, keepdim, dtype);
}
Tensor Tensor::any(const Dims& dims, bool keepdim) const { return wick::any(*this, dims, keepdim); }
Tensor Tensor::all(const Dims& dims, bool keepdim) const { return wick::all(*this, dims, keepdim); }

}  // namespace wick
