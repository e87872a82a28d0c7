// Functions of each element on its own.
#pragma once

#include "compute/elementwise.h"
#include "compute/primitive.h"
#include "kernels/pointwise/binary.h"
#include "kernels/pointwise/unary.h"
#include "kernels/pointwise/unary_grad.h"

namespace wick::compute {

/// out = op(x), both of one shape; out may be x. x of any dtype, out of a floating one: computed in
/// float64 if that is out's dtype, otherwise in float32.
struct Unary {
  static constexpr std::string_view name = "unary";
  kernels::Unary op;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// The same for the inverse of erf.
struct Erfinv {
  static constexpr std::string_view name = "erfinv";
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// out = log(1 + exp(beta x)) / beta, and x where beta x > threshold.
struct Softplus {
  static constexpr std::string_view name = "softplus";
  double beta, threshold;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// dx = dy f'(v), v being what kernels::unary_grad says: x or y. dx and v are of one floating dtype
/// and shape, and dy has the shape as well; dx is contiguous and new.
struct UnaryGradient {
  static constexpr std::string_view name = "unary_gradient";
  kernels::UnaryGrad op;
  void operator()(const Tensor& dx, const Tensor& dy, const Tensor& v) const;
};

/// The same for Softplus, from x.
struct SoftplusGradient {
  static constexpr std::string_view name = "softplus_gradient";
  double beta, threshold;
  void operator()(const Tensor& dx, const Tensor& dy, const Tensor& x) const;
};

/// out = op(a, b), broadcast, for arguments of `dtype`; an argument that is undefined is the
/// number. out has that dtype too, but bool for comparisons; it may be one of the arguments. Throws
/// ValueError for integers divided by zero, before anything is written.
struct Binary {
  static constexpr std::string_view name = "binary";
  kernels::Binary op;
  DType dtype;
  kernels::Loop loop;  // kernels::binary_loop(op, dtype): callers ask whether there is one
  Number number_a = {}, number_b = {};
  void operator()(const Tensor& out, const Tensor& a, const Tensor& b) const;
};

}  // namespace wick::compute
