#pragma once
// What the operations of binary.h do to one pair of elements.

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

namespace wick::kernels::functions {

/// Integer arithmetic is done in here: unsigned, so that it wraps around, and not narrower than
/// int, so that it is not promoted to int.
template <class T>
using Wrapping = std::conditional_t<(sizeof(T) < sizeof(int)), unsigned, std::make_unsigned_t<T>>;

struct Add {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    return a + b;
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
  }
  bool operator()(bool a, bool b) const { return a || b; }
};

struct Sub {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    return a - b;
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  }
};

struct Mul {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    return a * b;
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
  }
  bool operator()(bool a, bool b) const { return a && b; }
};

struct Div {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    return a / b;
  }
};

struct Remainder {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    const T r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;  // the lowest number % -1 traps
    }
    const T r = static_cast<T>(a % b);
    return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
  }
};

struct FloorDivide {
  template <std::floating_point T>
  T operator()(T a, T b) const {
    const T quotient = a / b;
    if (b == 0 || std::isnan(quotient)) return quotient;
    // a - r is a multiple of b, so only rounding keeps the division from giving an integer.
    const T r = std::fmod(a, b);
    T whole = std::nearbyint((a - r) / b);
    if (r != 0 && (r < 0) != (b < 0)) whole -= 1;
    return whole == 0 ? std::copysign(T(0), quotient) : whole;
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return Sub()(T(0), a);  // the lowest number / -1 traps
    }
    const T whole = static_cast<T>(a / b);
    return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(whole - 1) : whole;
  }
};

struct Pow {
  double operator()(double a, double b) const { return std::pow(a, b); }
  float operator()(float a, float b) const {
    return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  template <std::integral T>
  T operator()(T a, T b) const {
    if constexpr (std::is_signed_v<T>) {
      if (b < 0) {  // 1 / a^-b, which is an integer for 1 and -1 only
        if (a == 1) return 1;
        return a == -1 ? (b % 2 == 0 ? T(1) : T(-1)) : T(0);
      }
    }
    auto base = static_cast<Wrapping<T>>(a);
    Wrapping<T> result = 1;
    for (auto e = static_cast<Wrapping<T>>(b); e != 0; e >>= 1, base *= base)
      if (e & 1) result *= base;
    return static_cast<T>(result);
  }
};

struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return a != a || a > b ? a : b;
  }
};

struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return a != a || a < b ? a : b;
  }
};

struct BitAnd {
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};

struct BitOr {
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};

struct BitXor {
  template <std::integral T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};

struct Eq {
  template <class T>
  bool operator()(T a, T b) const {
    return a == b;
  }
};

struct Ne {
  template <class T>
  bool operator()(T a, T b) const {
    return a != b;
  }
};

struct Lt {
  template <class T>
  bool operator()(T a, T b) const {
    return a < b;
  }
};

struct Le {
  template <class T>
  bool operator()(T a, T b) const {
    return a <= b;
  }
};

}  // namespace wick::kernels::functions
