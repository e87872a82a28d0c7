// One tensor in a file of its own, in whichever format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wick/tensor.h"

namespace wick::cli {

/// The tensor in a .csv file, or in a .npy, .npz, .safetensors or .pt file, which its content
/// tells. `name` says which one if the file has several. Of a stream, the content tells all. Throws
/// FileError, and IndexError for a name that is not in the file.
Tensor read_tensor(const std::string& path, const std::string& name);

/// True if the tensors of the file have no dtype of their own: a table of numbers as text.
bool is_table(const std::string& path);

/// The format for a result, as an extension: that of `format` ("npz"), or else that of `path`, or
/// .npy for a stream. Throws UsageError if it is none of `known`, which are called `what`, and for
/// bytes that a terminal would be sent.
std::string format_for(const std::string& path, const std::string& format,
                       const std::vector<std::string_view>& known, std::string_view what);

/// The formats that write_tensor knows.
std::vector<std::string_view> tensor_formats();

/// Writes `x` in a format: .csv, .json, .npy, or, under `name`, .npz, .safetensors or .pt.
void write_tensor(const std::string& path, std::string_view format, const Tensor& x,
                  const std::string& name);

/// True if `path` ends with `extension` (".npy"), in letters of any case.
bool has_extension(std::string_view path, std::string_view extension);

}  // namespace wick::cli
