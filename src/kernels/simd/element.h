#pragma once
// Reading and writing single elements in the type that arithmetic is done in.

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "wick/dtype.h"

namespace wick::kernels {

template <class T>
inline constexpr bool is_half = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

/// float for the two half types, else T.
template <class T>
using Arithmetic = std::conditional_t<is_half<T>, float, T>;

/// How T lies in memory: a bool as a byte, of which any value but 0 counts as true (memory that
/// the caller gave may hold others than 0 and 1, which must not be read as a C++ bool).
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class T>
Arithmetic<T> load(const char* p) {
  Stored<T> value;
  std::memcpy(&value, p, sizeof(value));
  if constexpr (std::is_same_v<T, bool>)
    return value != 0;
  else
    return static_cast<Arithmetic<T>>(value);
}

template <class T>
void store(char* p, Arithmetic<T> value) {
  const auto stored = static_cast<Stored<T>>(value);
  std::memcpy(p, &stored, sizeof(stored));
}

}  // namespace wick::kernels
