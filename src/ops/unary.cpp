// Functions of one tensor that are computed in floating point.
#include "kernels/unary.h"
#include "core/check.h"
#include "core/promote.h"
#include "core/tensor_impl.h"
#include "kernels/blocks.h"
#include "kernels/erfinv.h"
#include "ops/arguments.h"
#include "ops/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using kernels::Unary;
using ops::fail_not_implemented;

/// How a function is computed and called.
struct UnaryOp {
  Unary kernel;
  std::string_view grad_fn;
  Tensor (*on_integers)(const Tensor&) = nullptr;  // null: integers and bools give float32
};

/// out = f(x), where f(in, out, n) computes contiguous memory, of floats as well as of doubles.
template <class F>
void apply(const Tensor& out, const Tensor& x, F f) {
  ops::elementwise(out, {x}, [&](char* const* data, const int64_t* strides, int64_t n) {
    if (out.dtype() == DType::float64)
      kernels::in_blocks<double>(x.dtype(), out.dtype(), data, strides, n, f);
    else
      kernels::in_blocks<float>(x.dtype(), out.dtype(), data, strides, n, f);
  });
}

template <class F>
Tensor map(std::string_view grad_fn, const Tensor& x, F f) {
  const DType dtype = x.is_floating_point() ? x.dtype() : DType::float32;
  Tensor out = ops::make_result(x.shape(), dtype, {x});
  if (!out.is_meta()) apply(out, x, f);
  return autograd::record(grad_fn, std::move(out), {x});
}

/// The same in place, for floating dtypes.
template <class F>
const Tensor& map_(std::string_view grad_fn, const Tensor& x, F f) {
  core::check_writable(x);
  core::check_can_cast(DType::float32, x.dtype());
  if (!x.is_meta()) apply(x, x, f);
  core::wrote(x);
  autograd::record(grad_fn, x, {x});
  return x;
}

auto function(Unary kernel) {
  return [kernel](const auto* in, auto* out, int64_t n) {
    kernels::unary(kernel, in, out, static_cast<size_t>(n));
  };
}

Tensor unary(const UnaryOp& op, const Tensor& x) {
  if (op.on_integers && !x.is_floating_point()) return op.on_integers(x);
  return map(op.grad_fn, x, function(op.kernel));
}

const Tensor& unary_(const UnaryOp& op, const Tensor& x) {
  if (!op.on_integers || x.is_floating_point()) return map_(op.grad_fn, x, function(op.kernel));
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

const UnaryOp abs_op{Unary::abs, "AbsBackward0", abs_integers};
const UnaryOp neg_op{Unary::neg, "NegBackward0", neg_integers};
const UnaryOp sign_op{Unary::sign, "SignBackward0", sign_integers};
const UnaryOp relu_op{Unary::relu, "ReluBackward0", relu_integers};
const UnaryOp square_op{Unary::square, "PowBackward0", [](const Tensor& x) { return pow(x, 2); }};
const UnaryOp floor_op{Unary::floor, "FloorBackward0", [](const Tensor& x) {
                         reject_bool("floor_vml_cpu", x);
                         return x.clone();
                       }};
const UnaryOp ceil_op{Unary::ceil, "CeilBackward0", [](const Tensor& x) {
                        reject_bool("ceil_vml_cpu", x);
                        return x.clone();
                      }};
const UnaryOp round_op{Unary::round, "RoundBackward0", [](const Tensor& x) {
                         reject_bool("round_vml_cpu", x);
                         return x.clone();
                       }};
const UnaryOp exp_op{Unary::exp, "ExpBackward0"};
const UnaryOp expm1_op{Unary::expm1, "Expm1Backward0"};
const UnaryOp log_op{Unary::log, "LogBackward0"};
const UnaryOp log1p_op{Unary::log1p, "Log1PBackward0"};
const UnaryOp sqrt_op{Unary::sqrt, "SqrtBackward0"};
const UnaryOp rsqrt_op{Unary::rsqrt, "RsqrtBackward0"};
const UnaryOp reciprocal_op{Unary::reciprocal, "ReciprocalBackward0"};
const UnaryOp sin_op{Unary::sin, "SinBackward0"};
const UnaryOp cos_op{Unary::cos, "CosBackward0"};
const UnaryOp tanh_op{Unary::tanh, "TanhBackward0"};
const UnaryOp sigmoid_op{Unary::sigmoid, "SigmoidBackward0"};
const UnaryOp erf_op{Unary::erf, "ErfBackward0"};
const UnaryOp erfc_op{Unary::erfc, "ErfcBackward0"};
const UnaryOp silu_op{Unary::silu, "SiluBackward0", [](const Tensor& x) -> Tensor {
                        fail_not_implemented("silu_cpu", x.dtype());
                      }};

UnaryOp gelu_op(std::string_view approximate) {
  Unary kernel = Unary::gelu;
  if (approximate == "tanh")
    kernel = Unary::gelu_tanh;
  else if (approximate != "none")
    core::fail<ValueError>("approximate argument must be either none or tanh.");
  return {kernel, "GeluBackward0",
          [](const Tensor& x) -> Tensor { fail_not_implemented("GeluKernelImpl", x.dtype()); }};
}

constexpr auto erfinv_function = [](const auto* in, auto* out, int64_t n) {
  using T = std::remove_pointer_t<decltype(out)>;
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(kernels::erfinv(in[i]));
};

}  // namespace

// Of each row of the table: the function, the method, and the method in place.
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

Tensor erfinv(const Tensor& x) { return map("ErfinvBackward0", x, erfinv_function); }

Tensor softplus(const Tensor& x, double beta, double threshold) {
  if (!x.is_floating_point()) fail_not_implemented("softplus_cpu", x.dtype());
  return map("SoftplusBackward0", x, [=](const auto* in, auto* out, int64_t n) {
    using T = std::remove_pointer_t<decltype(out)>;
    const auto scale = static_cast<T>(beta);
    const auto limit = static_cast<T>(threshold);
    T scaled[kernels::block_size];
    T value[kernels::block_size];
    for (int64_t i = 0; i < n; i += kernels::block_size) {
      const int64_t m = std::min(kernels::block_size, n - i);
      for (int64_t j = 0; j < m; ++j) scaled[j] = scale * in[i + j];
      kernels::unary(Unary::softplus, scaled, value, static_cast<size_t>(m));
      for (int64_t j = 0; j < m; ++j) out[i + j] = scaled[j] > limit ? in[i + j] : value[j] / scale;
    }
  });
}

Tensor Tensor::gelu(std::string_view approximate) const { return wick::gelu(*this, approximate); }
const Tensor& Tensor::gelu_(std::string_view approximate) const {
  return unary_(gelu_op(approximate), *this);
}
Tensor Tensor::erfinv() const { return wick::erfinv(*this); }
const Tensor& Tensor::erfinv_() const { return map_("ErfinvBackward0", *this, erfinv_function); }
Tensor Tensor::softplus(double beta, double threshold) const {
  return wick::softplus(*this, beta, threshold);
}

}  // namespace wick
