// Pickles, instruction by instruction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pickle_code {

inline std::string text(std::string_view value) {
  std::string result = "X";
  for (int i = 0; i < 4; ++i) result += static_cast<char>(value.size() >> (8 * i));
  return result.append(value);
}

inline std::string integer(int64_t value) {
  std::string result = "\x8a\x08";
  for (int i = 0; i < 8; ++i) result += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  return result;
}

inline std::string tuple(const std::vector<int64_t>& values) {
  std::string result = "(";
  for (const int64_t value : values) result += integer(value);
  return result + "t";
}

struct Storage {
  int64_t elements = 0;
  std::string type = "FloatStorage";
  std::string key = "0";
  std::string metadata = {};  ///< of the tensor
};

/// {"neg": True}
inline const std::string negated = "}(" + text("neg") + "\x88u";

/// What makes a tensor in a storage.
inline std::string tensor(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                          int64_t offset, const Storage& storage) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" + storage.type +
         "\n" + text(storage.key) + text("cpu") + integer(storage.elements) + "tQ" +
         integer(offset) + tuple(sizes) + tuple(strides) + "\x89" + "}" + storage.metadata + "tR";
}

}  // namespace pickle_code
