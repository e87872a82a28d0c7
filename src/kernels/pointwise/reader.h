#pragma once
// A strided operand as the contiguous blocks that SIMD kernels want.

#include <cstdint>

#include "kernels/index/index.h"

namespace wick::kernels {

/// Elements that are made contiguous at once.
inline constexpr int64_t reader_block = 512;

/// Reads elements of type T (any type of that size) that are `stride` bytes apart.
template <class T>
class Reader {
 public:
  /// With `may_repeat`, a stride of 0 is left to the kernel, which is told by repeated().
  Reader(const char* data, int64_t stride, bool may_repeat)
      : data_(data),
        stride_(stride),
        direct_(stride == static_cast<int64_t>(sizeof(T)) || (may_repeat && stride == 0)) {}

  /// True if nothing has to be copied, so that blocks may have any length.
  bool direct() const { return direct_; }
  bool repeated() const { return direct_ && stride_ == 0; }
  /// Elements [i, i + n), n <= reader_block unless direct(); or, if repeated(), the one element.
  const T* read(int64_t i, int64_t n) {
    const char* from = data_ + i * stride_;
    if (direct_) return reinterpret_cast<const T*>(from);
    copy_strided(reinterpret_cast<char*>(buffer_), sizeof(T), from, stride_, n, sizeof(T));
    return buffer_;
  }

 private:
  const char* data_;
  int64_t stride_;
  bool direct_;
  T buffer_[reader_block];
};

/// Calls f(r, i, m) for blocks that cover [0, n), where r is where the kernel writes elements
/// [i, i + m): the result itself if its elements are side by side, else a buffer that is copied.
template <class T, class F>
void write_blocks(char* to, int64_t stride, int64_t n, bool whole, F f) {
  constexpr auto size = static_cast<int64_t>(sizeof(T));
  if (stride == size) {
    const int64_t step = whole ? n : reader_block;
    for (int64_t i = 0; i < n; i += step)
      f(reinterpret_cast<T*>(to) + i, i, step < n - i ? step : n - i);
    return;
  }
  T buffer[reader_block];
  for (int64_t i = 0; i < n; i += reader_block) {
    const int64_t m = reader_block < n - i ? reader_block : n - i;
    f(buffer, i, m);
    copy_strided(to + i * stride, stride, reinterpret_cast<const char*>(buffer), size, m,
                 sizeof(T));
  }
}

}  // namespace wick::kernels
