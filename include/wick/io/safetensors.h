/// \file
/// Weights in safetensors files (https://github.com/huggingface/safetensors).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wick/io/file.h"
#include "wick/state_dict.h"

namespace wick::io {

/// Free text that goes with a file: names and values, in order.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// The longest header that a safetensors file may have, in bytes.
inline constexpr int64_t safetensors_max_header = 100'000'000;

/// The tensors of a safetensors file, in the order of their data. The file is mapped into memory
/// and not copied, unless `options` say otherwise: see wick/io/file.h for what that asks for. Takes
/// the format's F64, F32, F16, BF16, I64, I32, U8 and BOOL. Throws FileError if the file cannot be
/// read or is not a valid safetensors file: it says what is wrong and with which tensor.
WICK_API StateDict load_safetensors(const std::string& path);
WICK_API StateDict load_safetensors(const std::string& path, const ReadOptions& options);

/// The `__metadata__` of a safetensors file; throws as load_safetensors.
WICK_API Metadata safetensors_metadata(const std::string& path);

/// Writes `state` and `metadata` to `path`, in the way of write_file: a crash leaves the old file
/// or the new one, never a part of one. Throws FileError if it cannot be written, ValueError for a
/// tensor that is undefined or on the meta device and for a name that a file cannot have; then the
/// old file is as it was.
WICK_API void save_safetensors(const std::string& path, const StateDict& state,
                               const Metadata& metadata = {});

}  // namespace wick::io
