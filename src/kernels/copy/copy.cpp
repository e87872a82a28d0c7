#include "kernels/copy/copy.h"

#include <algorithm>
#include <cstring>

#include "kernels/index/index.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/copy/copy.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/stream-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void stream_words(const uint64_t* from, uint64_t* to, int64_t n) {
  fill_with<Stores::streaming>(
      to, n, [from](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, from + i); });
}

/// to[i] = from[2 * i]. Reads nothing behind the last element.
template <class T>
HWY_INLINE void every_other(const T* from, T* to, int64_t n) {
  int64_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (; done + lanes < n; done += lanes) {
    const T* at = from + 2 * done;
    hn::StoreU(hn::ConcatEven(d, hn::LoadU(d, at + lanes), hn::LoadU(d, at)), d, to + done);
  }
#endif
  for (; done < n; ++done) std::memcpy(to + done, from + 2 * done, sizeof(T));
}

void every_other_4(const uint32_t* from, uint32_t* to, int64_t n) { every_other(from, to, n); }
void every_other_8(const uint64_t* from, uint64_t* to, int64_t n) { every_other(from, to, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(stream_words);
HWY_EXPORT(every_other_4);
HWY_EXPORT(every_other_8);

void copy_every_other(char* to, const char* from, int64_t n, size_t size) {
  if (size == 4) HWY_DYNAMIC_DISPATCH(every_other_4)
  (reinterpret_cast<const uint32_t*>(from), reinterpret_cast<uint32_t*>(to), n);
  else HWY_DYNAMIC_DISPATCH(every_other_8)(reinterpret_cast<const uint64_t*>(from),
                                           reinterpret_cast<uint64_t*>(to), n);
}

void copy_streaming(char* to, const char* from, int64_t bytes) {
  // What does not fill a line of memory is copied as usual.
  const int64_t past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % 64);
  const int64_t head = std::min(bytes, past == 0 ? 0 : 64 - past);
  const int64_t body = (bytes - head) / 64 * 64;
  std::memcpy(to, from, static_cast<size_t>(head));
  HWY_DYNAMIC_DISPATCH(stream_words)
  (reinterpret_cast<const uint64_t*>(from + head), reinterpret_cast<uint64_t*>(to + head),
   body / 8);
  const int64_t done = head + body;
  std::memcpy(to + done, from + done, static_cast<size_t>(bytes - done));
}

void copy_run(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n,
              size_t size, Stores stores) {
  const auto dense = static_cast<int64_t>(size);
  if (stores == Stores::cached || to_step != dense)
    return copy_strided(to, to_step, from, from_step, n, size);
  if (from_step == dense) return copy_streaming(to, from, n * dense);
  constexpr int64_t buffer_bytes = 4096;
  char buffer[buffer_bytes];
  const int64_t block = buffer_bytes / dense;
  for (int64_t i = 0; i < n; i += block) {
    const int64_t m = std::min(block, n - i);
    if (i == 0 || from_step != 0)
      copy_strided(buffer, dense, from + i * from_step, from_step, m, size);
    copy_streaming(to + i * dense, buffer, m * dense);
  }
}

}  // namespace wick::kernels
#endif
