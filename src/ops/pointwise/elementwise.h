// What the pointwise operations share.
#pragma once

#include <initializer_list>
#include <string_view>

#include "compute/elementwise.h"
#include "kernels/pointwise/binary.h"
#include "wick/tensor.h"

namespace wick::ops {

/// An uninitialised result of `shape`, laid out as pointwise results are; on meta if an input is.
Tensor make_result(const Shape& shape, DType dtype, std::initializer_list<Tensor> inputs);

/// The same for an operation on x alone.
Tensor make_result_like(const Tensor& x, DType dtype);

/// The argument of an operation: a tensor or a number.
struct Argument {
  Argument(const Tensor& x) : tensor(&x) {}
  Argument(Scalar x) : number(x) {}
  DType dtype() const { return tensor ? tensor->dtype() : number.dtype(); }
  const Tensor* tensor = nullptr;
  Scalar number;
};

/// An argument in the dtype of the computation.
struct Prepared {
  Prepared(const Argument& x, DType dtype);
  Tensor tensor;  // undefined for a number
  compute::Number number;
  Scalar value;  // the number as it was given
};

}  // namespace wick::ops
