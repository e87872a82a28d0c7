// From a DType at run time to an element type at compile time.
#pragma once

#include <cstring>

#include "core/check.h"
#include "core/tensor_impl.h"
#include "kernels/simd/element.h"

namespace wick::core {

template <class T>
struct Type {
  using type = T;
};

/// dispatch(dtype, [&](auto tag) { using T = typename decltype(tag)::type; ... })
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f(Type<float>{});
    case DType::float64:
      return f(Type<double>{});
    case DType::bfloat16:
      return f(Type<BFloat16>{});
    case DType::float16:
      return f(Type<Half>{});
    case DType::int64:
      return f(Type<int64_t>{});
    case DType::int32:
      return f(Type<int32_t>{});
    case DType::uint8:
      return f(Type<uint8_t>{});
    case DType::bool_:
      return f(Type<bool>{});
  }
  fail<TypeError>("unknown dtype {}", static_cast<int>(dtype));
}

/// As dispatch, for the floating dtypes only; others throw PyTorch's
/// "GeluKernelImpl" not implemented for 'Long'.
template <class F>
decltype(auto) dispatch_floating(std::string_view kernel, DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f(Type<float>{});
    case DType::float64:
      return f(Type<double>{});
    case DType::bfloat16:
      return f(Type<BFloat16>{});
    case DType::float16:
      return f(Type<Half>{});
    default:
      fail<TypeError>("\"{}\" not implemented for '{}'", kernel, scalar_type_name(dtype));
  }
}

/// The type arithmetic happens in: float for the two half types, else T itself.
template <class T>
using Compute = kernels::Arithmetic<T>;

/// Conversion of one element, defined for every value: floating to integer truncates and saturates
/// (nan gives 0) where C++ leaves it undefined.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, From>)
    return value;
  else if constexpr (std::is_same_v<To, bool>)
    return static_cast<Compute<From>>(value) != Compute<From>(0);
  else if constexpr (std::is_integral_v<To> && !std::is_integral_v<From>) {
    return static_cast<To>(
        Scalar(static_cast<double>(static_cast<Compute<From>>(value))).to_int64());
  } else if constexpr (std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>) {
    return To(static_cast<float>(static_cast<Compute<From>>(value)));
  } else {
    return static_cast<To>(static_cast<Compute<From>>(value));
  }
}

/// A number as an element; integers do not pass through double.
template <class To>
To convert(Scalar value) {
  return value.is_floating() ? convert<To>(value.to_double()) : convert<To>(value.to_int64());
}

/// The element of type From at p, converted.
template <class To, class From>
To load_as(const char* p) {
  if constexpr (std::is_same_v<From, bool>) {
    return convert<To>(kernels::load<bool>(p));  // which takes any byte but 0 for true
  } else {
    From value;
    std::memcpy(&value, p, sizeof(value));
    return convert<To>(value);
  }
}

}  // namespace wick::core
