// How long each layer of a model takes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "wick/nn/module.h"

namespace wick::cli {

/// Medians, in seconds.
struct LayerTimes {
  std::map<std::string, double> layers;  ///< by name; those that have no layers inside
  double total = 0;                      ///< of the whole model
  int64_t repeats = 0;                   ///< how many runs each median is of
};

/// Runs `model` on `x`, `repeats` times as it is and as often with a watch on each layer; as often
/// as a second allows if `repeats` is 0.
LayerTimes measure(nn::ModuleBase& model, const Tensor& x, int64_t repeats);

}  // namespace wick::cli
