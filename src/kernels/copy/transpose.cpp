#include "kernels/copy/transpose.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/copy/transpose.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// A square of side<T> elements, which is transposed in registers.
template <class T>
struct Square {
  const char* from;
  int64_t from_step;
  char* to;
  int64_t to_step;

  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    return hn::LoadU(d, reinterpret_cast<const T*>(from + i * from_step));
  }
  template <class D, class V>
  HWY_INLINE void store(D d, V v, int64_t i) const {
    hn::StoreU(v, d, reinterpret_cast<T*>(to + i * to_step));
  }
};

#if HWY_TARGET == HWY_SCALAR

template <class T>
inline constexpr int64_t side = 1;
template <class T>
HWY_INLINE void transpose(const Square<T>& square) {
  const hn::ScalableTag<T> d;
  square.store(d, square.load(d, 0), 0);
}

#else

template <class T>
inline constexpr int64_t side = sizeof(T) == 1 ? 8 : 16 / static_cast<int64_t>(sizeof(T));

// Interleaving row i with row i + side / 2 is a step of the perfect shuffle; log2(side) of them
// transpose.
template <class D, class V>
HWY_INLINE V low(D d, V a, V b) {
  return hn::InterleaveLower(d, a, b);
}
template <class D, class V>
HWY_INLINE V high(D d, V a, V b) {
  return hn::InterleaveUpper(d, a, b);
}

/// 2 x 2 of 8 bytes.
HWY_INLINE void transpose(const Square<uint64_t>& rows) {
  const hn::FixedTag<uint64_t, 2> d;
  const auto a = rows.load(d, 0);
  const auto b = rows.load(d, 1);
  rows.store(d, low(d, a, b), 0);
  rows.store(d, high(d, a, b), 1);
}

/// 4 x 4 of 4 bytes.
HWY_INLINE void transpose(const Square<uint32_t>& rows) {
  const hn::FixedTag<uint32_t, 4> d;
  const auto r0 = rows.load(d, 0), r1 = rows.load(d, 1);
  const auto r2 = rows.load(d, 2), r3 = rows.load(d, 3);
  const auto s0 = low(d, r0, r2), s1 = high(d, r0, r2);
  const auto s2 = low(d, r1, r3), s3 = high(d, r1, r3);
  rows.store(d, low(d, s0, s2), 0);
  rows.store(d, high(d, s0, s2), 1);
  rows.store(d, low(d, s1, s3), 2);
  rows.store(d, high(d, s1, s3), 3);
}

/// 8 x 8 of 1 or 2 bytes.
template <class T>
HWY_INLINE void transpose(const Square<T>& rows) {
  const hn::FixedTag<T, 8> d;
  const auto r0 = rows.load(d, 0), r1 = rows.load(d, 1), r2 = rows.load(d, 2);
  const auto r3 = rows.load(d, 3), r4 = rows.load(d, 4), r5 = rows.load(d, 5);
  const auto r6 = rows.load(d, 6), r7 = rows.load(d, 7);
  const auto s0 = low(d, r0, r4), s1 = high(d, r0, r4), s2 = low(d, r1, r5);
  const auto s3 = high(d, r1, r5), s4 = low(d, r2, r6), s5 = high(d, r2, r6);
  const auto s6 = low(d, r3, r7), s7 = high(d, r3, r7);
  const auto t0 = low(d, s0, s4), t1 = high(d, s0, s4), t2 = low(d, s1, s5);
  const auto t3 = high(d, s1, s5), t4 = low(d, s2, s6), t5 = high(d, s2, s6);
  const auto t6 = low(d, s3, s7), t7 = high(d, s3, s7);
  rows.store(d, low(d, t0, t4), 0);
  rows.store(d, high(d, t0, t4), 1);
  rows.store(d, low(d, t1, t5), 2);
  rows.store(d, high(d, t1, t5), 3);
  rows.store(d, low(d, t2, t6), 4);
  rows.store(d, high(d, t2, t6), 5);
  rows.store(d, low(d, t3, t7), 6);
  rows.store(d, high(d, t3, t7), 7);
}

#endif

template <class T>
HWY_INLINE void tile(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t rows,
                     int64_t cols) {
  constexpr auto size = static_cast<int64_t>(sizeof(T));
  const auto single = [&](int64_t i, int64_t j) {
    std::memcpy(to + j * to_step + i * size, from + i * from_step + j * size, sizeof(T));
  };
  int64_t i = 0;
  for (; i + side<T> <= rows; i += side<T>) {
    int64_t j = 0;
    for (; j + side<T> <= cols; j += side<T>)
      transpose(Square<T>{from + i * from_step + j * size, from_step, to + j * to_step + i * size,
                          to_step});
    for (; j < cols; ++j)
      for (int64_t k = 0; k < side<T>; ++k) single(i + k, j);
  }
  for (; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) single(i, j);
}

void any_tile(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t rows,
              int64_t cols, size_t size) {
  switch (size) {
    case 1:
      return tile<uint8_t>(from, from_step, to, to_step, rows, cols);
    case 2:
      return tile<uint16_t>(from, from_step, to, to_step, rows, cols);
    case 4:
      return tile<uint32_t>(from, from_step, to, to_step, rows, cols);
    default:
      return tile<uint64_t>(from, from_step, to, to_step, rows, cols);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(any_tile);

void transpose_tile(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t rows,
                    int64_t cols, size_t size) {
  HWY_DYNAMIC_DISPATCH(any_tile)(from, from_step, to, to_step, rows, cols, size);
}

}  // namespace wick::kernels
#endif
