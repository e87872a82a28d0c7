// Writing vectors with ordinary or streaming stores.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_STREAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_STREAM_INL_H_
#undef WICK_KERNELS_STREAM_INL_H_
#else
#define WICK_KERNELS_STREAM_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/simd/stream.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Lanes that fill a cache line, of which streaming stores write whole ones.
template <class T>
inline constexpr int64_t line_lanes = 64 / static_cast<int64_t>(sizeof(T));

/// How many of n elements from `to` on lie before the first whole cache line (n if none is whole).
template <class T>
HWY_INLINE int64_t before_line(const T* to, int64_t n) {
  const auto past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % 64);
  if (past == 0) return 0;
  const int64_t bytes = 64 - past;
  const auto size = static_cast<int64_t>(sizeof(T));
  return bytes % size == 0 ? std::min(n, bytes / size) : n;
}

/// to[i] = value(d, i) for i < n, where value gives a vector of the lanes of d for the positions
/// from i on. The end of streaming stores is left to finish_streaming().
template <Stores stores, class T, class F>
HWY_INLINE void fill_with(T* to, int64_t n, F value) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  if constexpr (stores == Stores::streaming) {
    for (const int64_t head = before_line(to, n); i < head; ++i)
      hn::StoreU(value(one, i), one, to + i);
    const int64_t step = std::max(lanes, line_lanes<T>);
    for (; i + step <= n; i += step)
      for (int64_t k = 0; k < step; k += lanes) hn::Stream(value(d, i + k), d, to + i + k);
  } else {
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
      const auto v0 = value(d, i);
      const auto v1 = value(d, i + lanes);
      hn::StoreU(v0, d, to + i);
      hn::StoreU(v1, d, to + i + lanes);
    }
    for (; i + lanes <= n; i += lanes) hn::StoreU(value(d, i), d, to + i);
  }
  for (; i < n; ++i) hn::StoreU(value(one, i), one, to + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif
