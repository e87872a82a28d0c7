// Text in UTF-8, character by character. In one header, for the program `wick` sees of the library
// what is public.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wick::utf8 {

/// What some editors put in front of a text. It is no character of it.
inline constexpr std::string_view mark = "\xEF\xBB\xBF";

/// Whether the byte goes on with a character that began before it.
constexpr bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// Bytes of the character at the beginning of `text`; 0 if there is none: nothing, or bytes that
/// are not UTF-8 as the standard has it, overlong forms and surrogates among them.
constexpr size_t character(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (text.empty() || (first >= 0x80 && first < 0xC2) || first > 0xF4) return 0;
  const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < size; ++i)
    if (i >= text.size() || !continues(text[i])) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool too_large = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || too_large ? 0 : size;
}

/// Bytes of the control character at the beginning of `text`: one of ASCII, DEL, or one of the C1
/// set, which terminals obey too. 0 if it is none.
constexpr size_t control(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  return byte(0) == 0xC2 && text.size() > 1 && byte(1) >= 0x80 && byte(1) < 0xA0 ? 2 : 0;
}

/// The same as character(), but 0 for control characters: what may be shown.
constexpr size_t shown(std::string_view text) { return control(text) > 0 ? 0 : character(text); }

/// Whether all of `text` is UTF-8.
constexpr bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const size_t size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

/// Characters, each a column of a terminal (wide ones count as one too); bytes that are not UTF-8
/// count as one each, or as part of what is before them.
inline size_t length(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

/// At most so many bytes from the beginning, without a character that is cut in two.
constexpr std::string_view prefix(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

/// Appends the character with this code, below 0x110000.
inline void append(std::string& to, uint32_t code) {
  const auto add = [&](uint32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xE0 | code >> 12);
    } else {
      add(0xF0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3F));
    }
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

}  // namespace wick::utf8
