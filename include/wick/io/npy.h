/// \file
/// Tensors in NumPy's files
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include <string>

#include "wick/io/file.h"
#include "wick/state_dict.h"

namespace wick::io {

/// The array in a .npy file, of version 1, 2 or 3 of the format, row-major whatever the order in
/// the file (`fortran_order`), either endianness. NumPy's float64, float32, float16, int64, int32,
/// uint8 and bool; throws FileError for others (it names them), and for a file that is damaged. The
/// file is mapped, unless `options` say otherwise: see wick/io/file.h.
WICK_API Tensor load_npy(const std::string& path);
WICK_API Tensor load_npy(const std::string& path, const ReadOptions& options);

/// Writes `x` as NumPy's np.save does, in the way of write_file: a crash leaves the old file.
/// bfloat16, which NumPy does not have, throws TypeError: convert it with `x.to(float32)`. Throws
/// FileError if the file cannot be written, ValueError for an undefined or meta tensor.
WICK_API void save_npy(const std::string& path, const Tensor& x);

/// The arrays of a .npz file (np.savez and np.savez_compressed), by name. Throws FileError as
/// load_npy, and if what the file has compressed takes more memory than the machine has. The file
/// is mapped, unless `options` say otherwise: see wick/io/file.h; each array is read once to be
/// checked against its CRC.
WICK_API StateDict load_npz(const std::string& path);
WICK_API StateDict load_npz(const std::string& path, const ReadOptions& options);

/// Writes `state` as np.savez does, or, if `compressed`, as np.savez_compressed. Throws as
/// save_npy.
WICK_API void save_npz(const std::string& path, const StateDict& state, bool compressed = false);

}  // namespace wick::io
