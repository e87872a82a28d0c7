// Do the layers of a model fit each other?
#pragma once

#include "nn/model/build.h"
#include "wick/nn/model_file.h"

namespace wick::nn::model {

/// Follows a shape through the layers of `model`, which is on the meta device, and tells `problems`
/// of layers that do not take what they get. Where `file` gives no shape of the input, only the
/// number of features is followed, from the first layer that says how many it expects.
void check_shapes(const ModuleBase& model, const Built& built, const ModelFile& file,
                  Problems& problems);

/// `input` with a number for each free size, different ones, so that they are not taken for each
/// other or for a size that broadcasts.
Shape sample_shape(const std::vector<InputSize>& input);

}  // namespace wick::nn::model
