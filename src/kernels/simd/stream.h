#pragma once
// Results too large for the caches are written past them: streaming stores.

#include <cstdint>

namespace wick::kernels {

/// How a kernel writes its result. An ordinary store first reads the line of memory it changes; a
/// streaming store does not, but leaves nothing in the caches for who reads the result next.
enum class Stores : uint8_t { cached, streaming };

/// From how many bytes on a result is worth streaming, by measurement: below, the next operation
/// would find most of it in the caches.
inline constexpr int64_t streaming_bytes = int64_t{6} << 20;

/// The stores for a result of `bytes` in memory that the operation does not read.
constexpr Stores stores_for(int64_t bytes) {
  return bytes >= streaming_bytes ? Stores::streaming : Stores::cached;
}

/// The same for an operation that reads and writes `bytes` in all, whose arguments are worth
/// keeping in the caches until a usual last-level cache is full. (Not this machine's: virtual
/// machines report the caches of all sockets together.)
constexpr Stores stores_for_all(int64_t bytes) {
  return bytes >= (int64_t{32} << 20) ? Stores::streaming : Stores::cached;
}

/// Ends a sequence of streaming stores of this thread: from here on, whoever learns in the usual
/// ways that the result is there finds it complete. Loops over runs call it once a part.
void finish_streaming();

}  // namespace wick::kernels
