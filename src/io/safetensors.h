// The safetensors format on bytes: reading for tests and fuzzing, and what reader and writer share.
//
// A file is: 8 bytes, the length N of the header, little-endian; N bytes, the header, a JSON object
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}; the data, which the
// tensors fill without a gap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"
#include "wick/io/safetensors.h"

namespace wick::io {

/// The name under which a header keeps its metadata; no tensor can be called that.
inline constexpr std::string_view safetensors_metadata_name = "__metadata__";

/// What the header says of a tensor.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  int64_t begin = 0;  ///< of the data, in bytes from the end of the header
  int64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  Metadata metadata;
};

/// Reads the JSON `text` of the header of `file`, which names the file in errors. What the entries
/// say is well-formed, dtypes that wick does not have are refused; names may stand twice, and
/// nothing is compared with the data yet.
SafetensorsHeader parse_safetensors_header(const MappedFile& file, std::string_view text);

/// A key that `metadata` has more than once, if there is one.
const std::string* key_that_stands_twice(const Metadata& metadata);

/// "F32" for float32.
std::string_view safetensors_name(DType dtype);

/// The tensors of `file`, and its metadata.
StateDict read_safetensors(const MappedFile& file, Metadata* metadata = nullptr);

}  // namespace wick::io
