// What all that is copied and inflated out of one file takes together.
#pragma once

#include <cstdint>

#include "core/tensor_impl.h"

namespace wick::io {

/// One for each file that is read: parts that are small each could take all of the memory together.
class MemoryTotal {
 public:
  /// Throws Error if the machine has not so much, with what was added before.
  void add(int64_t bytes) {
    if (__builtin_add_overflow(total_, bytes, &total_)) total_ = INT64_MAX;
    core::check_memory(total_, 1);
  }

 private:
  int64_t total_ = 0;
};

}  // namespace wick::io
