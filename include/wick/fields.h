/// \file
/// The fields of plain structs, which C++20 does not name: for batches of examples, and for modules
/// that take or give several tensors.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/tensor.h"

namespace wick::detail {

/// The most fields that a struct may have.
inline constexpr size_t max_fields = 12;

struct AnyField {
  template <class T>
  operator T() const;
};
template <class T, class... Fields>
concept HasFields = requires {
  T{std::declval<Fields>()...};
};

/// The number of fields of a plain struct, at most max_fields.
template <class T, class... Fields>
constexpr size_t count_fields() {
  if constexpr (sizeof...(Fields) < max_fields && HasFields<T, Fields..., AnyField>)
    return count_fields<T, Fields..., AnyField>();
  else
    return sizeof...(Fields);
}

/// f(fields...) with the fields of a plain struct, in order. One that has more than max_fields does
/// not compile.
template <class T, class F>
decltype(auto) with_fields(T& x, F&& f) {
  constexpr size_t count = count_fields<std::remove_cv_t<T>>();
  if constexpr (count == 0) {
    return f();
  } else if constexpr (count == 1) {
    auto& [a] = x;
    return f(a);
  } else if constexpr (count == 2) {
    auto& [a, b] = x;
    return f(a, b);
  } else if constexpr (count == 3) {
    auto& [a, b, c] = x;
    return f(a, b, c);
  } else if constexpr (count == 4) {
    auto& [a, b, c, d] = x;
    return f(a, b, c, d);
  } else if constexpr (count == 5) {
    auto& [a, b, c, d, e] = x;
    return f(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto& [a, b, c, d, e, g] = x;
    return f(a, b, c, d, e, g);
  } else if constexpr (count == 7) {
    auto& [a, b, c, d, e, g, h] = x;
    return f(a, b, c, d, e, g, h);
  } else if constexpr (count == 8) {
    auto& [a, b, c, d, e, g, h, i] = x;
    return f(a, b, c, d, e, g, h, i);
  } else if constexpr (count == 9) {
    auto& [a, b, c, d, e, g, h, i, j] = x;
    return f(a, b, c, d, e, g, h, i, j);
  } else if constexpr (count == 10) {
    auto& [a, b, c, d, e, g, h, i, j, k] = x;
    return f(a, b, c, d, e, g, h, i, j, k);
  } else if constexpr (count == 11) {
    auto& [a, b, c, d, e, g, h, i, j, k, l] = x;
    return f(a, b, c, d, e, g, h, i, j, k, l);
  } else {
    auto& [a, b, c, d, e, g, h, i, j, k, l, m] = x;
    return f(a, b, c, d, e, g, h, i, j, k, l, m);
  }
}

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

/// Calls `f` on every tensor in `x`: on x itself, on those in the fields of a plain struct, and on
/// those in a std::vector. Other values have none.
template <class T, class F>
void for_each_tensor(T& x, F& f) {
  if constexpr (std::is_base_of_v<Tensor, T>) {
    f(x);
  } else if constexpr (is_list<T>) {
    for (auto& item : x) for_each_tensor(item, f);
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    with_fields(x, [&f](auto&... fields) { (for_each_tensor(fields, f), ...); });
  }
}

}  // namespace wick::detail
