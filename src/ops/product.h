// Matrix products of tensors: blocks of rows on several threads, each one call of a serial kernel.
#pragma once

#include "wick/tensor.h"

namespace wick::ops {

/// result = a b for a [n, k] and b [k, m], or batches of them ([batch, n, k], not broadcast), of
/// one dtype and any strides; result is contiguous. The two half types are multiplied as float32.
void product(const Tensor& a, const Tensor& b, const Tensor& result);

/// result = x weight^T + bias for x [rows, in], weight [out, in] and bias [out], [1] or undefined.
/// A float32 weight is packed once; the packed form stays with it until it changes.
void linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias,
                    const Tensor& result);

}  // namespace wick::ops
