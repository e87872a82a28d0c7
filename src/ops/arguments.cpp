#include "ops/arguments.h"

#include "core/check.h"
#include "core/tensor_impl.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::ops {
namespace {

/// The C++ type as PyTorch's messages have it; the half types are called as everywhere.
std::string_view cpp_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float";
    case DType::float64:
      return "double";
    case DType::int64:
      return "int64_t";
    case DType::int32:
      return "int";
    case DType::uint8:
      return "uint8_t";
    case DType::bool_:
      return "bool";
    default:
      return core::scalar_type_name(dtype);
  }
}

}  // namespace

Tensor new_zeros(const Tensor& x, const Shape& shape) {
  return zeros(shape, {.dtype = x.dtype(), .device = x.device()});
}

Tensor original(const Tensor& x) { return autograd::detail::is_recorded(x) ? x.clone() : x; }

void check_same_dtype(const Tensor& expected, const Tensor& x) {
  if (expected.dtype() != x.dtype())
    core::fail<TypeError>("expected scalar type {} but found {}",
                          core::scalar_type_name(expected.dtype()),
                          core::scalar_type_name(x.dtype()));
}

void fail_not_implemented(std::string_view kernel, DType dtype) {
  core::fail<TypeError>("\"{}\" not implemented for '{}'", kernel, core::scalar_type_name(dtype));
}

void fail_overflow(DType dtype) {
  core::fail<ValueError>("value cannot be converted to type {} without overflow", cpp_name(dtype));
}

}  // namespace wick::ops
