/// \file
/// Element types of tensors, their C++ counterparts, and PyTorch's promotion rules
/// (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "wick/export.h"

namespace wick {

/// The element type of a tensor.
enum class DType : uint8_t { float32, float64, bfloat16, float16, int64, int32, uint8, bool_ };

inline constexpr DType float32 = DType::float32;    ///< IEEE single precision; C++ `float`
inline constexpr DType float64 = DType::float64;    ///< IEEE double precision; C++ `double`
inline constexpr DType bfloat16 = DType::bfloat16;  ///< upper half of a float32; wick::BFloat16
inline constexpr DType float16 = DType::float16;    ///< IEEE half precision; wick::Half
inline constexpr DType int64 = DType::int64;        ///< C++ `int64_t`
inline constexpr DType int32 = DType::int32;        ///< C++ `int32_t`
inline constexpr DType uint8 = DType::uint8;        ///< C++ `uint8_t`
inline constexpr DType bool_ = DType::bool_;        ///< C++ `bool`, one byte
inline constexpr int dtype_count = 8;               ///< number of element types

namespace detail {

/// Rounds to the nearest half-precision number, ties to even; overflow gives infinity.
constexpr uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000U;
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return static_cast<uint16_t>(sign | 0x7E00U);   // nan
  if (magnitude >= 0x47800000U) return static_cast<uint16_t>(sign | 0x7C00U);  // too large, inf
  if (magnitude < 0x38800000U) {  // subnormal or zero: let the FPU round by adding 0.5
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3F000000U));
  }
  const uint32_t odd = (magnitude >> 13) & 1U;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000U + 0xFFFU + odd) >> 13));
}

constexpr float half_to_float(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1FU;
  const uint32_t mantissa = half & 0x3FFU;
  if (exponent == 0) {  // subnormal: mantissa * 2^-24, exact
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  const uint32_t rebiased = exponent == 31 ? 255U : exponent + 112U;
  return std::bit_cast<float>(sign | (rebiased << 23) | (mantissa << 13));
}

/// Rounds to the nearest bfloat16, ties to even.
constexpr uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return 0x7FC0U;
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace detail

/// A half-precision number in storage; arithmetic happens in float.
struct Half {
  uint16_t bits = 0;
  constexpr Half() = default;
  constexpr Half(float value) : bits(detail::float_to_half(value)) {}
  constexpr operator float() const { return detail::half_to_float(bits); }
};

/// A bfloat16 number in storage; arithmetic happens in float.
struct BFloat16 {
  uint16_t bits = 0;
  constexpr BFloat16() = default;
  constexpr BFloat16(float value) : bits(detail::float_to_bfloat16(value)) {}
  constexpr operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

namespace detail {
template <class T>
inline constexpr bool is_element = std::is_same_v<T, float> || std::is_same_v<T, double> ||
                                   std::is_same_v<T, BFloat16> || std::is_same_v<T, Half> ||
                                   std::is_same_v<T, bool> || std::is_same_v<T, uint8_t> ||
                                   (std::is_integral_v<T> && std::is_signed_v<T> &&
                                    (sizeof(T) == 8 || sizeof(T) == 4));
/// True for what tensors can be made of and read as: element types, and all of C++'s numbers.
template <class T>
concept Number = is_element<T> || std::is_arithmetic_v<T>;
}  // namespace detail

/// True for C++ types that are the element type of some DType.
template <class T>
concept Element = detail::is_element<std::remove_cv_t<T>>;

/// The DType of a C++ element type: `dtype_of<float> == float32`.
template <Element T>
inline constexpr DType dtype_of = [] {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>) return DType::float32;
  if constexpr (std::is_same_v<U, double>) return DType::float64;
  if constexpr (std::is_same_v<U, BFloat16>) return DType::bfloat16;
  if constexpr (std::is_same_v<U, Half>) return DType::float16;
  if constexpr (std::is_same_v<U, bool>) return DType::bool_;
  if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 8) return DType::int64;
  if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 4) return DType::int32;
  if constexpr (std::is_same_v<U, uint8_t>) return DType::uint8;
}();

/// Bytes of one element.
WICK_API size_t element_size(DType dtype);
/// "float32", "bool", ...: PyTorch's name without `torch.`.
WICK_API std::string_view name(DType dtype);
/// float32, float64, bfloat16 and float16.
WICK_API bool is_floating_point(DType dtype);
/// The dtype that an operation on both gives: PyTorch's torch.promote_types.
WICK_API DType promote_types(DType a, DType b);

}  // namespace wick
