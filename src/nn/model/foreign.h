// Files that somebody takes for model files.
#pragma once

#include <string>
#include <string_view>

namespace wick::nn::model {

/// What a file is that begins with `bytes` and is no text, and what to do with it: "this is a
/// PyTorch checkpoint: ..."; `path` is named in what to do. "" if it may be a model file.
std::string foreign_text(std::string_view bytes, const std::string& path);

/// The same of a file, of which only the beginning is read; "" if it cannot be read.
std::string foreign_file(const std::string& path);

}  // namespace wick::nn::model
