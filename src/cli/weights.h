// Weight files.
#pragma once

#include <string>

#include "wick/nn/state_dict.h"

namespace wick::cli {

/// The tensors of a weight file in any format; `key` names the part of a PyTorch checkpoint.
nn::StateDict read_weights(const std::string& path, const std::string& key);

/// "4 tensors, 2,099,712 numbers, float32, 8.4 MB"
std::string weights_text(const nn::StateDict& state);

}  // namespace wick::cli
