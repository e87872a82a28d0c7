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

#include "wick/fields.h"
#include "wick/ops.h"

namespace wick::data {

/// A batch of examples, by the type of one:
///   - Tensors are stacked along a new first dimension; throws ShapeError unless they are of one
///     shape;
///   - numbers become a 1-d tensor: int64 for integers, bool for bools, float32 for float, float64
///     for double;
///   - std::strings become a std::vector of them;
///   - std::pair, std::tuple, std::array and plain structs of up to 12 fields become the same of
///     what their fields become. The fields of a struct have to be tensors or such, for the batch
///     is the same struct.
/// Throws ValueError if there are no examples.
template <class Example>
auto default_collate(std::vector<Example> examples);

namespace detail {

WICK_API void check_some(size_t examples);

template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

/// References to the fields of a plain struct.
template <class T>
auto fields_of(T& x) {
  static_assert(wick::detail::count_fields<T>() > 0,
                "default_collate takes structs of 1 to 12 fields; give the DataLoader a function "
                "that collates this type");
  return wick::detail::with_fields(x, [](auto&... fields) { return std::tie(fields...); });
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
    return detail::collate_fields(
        examples, std::make_index_sequence<wick::detail::count_fields<Example>()>());
  }
}

}  // namespace wick::data
