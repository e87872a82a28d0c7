// Loops over the elements of tensors that broadcast to one shape.
#pragma once

#include <initializer_list>

#include "core/iterate.h"
#include "core/tensor_impl.h"
#include "kernels/pointwise/binary.h"

namespace wick::compute {

/// One element of `dtype` in memory, made from a Scalar.
struct Number {
  Number() = default;
  Number(Scalar value, DType dtype);
  alignas(8) char bytes[8] = {};
};

/// What an elementwise loop reads: a tensor that broadcasts to the result's shape, or a Number.
struct Source {
  Source(const Tensor& x) : tensor(&x) {}
  Source(const Number& x) : number(&x) {}
  const Tensor* tensor = nullptr;
  const Number* number = nullptr;
};

/// Calls `run` with (out, sources...) for runs that cover out's shape; in parallel if out is large.
/// At most 3 sources. Contiguous operands of one shape, the common case, cost next to nothing here.
void elementwise(const Tensor& out, std::initializer_list<Source> sources, core::Run run);

/// How a kernel best writes a new result.
kernels::Stores stores_for(const Tensor& out);

}  // namespace wick::compute
