// What a file is that a reader was given and that is not of its format.
#pragma once

#include <string>
#include <string_view>

#include "io/mapped_file.h"

namespace wick::io {

/// True if the file begins as a safetensors file does. To be asked before anything else: the length
/// that it begins with can look like the beginning of any other format.
bool is_safetensors(std::string_view bytes);

/// "it is a PyTorch checkpoint, which io::load_torch reads", "it is compressed with gzip:
/// decompress it first", or "" for a file that is of no kind that is known.
std::string what_it_is(const MappedFile& file);

/// Throws FileError if what_it_is knows: "<name>: not <wanted>: <what it is>". Files of a few bytes
/// are left to the reader, whose own message shows them.
void check_not_other(const MappedFile& file, std::string_view wanted);

}  // namespace wick::io
