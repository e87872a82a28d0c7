// Text out of files, in messages.
#pragma once

#include <string>
#include <string_view>

namespace wick::io {

/// `text` fit for a terminal: cut after 100 bytes, control characters and what is not UTF-8 as \x
/// and two digits.
std::string printable(std::string_view text);
/// The same in double quotes.
std::string quoted(std::string_view text);

}  // namespace wick::io
