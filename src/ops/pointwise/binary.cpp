// Arithmetic on two arguments.
#include "autograd/views.h"
#include "core/check.h"
#include "core/tensor_impl.h"
#include "ops/arguments.h"
#include "ops/pointwise/binary_engine.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using kernels::Binary;
using ops::BinaryOp;

// Gradients of the arguments. What an argument was broadcast to is summed by whoever calls them.

Tensor same(const Tensor& g, const Tensor&, const Tensor&) { return g; }
Tensor minus(const Tensor& g, const Tensor&, const Tensor&) { return -g; }
Tensor times_a(const Tensor& g, const Tensor& a, const Tensor&) { return g * a; }
Tensor times_b(const Tensor& g, const Tensor&, const Tensor& b) { return g * b; }
Tensor over_b(const Tensor& g, const Tensor&, const Tensor& b) { return g / b; }
Tensor divisor(const Tensor& g, const Tensor& a, const Tensor& b) { return -g * (a / b / b); }
Tensor modulus(const Tensor& g, const Tensor& a, const Tensor& b) {
  return -g * floor_divide(a.detach(), b.detach());
}

Tensor power_base(const Tensor& g, const Tensor& a, const Tensor& b) {
  return where(b == 0, 0, g * (b * pow(a, b - 1)));
}
Tensor power_exponent(const Tensor& g, const Tensor& a, const Tensor& b) {
  const Tensor flat = logical_and(a == 0, b >= 0);
  // Without log(0), whose product with 0 would be nan in the next derivative.
  return where(flat, 0, g * (pow(a, b) * log(where(flat, 1, a))));
}

// Equal elements share the gradient.
Tensor larger_a(const Tensor& g, const Tensor& a, const Tensor& b) {
  return where(a == b, g * 0.5, g).masked_fill(a < b, 0);
}
Tensor larger_b(const Tensor& g, const Tensor& a, const Tensor& b) { return larger_a(g, b, a); }
Tensor smaller_a(const Tensor& g, const Tensor& a, const Tensor& b) {
  return where(a == b, g * 0.5, g).masked_fill(a > b, 0);
}
Tensor smaller_b(const Tensor& g, const Tensor& a, const Tensor& b) { return smaller_a(g, b, a); }

constexpr BinaryOp add_op{Binary::add, "AddBackward0", {}, {same}, {same}};
constexpr BinaryOp sub_op{Binary::sub, "SubBackward0", {}, {same}, {minus}};
constexpr BinaryOp rsub_op{Binary::sub, "RsubBackward1", {}, {same}, {minus}};
constexpr BinaryOp mul_op{
    Binary::mul, "MulBackward0", {}, {times_b, false, true}, {times_a, true, false}};
constexpr BinaryOp div_op{
    Binary::div, "DivBackward0", {}, {over_b, false, true}, {divisor, true, true}};
constexpr BinaryOp floor_divide_op{Binary::floor_divide, "FloorDivideBackward0", "div_floor_cpu"};
constexpr BinaryOp remainder_scalar_op{
    Binary::remainder, "RemainderBackward0", "remainder_cpu", {same}, {modulus, true, true}};
constexpr BinaryOp remainder_op{
    Binary::remainder, "RemainderBackward1", "remainder_cpu", {same}, {modulus, true, true}};
constexpr BinaryOp pow_scalar_op{Binary::pow, "PowBackward0", "pow", {power_base, true, true}, {}};
constexpr BinaryOp pow_op{
    Binary::pow, "PowBackward1", "pow", {power_base, true, true}, {power_exponent, true, true}};
constexpr BinaryOp maximum_op{
    Binary::maximum, "MaximumBackward0", {}, {larger_a, true, true}, {larger_b, true, true}};
constexpr BinaryOp minimum_op{
    Binary::minimum, "MinimumBackward0", {}, {smaller_a, true, true}, {smaller_b, true, true}};
constexpr BinaryOp bitwise_and_op{Binary::bit_and, {}, "bitwise_and_cpu"};
constexpr BinaryOp bitwise_or_op{Binary::bit_or, {}, "bitwise_or_cpu"};
constexpr BinaryOp bitwise_xor_op{Binary::bit_xor, {}, "bitwise_xor_cpu"};

void check_exponent(const Tensor& x, Scalar exponent) {
  if (!x.is_floating_point() && !exponent.is_floating() && exponent.to_int64() < 0)
    core::fail<ValueError>("Integers to negative integer powers are not allowed.");
  if (!x.is_floating_point() && !exponent.is_floating()) ops::check_fits(exponent, x.dtype());
}

/// Powers that a faster function computes as exactly as can be; undefined for others.
Tensor easy_power(const Tensor& x, double exponent) {
  if (!x.is_floating_point()) return {};
  if (exponent == 2) return square(x);
  if (exponent == 0.5) return sqrt(x);
  if (exponent == -0.5) return rsqrt(x);
  if (exponent == -1) return reciprocal(x);
  // In the half types the square would be rounded before the second product.
  if (exponent == 3 && x.dtype() != DType::float16 && x.dtype() != DType::bfloat16)
    return mul(square(x), x);
  return {};
}

auto power_of(const Tensor& x, Scalar exponent) {
  return [x = autograd::Saved(x), e = exponent.to_double()](const Tensor& g) {
    return g * (e == 2 ? x.get() * e : pow(x.get(), e - 1) * e);
  };
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return ops::binary(add_op, a, b); }
Tensor add(const Tensor& a, Scalar b) { return ops::binary(add_op, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return ops::binary(sub_op, a, b); }
Tensor sub(const Tensor& a, Scalar b) { return ops::binary(sub_op, a, b); }
Tensor sub(Scalar a, const Tensor& b) { return ops::binary(rsub_op, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return ops::binary(mul_op, a, b); }
Tensor mul(const Tensor& a, Scalar b) { return ops::binary(mul_op, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return ops::binary(div_op, a, b); }
Tensor div(const Tensor& a, Scalar b) { return ops::binary(div_op, a, b); }
Tensor div(Scalar a, const Tensor& b) { return ops::binary(div_op, a, b); }
Tensor floor_divide(const Tensor& a, const Tensor& b) { return ops::binary(floor_divide_op, a, b); }
Tensor floor_divide(const Tensor& a, Scalar b) { return ops::binary(floor_divide_op, a, b); }
Tensor remainder(const Tensor& a, const Tensor& b) { return ops::binary(remainder_op, a, b); }
Tensor remainder(const Tensor& a, Scalar b) { return ops::binary(remainder_scalar_op, a, b); }
Tensor pow(const Tensor& a, const Tensor& b) { return ops::binary(pow_op, a, b); }
Tensor pow(Scalar a, const Tensor& b) { return ops::binary(pow_op, a, b); }
Tensor pow(const Tensor& a, Scalar b) {
  check_exponent(a, b);
  Tensor easy;
  {
    const NoGradGuard guard;
    easy = easy_power(a, b.to_double());
  }
  if (easy.defined())
    return autograd::record(pow_scalar_op.grad_fn, std::move(easy),
                            autograd::wrt(a, power_of(a, b)));
  return ops::binary(pow_scalar_op, a, b);
}
Tensor maximum(const Tensor& a, const Tensor& b) { return ops::binary(maximum_op, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return ops::binary(minimum_op, a, b); }
Tensor bitwise_and(const Tensor& a, const Tensor& b) { return ops::binary(bitwise_and_op, a, b); }
Tensor bitwise_or(const Tensor& a, const Tensor& b) { return ops::binary(bitwise_or_op, a, b); }
Tensor bitwise_xor(const Tensor& a, const Tensor& b) { return ops::binary(bitwise_xor_op, a, b); }
Tensor bitwise_not(const Tensor& x) {
  constexpr BinaryOp op{Binary::bit_xor, {}, "bitwise_not_cpu"};
  return x.dtype() == DType::bool_ ? ops::binary(op, x, Scalar(true))
                                   : ops::binary(op, x, Scalar(-1));
}

#define WICK_BINARY(name)                                                             \
  Tensor Tensor::name(const Tensor& other) const { return wick::name(*this, other); } \
  Tensor Tensor::name(Scalar other) const { return wick::name(*this, other); }
WICK_BINARY(add)
WICK_BINARY(sub)
WICK_BINARY(mul)
WICK_BINARY(div)
WICK_BINARY(floor_divide)
WICK_BINARY(remainder)
WICK_BINARY(pow)
#undef WICK_BINARY

#define WICK_IN_PLACE(name, op)                              \
  const Tensor& Tensor::name##_(const Tensor& other) const { \
    return ops::binary_(op, *this, other);                   \
  }                                                          \
  const Tensor& Tensor::name##_(Scalar other) const { return ops::binary_(op, *this, other); }
WICK_IN_PLACE(add, add_op)
WICK_IN_PLACE(sub, sub_op)
WICK_IN_PLACE(mul, mul_op)
WICK_IN_PLACE(div, div_op)
WICK_IN_PLACE(floor_divide, floor_divide_op)
WICK_IN_PLACE(remainder, remainder_op)
#undef WICK_IN_PLACE

const Tensor& Tensor::pow_(const Tensor& exponent) const {
  return ops::binary_(pow_op, *this, exponent);
}
const Tensor& Tensor::pow_(Scalar exponent) const {
  check_exponent(*this, exponent);
  autograd::check_writable(*this);
  const Tensor old = ops::original(*this);
  Tensor easy;
  {
    const NoGradGuard guard;
    easy = easy_power(*this, exponent.to_double());
    if (easy.defined()) copy_(easy);
  }
  if (!easy.defined()) return ops::binary_(pow_scalar_op, *this, exponent);
  return autograd::record_in_place(pow_scalar_op.grad_fn, *this,
                                   autograd::wrt(*this, power_of(old, exponent)));
}

Tensor Tensor::maximum(const Tensor& other) const { return wick::maximum(*this, other); }
Tensor Tensor::minimum(const Tensor& other) const { return wick::minimum(*this, other); }
Tensor Tensor::bitwise_and(const Tensor& other) const { return wick::bitwise_and(*this, other); }
Tensor Tensor::bitwise_or(const Tensor& other) const { return wick::bitwise_or(*this, other); }
Tensor Tensor::bitwise_xor(const Tensor& other) const { return wick::bitwise_xor(*this, other); }
Tensor Tensor::bitwise_not() const { return wick::bitwise_not(*this); }

}  // namespace wick
