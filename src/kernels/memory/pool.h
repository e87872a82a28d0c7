// Memory for tensors and for kernels' scratch, kept for reuse: a block that was freed is warm in
// the cache and mapped, and taking it again costs a few nanoseconds. Small blocks are kept by the
// thread that freed them, large ones by all threads together.
#pragma once

#include <cstdint>

namespace wick::kernels {

/// At least `bytes` bytes, 64-byte aligned, uninitialised; null if there is not enough memory.
void* allocate(int64_t bytes) noexcept;
/// Gives back what allocate(bytes) returned, from any thread. Null is ignored.
void deallocate(void* block, int64_t bytes) noexcept;

/// Memory of the machine, in bytes.
int64_t physical_memory() noexcept;

/// What is kept: see wick/memory.h.
int64_t kept_memory() noexcept;
void free_kept_memory() noexcept;
void limit_kept_memory(int64_t bytes) noexcept;

}  // namespace wick::kernels
