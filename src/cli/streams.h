// Standard streams, pipes and devices where a command takes a file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace wick::cli {

/// What stands for the standard input, or the standard output, in the place of a path.
inline constexpr std::string_view standard_stream = "-";

/// True for "-", and for a pipe or a device: what can be read once, and is not replaced.
bool is_stream(const std::string& path);

/// What messages call it: "<stdin>" for "-".
std::string shown_path(const std::string& path);

/// All bytes of a stream. It is read once; then they are kept. Throws FileError.
const std::string& stream_bytes(const std::string& path);

/// The bytes of the stream that messages call `name`, if it was read; else null.
const std::string* kept_stream(const std::string& name);

/// Calls `read` with the path of a regular file with the content of `path`: `path` itself, or, of a
/// stream, a temporary file, which is gone afterwards. What `read` throws names the stream.
void with_file(const std::string& path, const std::function<void(const std::string&)>& read);

/// Calls `write` with a path, whose content is then put where `path` leads: for a stream, a
/// temporary file with that extension, for all else `path` itself.
void to_file(const std::string& path, std::string_view extension,
             const std::function<void(const std::string&)>& write);

/// Writes a whole file; a stream is written to.
void write_bytes(const std::string& path, std::string_view bytes);

}  // namespace wick::cli
