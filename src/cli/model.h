// Models from files, in the ways that commands need them.
#pragma once

#include <string>

#include "wick/nn/model_file.h"

namespace wick::cli {

/// The model without its weights, on the meta device: for looking at it.
nn::ModelFile load_structure(const std::string& path);

/// The model with its weights, in eval mode; `weights = false` leaves them, and a model file that
/// has none, with first values drawn from `seed`. The tests in the file are not run.
nn::ModelFile load_model(const std::string& path, bool weights, uint64_t seed);

/// The dtype of the model's parameters and buffers; float32 if it has none.
DType model_dtype(const nn::Module& model);

}  // namespace wick::cli
