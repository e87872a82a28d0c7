#include "io/quote.h"
#include "text/utf8.h"

#include <fmt/format.h>

#include <cstdint>

namespace wick::io {
std::string printable(std::string_view text) {
  constexpr size_t longest = 100;
  std::string result;
  size_t shown = 0;
  while (shown < text.size() && shown < longest) {
    const size_t size = utf8::character(text.substr(shown));
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
