// Models from files, in the ways that commands need them.
#pragma once

#include <string>

#include "wick/nn/model_file.h"

namespace wick::cli {

/// ModelFile::load, of a stream too.
nn::ModelFile load_file(const std::string& path, nn::ModelOptions options);

/// True if the file is a model and not weights: its name, or the content of a stream, tells.
bool is_model(const std::string& path);

/// The model without its weights, on the meta device: for looking at it.
nn::ModelFile load_structure(const std::string& path);

/// The model with its weights, in eval mode; `weights = false` leaves them, and a model file that
/// has none, with first values drawn from `seed`. The tests in the file are not run.
nn::ModelFile load_model(const std::string& path, bool weights, uint64_t seed);

/// The dtype of the model's input: that of its parameters and buffers, or what the file says.
DType input_dtype(const nn::ModelFile& file);
/// Normal random numbers; zeros for an integer dtype.
Tensor random_input(const Shape& shape, DType dtype);

}  // namespace wick::cli
