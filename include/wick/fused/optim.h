/// \file
/// fused_update_: what the optimizers of wick/optim are made of.
#pragma once

#include <array>
#include <vector>

#include "wick/fused/update_rule.h"
#include "wick/tensor.h"

namespace wick {

/// One step of one parameter.
struct FusedUpdate {
  Tensor param = {};
  Tensor grad = {};
  /// The averages that the rule keeps (s0, s1, s2 in UpdateRule); those it does not need stay
  /// undefined.
  std::array<Tensor, 3> state = {};
  UpdateRule rule = UpdateRule::sgd;
  UpdateNumbers numbers = {};
};

/// Writes the parameters and averages of all updates, in one pass over the memory of each and on
/// all threads together: the numbers depend neither on the number of threads nor on the layout of
/// the tensors. Arithmetic is in float64 for float64 tensors and in float32 for all others, rounded
/// once per tensor and step. Gradients are read only, and converted to the parameter's dtype.
///
/// Updates happen one after the other, in their order, where a parameter of one shares memory with
/// a tensor of another (a parameter that is listed twice is updated twice).
///
/// Throws before anything is written: TypeError for a parameter that is not floating point or for
/// mixed devices, ShapeError where a gradient or an average has not its parameter's shape,
/// ValueError where the rule needs a tensor that is undefined, Error for a parameter whose elements
/// overlap, or that requires a gradient while gradients are enabled (use NoGradGuard). Tensors on
/// the meta device are checked and left alone.
///
///     fused_update_({{.param = w, .grad = g, .numbers = {.lr = 0.1}}});  // w -= 0.1 g
WICK_API void fused_update_(const std::vector<FusedUpdate>& updates);

}  // namespace wick
