// The weights and the tests of a model file.
#pragma once

#include <map>

#include "nn/model/json_text.h"
#include "wick/nn/model_file.h"

namespace wick::nn::model {

/// `path`, which is relative to `directory` unless it is absolute.
std::string resolve(const std::string& directory, const std::string& path);

/// Lets `model` use the tensors of the weight file. Tells `problems`, at `place`, of a file that
/// cannot be read and of every tensor that is missing, unexpected, or of another shape or dtype;
/// then the model is as it was.
void load_weights(ModuleBase& model, const std::string& path, const JsonValue& place,
                  Problems& problems);

/// Replays one test in eval mode and tells `problems` if its output is another.
void run_test(ModuleBase& model, const ModelTest& test, const std::string& directory,
              const JsonValue& place, const std::string& pointer, Problems& problems);

}  // namespace wick::nn::model
