// The pool that memory for tensors comes from.
#pragma once

#include <cstddef>

#include "kernels/memory/pool.h"

namespace wick::core {

using kernels::allocate;
using kernels::deallocate;
using kernels::physical_memory;

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
