/// \file
/// FlopCounter: how much arithmetic the matrix products do.
#pragma once

#include <cstdint>

#include "wick/export.h"

namespace wick {

/// Counts the floating-point operations of matrix products on this thread since it was made: 2 for
/// each multiplication and addition, as torch.utils.flop_counter. Products of meta tensors count
/// too, so that a model can be measured without being run.
///
///     FlopCounter counter;
///     model(empty({32, 100, 512}, {.device = meta}));
///     counter.flops();
class WICK_API FlopCounter {
 public:
  FlopCounter();
  int64_t flops() const { return 2 * multiply_adds(); }
  /// Pairs of a multiplication and an addition.
  int64_t multiply_adds() const;

 private:
  uint64_t start_;
};

}  // namespace wick
