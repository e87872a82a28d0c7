/// \file
/// Files as wholes: read with a limit, written so that a crash leaves the old one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wick/error.h"
#include "wick/export.h"

namespace wick::io {

/// The bytes of a file. Throws FileError, with the path and the reason, if it cannot be read or has
/// more than `max_bytes`.
WICK_API std::string read_file(const std::string& path, int64_t max_bytes = INT64_MAX);

/// Puts `bytes` into the file `path`, atomically: they are written beside it and renamed, so that a
/// reader, or a crash at any moment, finds the old file or the new one. Throws FileError if it
/// cannot be written; then the old file is as it was.
WICK_API void write_file(const std::string& path, std::string_view bytes);

}  // namespace wick::io
