// Notes of a trace, computed.
#pragma once

#include <unordered_map>

#include "compute/primitive.h"

namespace wick::compute {

/// Does on the cpu what was noted.
class Replay {
 public:
  /// Gives `traced`, a tensor on meta, the elements of `value`, which has its shape and dtype: what
  /// the notes write into it is written there. Throws ShapeError or TypeError where they differ.
  void bind(const Tensor& traced, const Tensor& value);

  /// Runs the notes in their order. Throws Error for what a note reads and nobody bound or wrote,
  /// and what primitives throw for elements that they do not take (a position that is not in the
  /// tensor, an integer divided by zero); what was written before stays written.
  void run(std::span<const Note> notes);

  /// What `traced` stands for after run(); a tensor on the cpu is what it is.
  Tensor value(const Tensor& traced);

 private:
  /// A storage of the trace, kept so that no other comes to its place, and what stands for it.
  struct Bound {
    Tensor traced;
    std::shared_ptr<Storage> storage;
  };
  std::unordered_map<const Storage*, Bound> storages_;
};

}  // namespace wick::compute
