#pragma once
// Copies of elements as they are. Elements have 1, 2, 4 or 8 bytes.

#include <cstddef>
#include <cstdint>

#include "kernels/stream.h"

namespace wick::kernels {

/// Copies contiguous memory with streaming stores; see finish_streaming().
void copy_streaming(char* to, const char* from, int64_t bytes);

/// to[k * to_step] = from[k * from_step] for k < n; steps in bytes. Streaming stores are used where
/// the elements of `to` are side by side.
void copy_run(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n,
              size_t size, Stores stores);

}  // namespace wick::kernels
