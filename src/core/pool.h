// Memory for tensors, kept for reuse: a block that was freed is warm in the cache and mapped, and
// taking it again costs a few nanoseconds. Small blocks are kept by the thread that freed them,
// large ones by all threads together.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wick::core {

/// At least `bytes` bytes, 64-byte aligned, uninitialised; null if there is not enough memory.
void* allocate(int64_t bytes) noexcept;
/// Gives back what allocate(bytes) returned, from any thread. Null is ignored.
void deallocate(void* block, int64_t bytes) noexcept;

/// Memory of the machine, in bytes.
int64_t physical_memory() noexcept;

/// For std::allocate_shared of what belongs to a tensor.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(size_t n) {
    void* block = core::allocate(static_cast<int64_t>(n * sizeof(T)));
    if (!block) fail();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, size_t n) noexcept {
    core::deallocate(block, static_cast<int64_t>(n * sizeof(T)));
  }
  template <class U>
  bool operator==(const PoolAllocator<U>&) const {
    return true;
  }

 private:
  [[noreturn]] static void fail();
};

[[noreturn]] void fail_bad_alloc();

template <class T>
void PoolAllocator<T>::fail() {
  fail_bad_alloc();
}

}  // namespace wick::core
