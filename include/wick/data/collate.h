/// \file
/// default_collate: how single examples become a batch; as torch.utils.data.default_collate.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/ops.h"

namespace wick::data {

/// A batch of examples, by the type of one:
///   - Tensors are stacked along a new first dimension; throws ShapeError unless they are of one
///     shape;
///   - numbers become a 1-d tensor: int64 for integers, bool for bools, float32 for float, float64
///     for double;
///   - std::strings become a std::vector of them;
///   - std::pair, std::tuple, std::array and plain structs of up to 8 fields become the same of
///   what
///     their fields become. The fields of a struct have to be tensors or such, for the batch is the
///     same struct.
/// Throws ValueError if there are no examples.
template <class Example>
auto default_collate(std::vector<Example> examples);

namespace detail {

WICK_API void check_some(size_t examples);

template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

struct AnyField {
  template <class T>
  operator T() const;
};
template <class T, class... Fields>
concept HasFields = requires {
  T{std::declval<Fields>()...};
};

/// The number of fields of a plain struct, at most 8.
template <class T, class... Fields>
constexpr size_t count_fields() {
  if constexpr (sizeof...(Fields) <= 8 && HasFields<T, Fields..., AnyField>)
    return count_fields<T, Fields..., AnyField>();
  else
    return sizeof...(Fields);
}

/// References to the fields of a plain struct.
template <class T>
auto fields_of(T& x) {
  constexpr size_t count = count_fields<T>();
  static_assert(count > 0 && count <= 8,
                "default_collate takes structs of 1 to 8 fields; give the DataLoader a function "
                "that collates this type");
  if constexpr (count == 1) {
    auto& [a] = x;
    return std::tie(a);
  } else if constexpr (count == 2) {
    auto& [a, b] = x;
    return std::tie(a, b);
  } else if constexpr (count == 3) {
    auto& [a, b, c] = x;
    return std::tie(a, b, c);
  } else if constexpr (count == 4) {
    auto& [a, b, c, d] = x;
    return std::tie(a, b, c, d);
  } else if constexpr (count == 5) {
    auto& [a, b, c, d, e] = x;
    return std::tie(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto& [a, b, c, d, e, f] = x;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (count == 7) {
    auto& [a, b, c, d, e, f, g] = x;
    return std::tie(a, b, c, d, e, f, g);
  } else {
    auto& [a, b, c, d, e, f, g, h] = x;
    return std::tie(a, b, c, d, e, f, g, h);
  }
}

/// `part(example)` of each example, collated.
template <class Example, class Part>
auto collate_part(std::vector<Example>& examples, const Part& part) {
  std::vector<std::remove_cvref_t<decltype(part(examples[0]))>> parts;
  parts.reserve(examples.size());
  for (Example& example : examples) parts.push_back(std::move(part(example)));
  return default_collate(std::move(parts));
}

template <size_t Position, class Example>
auto collate_element(std::vector<Example>& examples) {
  return collate_part(
      examples, [](Example & x) -> auto& { return std::get<Position>(x); });
}

template <class Number>
Tensor collate_numbers(const std::vector<Number>& numbers) {
  const TensorOptions options{.device = cpu};
  if constexpr (std::same_as<Number, bool> || std::same_as<Number, float>)
    return tensor(numbers, options);
  else if constexpr (std::integral<Number>)
    return tensor(std::vector<int64_t>(numbers.begin(), numbers.end()), options);
  else
    return tensor(std::vector<double>(numbers.begin(), numbers.end()), options);
}

template <class Example, size_t... Position>
auto collate_elements(std::vector<Example>& examples, std::index_sequence<Position...>) {
  if constexpr (requires { typename Example::first_type; })
    return std::pair(collate_element<Position>(examples)...);
  else if constexpr (requires { typename Example::value_type; })  // a std::array
    return std::array{collate_element<Position>(examples)...};
  else
    return std::tuple{collate_element<Position>(examples)...};
}

template <class Example, size_t... Position>
Example collate_fields(std::vector<Example>& examples, std::index_sequence<Position...>) {
  return Example{collate_part(
      examples, [](Example & x) -> auto& { return std::get<Position>(fields_of(x)); })...};
}

}  // namespace detail

template <class Example>
auto default_collate(std::vector<Example> examples) {
  detail::check_some(examples.size());
  if constexpr (std::derived_from<Example, Tensor>) {
    return stack(std::vector<Tensor>(examples.begin(), examples.end()));
  } else if constexpr (std::is_arithmetic_v<Example>) {
    return detail::collate_numbers(examples);
  } else if constexpr (std::same_as<Example, std::string>) {
    return examples;
  } else if constexpr (detail::TupleLike<Example>) {
    return detail::collate_elements(examples,
                                    std::make_index_sequence<std::tuple_size<Example>::value>());
  } else {
    static_assert(std::is_aggregate_v<Example>,
                  "default_collate takes tensors, numbers, strings, and pairs, tuples, arrays and "
                  "plain structs of them; give the DataLoader a function that collates this type");
    return detail::collate_fields(examples,
                                  std::make_index_sequence<detail::count_fields<Example>()>());
  }
}

}  // namespace wick::data
