// One tensor in a file of its own, in whichever format.
#pragma once

#include <string>
#include <string_view>

#include "wick/tensor.h"

namespace wick::cli {

/// The tensor in a .csv file, or in a .npy, .npz, .safetensors or .pt file, which its content
/// tells. `name` says which one if the file has several. Throws FileError, and IndexError for a
/// name that is not in the file.
Tensor read_tensor(const std::string& path, const std::string& name);

/// Writes `x` in the format that the extension says: .csv, .npy, or, under `name`, .npz,
/// .safetensors or .pt.
void write_tensor(const std::string& path, const Tensor& x, const std::string& name);

/// Throws UsageError if write_tensor does not know the extension.
void check_tensor_path(const std::string& path);

/// True if `path` ends with `extension` (".npy"), in letters of any case.
bool has_extension(std::string_view path, std::string_view extension);

}  // namespace wick::cli
