#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "kernels/memory/pool.h"

namespace wick::kernels {

/// A 64-byte aligned buffer for the length of a call, from the pool and back to it: taking one
/// costs a few nanoseconds, and memory.h limits, counts and frees what is kept of it.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { deallocate(data_, size_); }

  /// At least `bytes` bytes, uninitialised, valid until the next call or the end. Never null.
  void* reserve(std::size_t bytes) {
    deallocate(data_, size_);
    size_ = static_cast<int64_t>(bytes);
    data_ = allocate(size_);
    if (!data_) throw std::bad_alloc();
    return data_;
  }

  /// Room for `count` objects of T.
  template <class T>
  T* reserve_for(std::size_t count) {
    return static_cast<T*>(reserve(count * sizeof(T)));
  }

 private:
  void* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace wick::kernels
