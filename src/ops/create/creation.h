// How every new tensor begins and ends.
#pragma once

#include <span>

#include "compute/primitive.h"
#include "core/iterate.h"
#include "core/tensor_impl.h"

namespace wick::ops {

/// Uninitialised elements as the options say, `fallback` being the dtype where they say none. Their
/// requires_grad comes with finish(): leaves that require it must not be written to.
inline Tensor make(const Shape& shape, const TensorOptions& options,
                   DType fallback = DType::float32) {
  return core::make(shape, options.dtype.value_or(fallback),
                    options.device.value_or(default_device()));
}

/// Where random numbers for `device` go: while a trace is made, to meta, so that each replay draws
/// its own. Elements that are the same every time (zeros, arange) stay where they are, as
/// constants; and what is written into a tensor on the cpu is drawn at once.
inline Device device_to_draw(Device device) {
  return compute::is_tracing() ? Device::meta : device;
}

/// Uninitialised elements in the shape, and if it is dense the layout, of x.
inline Tensor make_like(const Tensor& x, DType dtype, Device device) {
  const Strides strides = core::result_strides(x.shape(), std::span(&x, 1));
  return core::make_strided(x.shape(), strides, dtype, device);
}

/// The end of every creation: the tensor's history starts now.
inline Tensor finish(const Tensor& x, bool requires_grad = false) {
  x.impl().storage->restart();
  return requires_grad ? x.requires_grad_() : x;
}

}  // namespace wick::ops
