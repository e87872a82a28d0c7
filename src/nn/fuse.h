// Which layers, one after the other, run in one pass. They do while nothing looks in between: no
// gradient is recorded, no hook is there and nobody watches the calls.
#pragma once

#include <optional>
#include <span>

#include "wick/fused/forward.h"
#include "wick/nn/container.h"
#include "wick/nn/linear.h"

namespace wick::nn {

/// Runs the first of `layers` on x together: sets x to their result and returns how many they are.
/// Returns 0 where the first layer is to be called by itself.
size_t run_fused(std::span<const NamedModule> layers, Tensor& x);

/// second(dropout(activation(first(x)))) in one pass; undefined where it is to be composed.
Tensor run_fused(const Linear& first, const ModuleBase& activation, const ModuleBase& dropout,
                 const Linear& second, const Tensor& x);

}  // namespace wick::nn
