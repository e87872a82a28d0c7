#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace wick::kernels {

/// A 64-byte aligned buffer that only grows; its contents do not survive growth. Made for
/// thread_local scratch memory, so that hot paths do not allocate.
class Scratch {
 public:
  /// At least `bytes` bytes, valid until the next call. Never null.
  void* reserve(std::size_t bytes) {
    if (bytes > size_ || !data_) {
      data_.reset();  // first free, then allocate: the old contents are not wanted
      size_ = 0;
      const std::size_t size = bytes < kAlignment ? kAlignment : bytes;
      data_.reset(::operator new (size, std::align_val_t{kAlignment}));
      size_ = size;
    }
    return data_.get();
  }

  /// Room for `count` objects of T.
  template <class T>
  T* reserve_for(std::size_t count) {
    return static_cast<T*>(reserve(count * sizeof(T)));
  }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(void* p) const { ::operator delete (p, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<void, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace wick::kernels
