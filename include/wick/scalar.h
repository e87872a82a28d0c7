/// \file
/// Scalar: a C++ number as an operand. Only its kind (bool, integer, floating) takes part in type
/// promotion, as a Python number does in PyTorch. And torch's constants inf and nan.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

#include "wick/dtype.h"
#include "wick/export.h"

namespace wick {

inline constexpr double inf = std::numeric_limits<double>::infinity();   ///< torch.inf
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();  ///< torch.nan

namespace detail {
/// Throws ValueError: an integer of so many bytes cannot hold the number.
[[noreturn]] WICK_API void fail_integer_overflow(size_t bytes, bool is_signed);
}  // namespace detail

/// A bool, an integer or a floating-point number. An unsigned integer beyond int64 throws
/// ValueError.
class WICK_API Scalar {
 public:
  using wick_printable = void;
  enum class Kind : uint8_t { boolean, integer, floating };

  constexpr Scalar() : Scalar(int64_t{0}) {}
  constexpr Scalar(bool v) : kind_(Kind::boolean), integer_(v) {}
  template <std::integral T>
  constexpr Scalar(T v) : kind_(Kind::integer), integer_(static_cast<int64_t>(v)) {
    if constexpr (!std::signed_integral<T> && sizeof(T) >= sizeof(int64_t))
      if (v > T{std::numeric_limits<int64_t>::max()}) detail::fail_integer_overflow(8, true);
  }
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
  /// The number as an integer of any type, cut off towards zero; throws ValueError if T cannot hold
  /// it (nan is in no integer).
  template <std::integral T>
  constexpr T to_integer() const {
    using Limits = std::numeric_limits<T>;
    bool fits = true;
    if (is_floating()) {  // compared with powers of two and their neighbours, which are exact
      constexpr auto low = static_cast<double>(Limits::min());
      constexpr double end = 2 * static_cast<double>(Limits::max() / 2 + 1);
      fits = (floating_ > low - 1 || floating_ == low) && floating_ < end;
    } else if constexpr (std::signed_integral<T>) {
      fits = integer_ >= int64_t{Limits::min()} && integer_ <= int64_t{Limits::max()};
    } else {
      fits = integer_ >= 0 && static_cast<uint64_t>(integer_) <= uint64_t{Limits::max()};
    }
    if (!fits) detail::fail_integer_overflow(sizeof(T), std::signed_integral<T>);
    return is_floating() ? static_cast<T>(floating_) : static_cast<T>(integer_);
  }
  constexpr bool to_bool() const { return is_floating() ? floating_ != 0 : integer_ != 0; }
  /// The dtype a tensor made of this number alone gets: bool, int64 or float32.
  constexpr DType dtype() const {
    if (kind_ == Kind::boolean) return DType::bool_;
    return kind_ == Kind::integer ? DType::int64 : DType::float32;
  }
  /// As Python prints it: "True", "3", "0.5".
  std::string to_string() const;

 private:
  Kind kind_;
  union {
    int64_t integer_;
    double floating_;
  };
};

}  // namespace wick
