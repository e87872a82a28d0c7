// Comparisons and logic: operations that give bool.
#include <atomic>
#include <cmath>

#include "core/check.h"
#include "core/dispatch.h"
#include "kernels/simd/element.h"
#include "ops/pointwise/binary_engine.h"
#include "wick/ops.h"

namespace wick {
namespace {

using kernels::Binary;
using ops::BinaryOp;

constexpr BinaryOp eq_op{Binary::eq};
constexpr BinaryOp ne_op{Binary::ne};
constexpr BinaryOp lt_op{Binary::lt};
constexpr BinaryOp le_op{Binary::le};

/// Which elements are not zero.
Tensor truth(const Tensor& x) { return x.dtype() == DType::bool_ ? x : ne(x, false); }

/// Whether holds(a, b) for every pair of elements of two tensors of one dtype. Stops early.
template <class Holds>
bool for_all_pairs(const Tensor& a, const Tensor& b, Holds holds) {
  const Shape shape = broadcast_shapes(a.shape(), b.shape());
  std::atomic<bool> result{true};
  core::dispatch(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    a.data_ptr<const T>();  // meta tensors throw
    b.data_ptr<const T>();
    const core::Operand operands[] = {core::operand(a, shape), core::read_operand(b, shape)};
    core::for_each_run(shape, operands, core::pointwise_grain,
                       [&](char* const* data, const int64_t* strides, int64_t n) {
                         if (!result.load(std::memory_order_relaxed)) return;
                         for (int64_t i = 0; i < n; ++i)
                           if (!holds(kernels::load<T>(data[0] + i * strides[0]),
                                      kernels::load<T>(data[1] + i * strides[1])))
                             return result.store(false, std::memory_order_relaxed);
                       });
  });
  return result;
}

void check_tolerance(std::string_view name, double value) {
  if (!(value >= 0))
    core::fail<ValueError>("{} must be greater than or equal to zero, but got {}", name, value);
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return ops::binary(eq_op, a, b); }
Tensor eq(const Tensor& a, Scalar b) { return ops::binary(eq_op, a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return ops::binary(ne_op, a, b); }
Tensor ne(const Tensor& a, Scalar b) { return ops::binary(ne_op, a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return ops::binary(lt_op, a, b); }
Tensor lt(const Tensor& a, Scalar b) { return ops::binary(lt_op, a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return ops::binary(le_op, a, b); }
Tensor le(const Tensor& a, Scalar b) { return ops::binary(le_op, a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return ops::binary(lt_op, b, a); }
Tensor gt(const Tensor& a, Scalar b) { return ops::binary(lt_op, b, a); }
Tensor ge(const Tensor& a, const Tensor& b) { return ops::binary(le_op, b, a); }
Tensor ge(const Tensor& a, Scalar b) { return ops::binary(le_op, b, a); }

Tensor logical_not(const Tensor& x) { return eq(x, false); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return bitwise_and(truth(a), truth(b)); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return bitwise_or(truth(a), truth(b)); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return bitwise_xor(truth(a), truth(b)); }

Tensor isnan(const Tensor& x) { return ne(x, x); }
Tensor isinf(const Tensor& x) {
  return x.is_floating_point() ? logical_or(eq(x, inf), eq(x, -inf)) : ne(x, x);
}
Tensor isfinite(const Tensor& x) {
  // x - x is 0 for finite numbers and nan for all others.
  return x.is_floating_point() ? eq(sub(x, x), 0.0) : eq(x, x);
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  if (a.dtype() != b.dtype())
    core::fail<TypeError>("{} did not match {}", core::scalar_type_name(a.dtype()),
                          core::scalar_type_name(b.dtype()));
  check_tolerance("rtol", rtol);
  check_tolerance("atol", atol);
  return for_all_pairs(a, b, [=](auto x, auto y) {
    if (x == y) return true;
    const auto u = static_cast<double>(x);
    const auto v = static_cast<double>(y);
    if (equal_nan && std::isnan(u) && std::isnan(v)) return true;
    const double difference = std::fabs(u - v);
    return std::isfinite(difference) && difference <= atol + std::fabs(rtol * v);
  });
}

bool equal(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return for_all_pairs(a, b, [](auto x, auto y) { return x == y; });
}

#define WICK_COMPARE(name)                                                            \
  Tensor Tensor::name(const Tensor& other) const { return wick::name(*this, other); } \
  Tensor Tensor::name(Scalar other) const { return wick::name(*this, other); }
WICK_COMPARE(eq)
WICK_COMPARE(ne)
WICK_COMPARE(lt)
WICK_COMPARE(le)
WICK_COMPARE(gt)
WICK_COMPARE(ge)
#undef WICK_COMPARE

Tensor Tensor::logical_not() const { return wick::logical_not(*this); }
Tensor Tensor::logical_and(const Tensor& other) const { return wick::logical_and(*this, other); }
Tensor Tensor::logical_or(const Tensor& other) const { return wick::logical_or(*this, other); }
Tensor Tensor::logical_xor(const Tensor& other) const { return wick::logical_xor(*this, other); }
Tensor Tensor::isnan() const { return wick::isnan(*this); }
Tensor Tensor::isinf() const { return wick::isinf(*this); }
Tensor Tensor::isfinite() const { return wick::isfinite(*this); }
bool Tensor::allclose(const Tensor& other, double rtol, double atol, bool equal_nan) const {
  return wick::allclose(*this, other, rtol, atol, equal_nan);
}
bool Tensor::equal(const Tensor& other) const { return wick::equal(*this, other); }

}  // namespace wick
