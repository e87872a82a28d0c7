/// \file
/// A hash for names that come out of files. For the library's own use: no part of its interface.
#pragma once

#include <cstddef>
#include <string_view>

#include "wick/export.h"

namespace wick::detail {

/// SipHash-1-3 of a text, with a key that this process drew at random: nobody can write a file
/// whose names all fall into one place of a table. For every table whose keys a file chooses:
///
///     std::unordered_map<std::string, int, SeededHash, std::equal_to<>> by_name;
///
/// finds string_views too. The order of such a table differs from process to process: what is
/// printed or written must not follow it. Integers out of files need no such table: sort them, or
/// use std::map.
struct WICK_API SeededHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept;
};

}  // namespace wick::detail
