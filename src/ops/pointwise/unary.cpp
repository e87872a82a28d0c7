// Functions of one tensor that are computed in floating point.
#include "autograd/views.h"
#include "compute/pointwise.h"
#include "core/check.h"
#include "core/promote.h"
#include "core/tensor_impl.h"
#include "ops/arguments.h"
#include "ops/may_fuse.h"
#include "ops/pointwise/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using kernels::Unary;
using kernels::UnaryGrad;
using ops::fail_not_implemented;

/// What a derivative is computed from, besides the gradient of the result.
enum class From : uint8_t { argument, result };

/// How a function is computed and called, and the gradient of its argument: that of the result
/// times its derivative.
struct UnaryOp {
  Unary kernel;
  std::string_view grad_fn;
  From from;
  Tensor (*derivative)(const Tensor& g, const Tensor& x_or_y);
  Tensor (*on_integers)(const Tensor&) = nullptr;  // null: integers and bools give float32
  std::optional<UnaryGrad> fused = {};             // the same derivative in one pass
};

/// A derivative in one pass, computed by a primitive.
template <class P>
Tensor fused(const P& primitive, const Tensor& g, const Tensor& v) {
  const Tensor dx = core::make(v.shape(), v.dtype(), ops::common_device(g, v));
  compute::run(primitive, dx, g, v);
  return dx;
}

Tensor gradient(const UnaryOp& op, const Tensor& g, const Tensor& x_or_y) {
  if (op.fused && ops::may_fuse(g, x_or_y))
    return fused(compute::UnaryGradient{*op.fused}, g, x_or_y);
  return op.derivative(g, x_or_y);
}

DType result_dtype(const Tensor& x) { return x.is_floating_point() ? x.dtype() : DType::float32; }

/// A primitive's result, recorded with a derivative that is given to wrt().
template <class P, class D>
Tensor map(std::string_view grad_fn, const Tensor& x, const P& primitive, D derivative) {
  Tensor out = ops::make_result_like(x, result_dtype(x));
  compute::run(primitive, out, x);
  return autograd::record(grad_fn, std::move(out), autograd::wrt(x, std::move(derivative)));
}

/// The same in place, for floating dtypes.
template <class P, class D>
const Tensor& map_(std::string_view grad_fn, const Tensor& x, const P& primitive, D derivative) {
  compute::run(primitive, x, x);
  core::wrote(x);
  return autograd::record_in_place(grad_fn, x, autograd::wrt(x, std::move(derivative)));
}

void check_in_place(const Tensor& x) {
  autograd::check_writable(x);
  core::check_can_cast(DType::float32, x.dtype());
}

// Operations live as long as the program does: derivatives keep pointers to them.
auto from_argument(const UnaryOp& op, const Tensor& x) {
  return [&op, x = autograd::Saved(x)](const Tensor& g) { return gradient(op, g, x); };
}
auto from_result(const UnaryOp& op) {
  return [&op](const Tensor& g, const Tensor& y) { return gradient(op, g, y); };
}

Tensor unary(const UnaryOp& op, const Tensor& x) {
  if (op.on_integers && !x.is_floating_point()) return op.on_integers(x);
  Tensor out = ops::make_result_like(x, result_dtype(x));
  compute::run(compute::Unary{op.kernel}, out, x);
  if (!autograd::detail::is_recorded(x)) return out;  // before a derivative costs anything
  if (op.from == From::result)
    return autograd::record(op.grad_fn, std::move(out), autograd::wrt(x, from_result(op)));
  return autograd::record(op.grad_fn, std::move(out), autograd::wrt(x, from_argument(op, x)));
}

const Tensor& unary_(const UnaryOp& op, const Tensor& x) {
  if (!op.on_integers || x.is_floating_point()) {
    check_in_place(x);
    if (op.from == From::result)
      return map_(op.grad_fn, x, compute::Unary{op.kernel}, from_result(op));
    return map_(op.grad_fn, x, compute::Unary{op.kernel}, from_argument(op, ops::original(x)));
  }
  const Tensor result = op.on_integers(x);
  core::check_can_cast(result.dtype(), x.dtype());
  return x.copy_(result);
}

/// What an operation without a meaning for bool does before it goes on with integers.
void reject_bool(std::string_view kernel, const Tensor& x) {
  if (x.dtype() == DType::bool_) fail_not_implemented(kernel, x.dtype());
}

Tensor neg_integers(const Tensor& x) {
  if (x.dtype() == DType::bool_)
    core::fail<TypeError>(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
        "invert a mask, use the `~` or `logical_not()` operator instead.");
  return sub(0, x);
}

Tensor abs_integers(const Tensor& x) {
  reject_bool("abs_cpu", x);
  return x.dtype() == DType::uint8 ? x.clone() : maximum(x, neg_integers(x));
}

Tensor sign_integers(const Tensor& x) {
  return x.dtype() == DType::bool_ ? x.clone() : clamp(x, -1, 1);
}

Tensor relu_integers(const Tensor& x) {
  if (x.dtype() == DType::bool_) core::fail<TypeError>("Boolean inputs not supported for relu");
  return clamp(x, 0);
}

Tensor no_slope(const Tensor& g, const Tensor&) { return zeros_like(g); }

/// exp(-x^2 / 2) / sqrt(2 pi), the density of the normal distribution.
Tensor normal_density(const Tensor& x) { return exp(square(x) * -0.5) * 0.39894228040143267794; }

// For passes that are recorded themselves. Beyond the bounds the slopes are constant, and infinity
// times zero must not make them nan.
Tensor gelu_derivative(const Tensor& g, const Tensor& argument) {
  constexpr double sqrt_half = 0.70710678118654752440;
  const Tensor x = clamp(argument, -40, 40);
  return g * (erfc(x * -sqrt_half) * 0.5 + x * normal_density(x));
}

Tensor gelu_tanh_derivative(const Tensor& g, const Tensor& argument) {
  constexpr double k = 0.79788456080286535588, cubic = 0.044715;  // k = sqrt(2 / pi)
  const Tensor x = clamp(argument, -20, 20);
  const Tensor x2 = square(x);
  const Tensor t = tanh(x * (x2 * cubic + 1) * k);
  return g * ((t + 1) * 0.5 + x * (1 - square(t)) * (x2 * (3 * cubic) + 1) * (0.5 * k));
}

Tensor silu_derivative(const Tensor& g, const Tensor& argument) {
  const Tensor x = clamp(argument, -1000, 1000);
  const Tensor s = sigmoid(x);
  return g * s * (x * (1 - s) + 1);
}

constexpr double two_by_sqrt_pi = 1.12837916709551257390;

const UnaryOp abs_op{Unary::abs, "AbsBackward0", From::argument,
                     [](const Tensor& g, const Tensor& x) { return g * sign(x); }, abs_integers};
const UnaryOp neg_op{Unary::neg, "NegBackward0", From::result,
                     [](const Tensor& g, const Tensor&) { return -g; }, neg_integers};
const UnaryOp sign_op{Unary::sign, "SignBackward0", From::result, no_slope, sign_integers};
const UnaryOp relu_op{
    Unary::relu,   "ReluBackward0",
    From::result,  [](const Tensor& g, const Tensor& y) { return where(y <= 0, 0, g); },
    relu_integers, UnaryGrad::relu_from_y};
const UnaryOp square_op{Unary::square, "PowBackward0", From::argument,
                        [](const Tensor& g, const Tensor& x) { return g * (x * 2); },
                        [](const Tensor& x) { return pow(x, 2); }};
const UnaryOp floor_op{Unary::floor, "FloorBackward0", From::result, no_slope, [](const Tensor& x) {
                         reject_bool("floor_vml_cpu", x);
                         return x.clone();
                       }};
const UnaryOp ceil_op{Unary::ceil, "CeilBackward0", From::result, no_slope, [](const Tensor& x) {
                        reject_bool("ceil_vml_cpu", x);
                        return x.clone();
                      }};
const UnaryOp round_op{Unary::round, "RoundBackward0", From::result, no_slope, [](const Tensor& x) {
                         reject_bool("round_vml_cpu", x);
                         return x.clone();
                       }};
const UnaryOp exp_op{Unary::exp, "ExpBackward0", From::result,
                     [](const Tensor& g, const Tensor& y) { return g * y; }};
const UnaryOp expm1_op{Unary::expm1, "Expm1Backward0", From::result,
                       [](const Tensor& g, const Tensor& y) { return g * (y + 1); }};
const UnaryOp log_op{Unary::log, "LogBackward0", From::argument,
                     [](const Tensor& g, const Tensor& x) { return g / x; }};
const UnaryOp log1p_op{Unary::log1p, "Log1PBackward0", From::argument,
                       [](const Tensor& g, const Tensor& x) { return g / (x + 1); }};
const UnaryOp sqrt_op{Unary::sqrt, "SqrtBackward0", From::result,
                      [](const Tensor& g, const Tensor& y) { return g / (y * 2); }};
const UnaryOp rsqrt_op{Unary::rsqrt, "RsqrtBackward0", From::result,
                       [](const Tensor& g, const Tensor& y) { return g * pow(y, 3) * -0.5; }};
const UnaryOp reciprocal_op{Unary::reciprocal, "ReciprocalBackward0", From::result,
                            [](const Tensor& g, const Tensor& y) { return -g * square(y); }};
const UnaryOp sin_op{Unary::sin, "SinBackward0", From::argument,
                     [](const Tensor& g, const Tensor& x) { return g * cos(x); }};
const UnaryOp cos_op{Unary::cos, "CosBackward0", From::argument,
                     [](const Tensor& g, const Tensor& x) { return -g * sin(x); }};
const UnaryOp tanh_op{
    Unary::tanh,  "TanhBackward0",
    From::result, [](const Tensor& g, const Tensor& y) { return g * (1 - square(y)); },
    nullptr,      UnaryGrad::tanh_from_y};
const UnaryOp sigmoid_op{
    Unary::sigmoid, "SigmoidBackward0",
    From::result,   [](const Tensor& g, const Tensor& y) { return g * ((1 - y) * y); },
    nullptr,        UnaryGrad::sigmoid_from_y};
const UnaryOp erf_op{
    Unary::erf,
    "ErfBackward0",
    From::argument,
    [](const Tensor& g, const Tensor& x) { return g * (exp(-square(x)) * two_by_sqrt_pi); },
    nullptr,
    UnaryGrad::erf};
const UnaryOp erfc_op{
    Unary::erfc, "ErfcBackward0", From::argument,
    [](const Tensor& g, const Tensor& x) { return g * (exp(-square(x)) * -two_by_sqrt_pi); }};
const UnaryOp silu_op{
    Unary::silu,
    "SiluBackward0",
    From::argument,
    silu_derivative,
    [](const Tensor& x) -> Tensor { fail_not_implemented("silu_cpu", x.dtype()); },
    UnaryGrad::silu};

Tensor gelu_of_integers(const Tensor& x) { fail_not_implemented("GeluKernelImpl", x.dtype()); }

const UnaryOp gelu_exact_op{Unary::gelu,     "GeluBackward0",  From::argument,
                            gelu_derivative, gelu_of_integers, UnaryGrad::gelu};
const UnaryOp gelu_tanh_op{Unary::gelu_tanh,     "GeluBackward0",  From::argument,
                           gelu_tanh_derivative, gelu_of_integers, UnaryGrad::gelu_tanh};

const UnaryOp& gelu_op(std::string_view approximate) {
  const bool by_tanh = approximate == "tanh";
  if (!by_tanh && approximate != "none")
    core::fail<ValueError>("approximate argument must be either none or tanh.");
  return by_tanh ? gelu_tanh_op : gelu_exact_op;
}

Tensor erfinv_derivative(const Tensor& g, const Tensor& y) {
  return g * (exp(square(y)) / two_by_sqrt_pi);
}

}  // namespace

// Of each UnaryOp: the function, the method, and the method in place.
#define WICK_UNARY(name)                                          \
  Tensor name(const Tensor& x) { return unary(name##_op, x); }    \
  Tensor Tensor::name() const { return unary(name##_op, *this); } \
  const Tensor& Tensor::name##_() const { return unary_(name##_op, *this); }

WICK_UNARY(abs)
WICK_UNARY(neg)
WICK_UNARY(sign)
WICK_UNARY(relu)
WICK_UNARY(square)
WICK_UNARY(floor)
WICK_UNARY(ceil)
WICK_UNARY(round)
WICK_UNARY(exp)
WICK_UNARY(expm1)
WICK_UNARY(log)
WICK_UNARY(log1p)
WICK_UNARY(sqrt)
WICK_UNARY(rsqrt)
WICK_UNARY(reciprocal)
WICK_UNARY(sin)
WICK_UNARY(cos)
WICK_UNARY(tanh)
WICK_UNARY(sigmoid)
WICK_UNARY(erf)
WICK_UNARY(erfc)
WICK_UNARY(silu)
#undef WICK_UNARY

Tensor gelu(const Tensor& x, std::string_view approximate) {
  return unary(gelu_op(approximate), x);
}

Tensor erfinv(const Tensor& x) {
  return map("ErfinvBackward0", x, compute::Erfinv(), erfinv_derivative);
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  if (!x.is_floating_point()) fail_not_implemented("softplus_cpu", x.dtype());
  return map("SoftplusBackward0", x, compute::Softplus{beta, threshold},
             [beta, threshold, x = autograd::Saved(x)](const Tensor& g) {
               if (ops::may_fuse(g, x))
                 return fused(compute::SoftplusGradient{beta, threshold}, g, x);
               const Tensor scaled = x.get() * beta;
               return where(scaled > threshold, g, g * sigmoid(scaled));
             });
}

Tensor Tensor::gelu(std::string_view approximate) const { return wick::gelu(*this, approximate); }
const Tensor& Tensor::gelu_(std::string_view approximate) const {
  return unary_(gelu_op(approximate), *this);
}
Tensor Tensor::erfinv() const { return wick::erfinv(*this); }
const Tensor& Tensor::erfinv_() const {
  check_in_place(*this);
  return map_("ErfinvBackward0", *this, compute::Erfinv(), erfinv_derivative);
}
Tensor Tensor::softplus(double beta, double threshold) const {
  return wick::softplus(*this, beta, threshold);
}

}  // namespace wick
