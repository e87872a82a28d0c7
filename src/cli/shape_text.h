// Shapes on the command line.
#pragma once

#include <string>
#include <string_view>

#include "wick/nn/model_file.h"
#include "wick/shape.h"

namespace wick::cli {

/// "32,100,512", or with x or blanks between the sizes, or as it prints: "[32, 100, 512]". Throws
/// UsageError.
Shape parse_shape(std::string_view text);

/// A shape to look at a model with, and where it comes from.
struct ChosenShape {
  Shape shape;
  std::string from = {};  ///< "" if it was given as an argument
};

/// The shape in `argument`; if that is empty, the `input` of the model file, with 1 for its free
/// sizes. Throws UsageError if there is neither.
ChosenShape choose_shape(const std::string& argument, const nn::ModelFile& file);

}  // namespace wick::cli
