// The .npz format, a zip archive of .npy files, on bytes: for load_state, tests and fuzzing.
#pragma once

#include "io/zip.h"
#include "wick/state_dict.h"

namespace wick::io {

/// What the name of an array ends in.
inline constexpr std::string_view npy_extension = ".npy";

/// The arrays in an archive, under the names of its entries without ".npy".
StateDict read_npz(const ZipReader& zip);

}  // namespace wick::io
