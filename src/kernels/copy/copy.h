#pragma once
// Copies of elements as they are. Elements have 1, 2, 4 or 8 bytes.

#include <cstddef>
#include <cstdint>

#include "kernels/simd/stream.h"

namespace wick::kernels {

/// Copies contiguous memory with streaming stores; see finish_streaming().
void copy_streaming(char* to, const char* from, int64_t bytes);

/// to[k] = from[2 * k] for k < n elements of 4 or 8 bytes.
void copy_every_other(char* to, const char* from, int64_t n, size_t size);

/// to[k * to_step] = from[k * from_step] for k < n; steps in bytes. Streaming stores are used where
/// the elements of `to` are side by side.
void copy_run(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n,
              size_t size, Stores stores);

/// Runs `loop`, which reads operands 1 to `operands` - 1, on blocks of n positions whose results,
/// of `size` bytes each, go through a buffer to data[0] with streaming stores.
template <size_t operands, class F>
void stream_blocks(char* const* data, const int64_t* strides, int64_t n, int64_t size, F loop) {
  if (strides[0] != size) return loop(data, strides, n);
  alignas(64) char buffer[4096];
  const int64_t block = static_cast<int64_t>(sizeof buffer) / size;
  for (int64_t i = 0; i < n; i += block) {
    const int64_t m = block < n - i ? block : n - i;
    char* at[operands] = {buffer};
    for (size_t k = 1; k < operands; ++k) at[k] = data[k] + i * strides[k];
    loop(static_cast<char* const*>(at), strides, m);
    copy_streaming(data[0] + i * size, buffer, m * size);
  }
}

}  // namespace wick::kernels
