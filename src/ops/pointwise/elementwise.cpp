#include "ops/pointwise/elementwise.h"

#include "core/layout.h"

namespace wick::ops {

Prepared::Prepared(const Argument& x, DType dtype) {
  if (!x.tensor)
    number = compute::Number(x.number, dtype), value = x.number;
  else if (x.tensor->dtype() == dtype)
    tensor = *x.tensor;
  else
    tensor = x.tensor->to(dtype);
}

Tensor make_result(const Shape& shape, DType dtype, std::initializer_list<Tensor> inputs) {
  Device device = Device::cpu;
  bool plain = true;  // nothing but row-major layouts: no need to ask for the result's
  for (const Tensor& x : inputs) {
    if (x.is_meta()) device = Device::meta;
    plain = plain && x.is_contiguous();
  }
  if (plain) return core::make(shape, dtype, device);
  const std::span<const Tensor> all(inputs.begin(), inputs.size());
  return core::make_strided(shape, core::result_strides(shape, all), dtype, device);
}

Tensor make_result_like(const Tensor& x, DType dtype) {
  if (x.is_contiguous()) return core::make(x.shape(), dtype, x.device());
  return make_result(x.shape(), dtype, {x});
}

}  // namespace wick::ops
