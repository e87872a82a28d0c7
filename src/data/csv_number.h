// Numbers in text, independent of the locale.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace wick::data::csv {

/// What std::from_chars calls out of range: zero if it is too small, infinity if too large.
template <std::floating_point T>
T beyond_range(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  int64_t exponent = 0;
  if (e < text.size()) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
    constexpr int64_t huge = std::numeric_limits<int64_t>::max() / 2;
    if (read.ec != std::errc()) exponent = power.starts_with('-') ? -huge : huge;
    exponent = std::clamp(exponent, -huge, huge);
  }
  // Where the first digit that counts stands, from the point.
  const auto point = static_cast<int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<int64_t>(digits.find_first_of("123456789"));
  const int64_t place = first < point ? point - first : point - first + 1;
  const T size = exponent + place > 0 ? std::numeric_limits<T>::infinity() : T(0);
  return negative ? -size : size;
}

/// The number that `text` is, if it is nothing else: as std::from_chars, with a sign of either
/// kind.
template <class T>
std::optional<T> number_in(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T value{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
  if (read.ec == std::errc()) return value;
  if constexpr (std::floating_point<T>)
    return beyond_range<T>(text);
  else
    return std::nullopt;
}

}  // namespace wick::data::csv
