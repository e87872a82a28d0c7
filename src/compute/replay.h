// Notes of a trace, computed.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// Does on the cpu what was noted.
class Replay {
 public:
  /// Gives `traced`, a tensor on meta, the elements of `value`, which has its shape and dtype: what
  /// the notes write into it is written there. Throws ShapeError or TypeError where they differ.
  void bind(const Tensor& traced, const Tensor& value);

  /// Runs the notes in their order. Storages that nothing was bound to are made on first use.
  void run(std::span<const Note> notes);

  /// What `traced` stands for after run(); a tensor on the cpu is what it is.
  Tensor value(const Tensor& traced);

 private:
  std::vector<std::pair<const Storage*, std::shared_ptr<Storage>>> storages_;
  std::vector<Tensor> kept_;  // so that no other storage comes to the place of a bound one
};

}  // namespace wick::compute
