// Operations on two arguments: promotion, broadcasting, checks and derivatives.
#pragma once

#include <string_view>

#include "kernels/pointwise/binary.h"
#include "ops/pointwise/elementwise.h"

namespace wick::ops {

/// The gradient of one argument of an operation on two, from that of the result.
struct Partial {
  Tensor (*gradient)(const Tensor& g, const Tensor& a, const Tensor& b) = nullptr;
  bool needs_a = false;  // otherwise it is given an undefined tensor
  bool needs_b = false;
};

/// How an operation on two arguments is computed and called, and its derivatives.
struct BinaryOp {
  kernels::Binary kernel;
  std::string_view grad_fn = {};       // empty: comparisons and the like, which record nothing
  std::string_view torch_kernel = {};  // PyTorch's name for it in "not implemented" messages
  Partial a = {};
  Partial b = {};
};

/// op(a, b) with promotion and broadcasting; comparisons give bool. Not for two numbers.
Tensor binary(const BinaryOp& op, const Argument& a, const Argument& b);
/// x = op(x, b), in place.
const Tensor& binary_(const BinaryOp& op, const Tensor& x, const Argument& b);

}  // namespace wick::ops
