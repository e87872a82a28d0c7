/// \file
/// GraphMark: which parameters the operations of a stretch of a program took in.
#pragma once

#include <cstdint>
#include <vector>

#include "wick/tensor.h"

namespace wick::autograd {

/// A moment in the history of what is recorded.
///
///     const autograd::GraphMark mark;
///     Tensor y = model(x);
///     mark.leaves(y);  // parameters of the model, and none that x was computed from
class WICK_API GraphMark {
 public:
  GraphMark();
  /// The leaves which require gradients that operations recorded since then took in, of those
  /// operations that `output` was computed by; each once. What was computed earlier is not looked
  /// into, and leaves that were made since then, as forces are computed from positions, are left
  /// out.
  std::vector<Tensor> leaves(const Tensor& output) const;

 private:
  uint64_t start_;
};

}  // namespace wick::autograd
