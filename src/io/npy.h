// The .npy format on bytes: reading for .npz, tests and fuzzing, and the header for writers.
//
// A file is: "\x93NUMPY", the version in 2 bytes, the length of the header in 2 bytes (version 1)
// or 4 (versions 2 and 3), little-endian; the header, a Python dict
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }; the elements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/mapped_file.h"

namespace wick::io {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// What the header says of an array.
struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// Reads the Python dict `text`; `file` names the file in errors.
NpyHeader parse_npy_header(const MappedFile& file, std::string_view text);

/// The array in `size` bytes of `file` from `offset` on, which the caller has checked to be inside.
Tensor read_npy(const MappedFile& file, int64_t offset, int64_t size);

/// What stands before the elements of `x`. Throws TypeError, with `name` in it, for a dtype that
/// NumPy does not have.
std::string npy_header(const Tensor& x, std::string_view name);

}  // namespace wick::io
