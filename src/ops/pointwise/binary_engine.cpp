#include "ops/pointwise/binary_engine.h"

#include "autograd/node.h"
#include "autograd/views.h"
#include "compute/copy.h"
#include "compute/pointwise.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/layout.h"
#include "core/promote.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

using kernels::Binary;

bool is_comparison(Binary op) { return op >= Binary::eq; }

/// An integer that `dtype`, an integer dtype, can hold.
bool fits(Scalar value, DType dtype) {
  return core::dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T>)
      return static_cast<int64_t>(core::convert<T>(value.to_int64())) == value.to_int64();
    else
      return true;
  });
}

void check_subtraction(const Argument& a, const Argument& b) {
  const bool a_bool = a.dtype() == DType::bool_;
  const bool b_bool = b.dtype() == DType::bool_;
  if (a_bool && b_bool)
    core::fail<TypeError>(
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
        "`logical_xor()` operator instead.");
  if (a_bool || b_bool)
    core::fail<TypeError>(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
        "invert a mask, use the `~` or `logical_not()` operator instead.");
}

/// The dtypes and the loop of one call.
struct Plan {
  Plan(const BinaryOp& op, const Argument& a, const Argument& b);
  DType compute;
  DType result;
  kernels::Loop loop;
};

Plan::Plan(const BinaryOp& op, const Argument& a, const Argument& b) {
  core::Promotion promotion;
  for (const Argument* x : {&a, &b}) {
    if (x->tensor)
      promotion.add(*x->tensor);
    else
      promotion.add(x->number);
  }
  compute = promotion.result();
  if (op.kernel == Binary::sub) check_subtraction(a, b);
  if (op.kernel == Binary::div && !is_floating_point(compute)) compute = DType::float32;
  // A number beyond the tensor's range compares by its value; arithmetic with it wraps around.
  if (is_comparison(op.kernel))
    for (const Argument* x : {&a, &b})
      if (!x->tensor && !fits(x->number, compute)) compute = DType::int64;
  result = is_comparison(op.kernel) ? DType::bool_ : compute;
  loop = kernels::binary_loop(op.kernel, compute);
  if (!loop) fail_not_implemented(op.torch_kernel, compute);
}

Shape shape_of(const Argument& a, const Argument& b) {
  if (!a.tensor) return b.tensor->shape();
  if (!b.tensor || a.tensor->shape() == b.tensor->shape()) return a.tensor->shape();
  return broadcast_shapes(a.tensor->shape(), b.tensor->shape());
}

/// An argument that a derivative may need.
struct SavedArgument {
  SavedArgument(const Prepared& x, bool is_needed)
      : tensor(is_needed ? x.tensor : Tensor()), number(x.value), needed(is_needed) {}
  Tensor get(const Tensor& g) const {
    if (!needed) return {};
    const Tensor& x = tensor.get();
    return x.defined() ? x : full({}, number, {.dtype = g.dtype(), .device = g.device()});
  }
  autograd::Saved tensor;
  Scalar number;
  bool needed;
};

auto derivative(const BinaryOp& op, const Partial& partial, const Prepared& a, const Prepared& b) {
  return [gradient = partial.gradient, name = op.grad_fn, a = SavedArgument(a, partial.needs_a),
          b = SavedArgument(b, partial.needs_b)](const Tensor& g) {
    if (!gradient) core::fail<Error>("derivative for {} is not implemented", name);
    return gradient(g, a.get(g), b.get(g));
  };
}

Tensor recorded(const BinaryOp& op, Tensor result, const Prepared& a, const Prepared& b) {
  using autograd::detail::is_recorded;
  if (op.grad_fn.empty() || !(is_recorded(a.tensor) || is_recorded(b.tensor))) return result;
  return autograd::record(op.grad_fn, std::move(result),
                          autograd::wrt(a.tensor, derivative(op, op.a, a, b)),
                          autograd::wrt(b.tensor, derivative(op, op.b, a, b)));
}

void run(const BinaryOp& op, const Plan& plan, const Tensor& out, const Tensor& a,
         const Prepared& b, const compute::Number& number = {}) {
  compute::run(compute::Binary{op.kernel, plan.compute, plan.loop, number, b.number}, out, a,
               b.tensor);
}

/// x = op(x, b), computed in another dtype than x's.
void run_apart(const BinaryOp& op, const Plan& plan, const Tensor& x, const Prepared& b) {
  const NoGradGuard guard;
  const Tensor out = core::make(x.shape(), plan.result, x.device());
  run(op, plan, out, x.to(plan.compute), b);
  compute::run(compute::Copy(), x, out);
}

/// x's value before it is overwritten, where a derivative needs it.
Prepared before_write(const BinaryOp& op, const Tensor& x, const Tensor& b, DType dtype) {
  const bool needed = (op.a.needs_a && autograd::detail::is_recorded(x)) ||
                      (op.b.needs_a && autograd::detail::is_recorded(b));
  return {needed ? x.clone() : x, dtype};
}

}  // namespace

Tensor binary(const BinaryOp& op, const Argument& a, const Argument& b) {
  const Plan plan(op, a, b);
  const Shape shape = shape_of(a, b);
  const Prepared x(a, plan.compute);
  const Prepared y(b, plan.compute);
  Tensor out = !b.tensor   ? make_result(shape, plan.result, {x.tensor})
               : !a.tensor ? make_result(shape, plan.result, {y.tensor})
                           : make_result(shape, plan.result, {x.tensor, y.tensor});
  run(op, plan, out, x.tensor, y, x.number);
  return recorded(op, std::move(out), x, y);
}

const Tensor& binary_(const BinaryOp& op, const Tensor& x, const Argument& b) {
  autograd::check_writable(x);
  const Plan plan(op, x, b);
  core::check_can_cast(plan.result, x.dtype());
  const Shape shape = shape_of(x, b);
  if (shape != x.shape())
    core::fail<ShapeError>("output with shape {} doesn't match the broadcast shape {}", x.shape(),
                           shape);
  if (b.tensor && b.tensor->is_meta() && !x.is_meta())
    core::fail<TypeError>(
        "Expected all tensors to be on the same device, but found at least two devices, meta and "
        "cpu!");
  Prepared y(b, plan.compute);
  using autograd::detail::is_recorded;
  const bool recorded = !op.grad_fn.empty() && (is_recorded(x) || is_recorded(y.tensor));
  // Before anything is written: what cannot be kept is an error.
  if ((op.a.needs_b && is_recorded(x)) || (op.b.needs_b && is_recorded(y.tensor)))
    autograd::check_savable(y.tensor);
  // x *= x: the derivative wants what both were before.
  if (recorded && y.tensor.defined() && y.tensor.shares_storage(x) &&
      (op.a.needs_b || op.b.needs_b))
    y.tensor = y.tensor.clone();
  const Prepared old = before_write(op, x, y.tensor, recorded ? plan.compute : x.dtype());
  if (y.tensor.defined() && core::overlaps(x, y.tensor)) y.tensor = y.tensor.clone();
  if (plan.result == x.dtype() && plan.compute == x.dtype())
    run(op, plan, x, x, y);
  else
    run_apart(op, plan, x, y);
  core::wrote(x);
  if (!recorded) return x;
  return autograd::record_in_place(op.grad_fn, x, autograd::wrt(x, derivative(op, op.a, old, y)),
                                   autograd::wrt(y.tensor, derivative(op, op.b, old, y)));
}

}  // namespace wick::ops
