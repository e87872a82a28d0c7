/// \file
/// Scalar: a C++ number as an operand. Only its kind (bool, integer, floating) takes part in type
/// promotion, as a Python number does in PyTorch.
#pragma once

#include <concepts>
#include <cstdint>

#include "wick/dtype.h"

namespace wick {

/// A bool, an integer or a floating-point number.
class Scalar {
 public:
  enum class Kind : uint8_t { boolean, integer, floating };

  constexpr Scalar() : Scalar(int64_t{0}) {}
  constexpr Scalar(bool v) : kind_(Kind::boolean), integer_(v) {}
  template <std::integral T>
  constexpr Scalar(T v) : kind_(Kind::integer), integer_(static_cast<int64_t>(v)) {}
  template <std::floating_point T>
  constexpr Scalar(T v) : kind_(Kind::floating), floating_(static_cast<double>(v)) {}
  constexpr Scalar(Half v) : Scalar(static_cast<float>(v)) {}
  constexpr Scalar(BFloat16 v) : Scalar(static_cast<float>(v)) {}

  constexpr Kind kind() const { return kind_; }
  constexpr bool is_floating() const { return kind_ == Kind::floating; }
  constexpr double to_double() const {
    return is_floating() ? floating_ : static_cast<double>(integer_);
  }
  /// Truncates towards zero; saturates at the ends of the range, nan gives 0.
  constexpr int64_t to_int64() const {
    if (!is_floating()) return integer_;
    if (floating_ != floating_) return 0;
    if (floating_ >= 0x1p63) return INT64_MAX;
    if (floating_ <= -0x1p63) return INT64_MIN;
    return static_cast<int64_t>(floating_);
  }
  constexpr bool to_bool() const { return is_floating() ? floating_ != 0 : integer_ != 0; }
  /// The dtype a tensor made of this number alone gets: bool, int64 or float32.
  constexpr DType dtype() const {
    if (kind_ == Kind::boolean) return DType::bool_;
    return kind_ == Kind::integer ? DType::int64 : DType::float32;
  }

 private:
  Kind kind_;
  union {
    int64_t integer_;
    double floating_;
  };
};

}  // namespace wick
