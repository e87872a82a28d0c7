#include "io/quote.h"

#include <fmt/format.h>

#include <cstdint>

namespace wick::io {
namespace {

/// Bytes of the character at the beginning of `text`, or 0 if it is not UTF-8.
size_t character(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first > 0xF4 || size == 0) return 0;
  for (size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool too_large = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || too_large ? 0 : size;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string printable(std::string_view text) {
  constexpr size_t longest = 100;
  std::string result;
  size_t shown = 0;
  while (shown < text.size() && shown < longest) {
    const size_t size = character(text.substr(shown));
    const auto first = static_cast<unsigned char>(text[shown]);
    if (size == 0 || first < 0x20 || first == 0x7F)
      result += fmt::format("\\x{:02x}", first);
    else
      result += text.substr(shown, size);
    shown += size == 0 ? 1 : size;
  }
  if (shown < text.size()) result += "...";
  return result;
}

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", printable(text)); }

}  // namespace wick::io
