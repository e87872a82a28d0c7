// Shapes of a model with the names of their free sizes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wick/nn/model_file.h"

namespace wick::cli {

/// "[batch, 3, 2 * seq]"
std::string named_shape(const std::vector<nn::InputSize>& input);

/// What each layer of `file` gives, by its path, for the `input` of the file: "[batch, 8 * seq]".
/// The model is tried with two sizes for each name; a size that does not follow from a name in a
/// simple way is "?". Throws what the model throws.
std::map<std::string, std::string> named_outputs(const nn::ModelFile& file);

}  // namespace wick::cli
