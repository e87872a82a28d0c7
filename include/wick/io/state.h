/// \file
/// Weights in whichever format a file has.
#pragma once

#include <string>

#include "wick/io/file.h"
#include "wick/state_dict.h"

namespace wick::io {

/// The tensors of a safetensors file, a PyTorch checkpoint, a .npz or a .npy file (whose only
/// tensor is then called "data"). The content of the file decides, not its name. Throws FileError
/// for any other content, and as the format's own function does. The file is mapped, unless
/// `options` say otherwise: see wick/io/file.h.
WICK_API StateDict load_state(const std::string& path);
WICK_API StateDict load_state(const std::string& path, const ReadOptions& options);

/// Writes `state` in the format that the path's extension names: .safetensors, .pt or .pth, .npz.
/// Throws ValueError for another extension, and as the format's own function does.
WICK_API void save_state(const std::string& path, const StateDict& state);

}  // namespace wick::io
