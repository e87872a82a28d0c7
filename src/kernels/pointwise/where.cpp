#include "kernels/pointwise/where.h"

#include "kernels/pointwise/reader.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/where.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/stream-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Bytes as lanes of d, one each.
template <class D>
HWY_INLINE hn::Vec<D> lanes_of(D d, const uint8_t* bytes) {
  using T = hn::TFromD<D>;
  if constexpr (sizeof(T) == 1) {
    return hn::LoadU(d, bytes);
  } else if constexpr (sizeof(T) == 8) {
    const hn::Rebind<uint32_t, D> middle;
    return hn::PromoteTo(d, lanes_of(middle, bytes));
  } else {
    const hn::Rebind<uint8_t, D> narrow;
    return hn::PromoteTo(d, hn::LoadU(narrow, bytes));
  }
}

template <class T, Stores stores, bool a_repeated, bool b_repeated>
HWY_INLINE void sweep(const uint8_t* condition, const T* a, const T* b, T* r, int64_t n) {
  const T first_a = *a;
  const T first_b = *b;
  fill_with<stores>(r, n, [=](auto d, int64_t i) HWY_ATTR {
    const auto va = a_repeated ? hn::Set(d, first_a) : hn::LoadU(d, a + i);
    const auto vb = b_repeated ? hn::Set(d, first_b) : hn::LoadU(d, b + i);
    return hn::IfThenElse(hn::Eq(lanes_of(d, condition + i), hn::Zero(d)), vb, va);
  });
}

template <class T, Stores stores>
void sides(const uint8_t* condition, const T* a, bool a_repeated, const T* b, bool b_repeated, T* r,
           int64_t n) {
  if (a_repeated && b_repeated)
    sweep<T, stores, true, true>(condition, a, b, r, n);
  else if (a_repeated)
    sweep<T, stores, true, false>(condition, a, b, r, n);
  else if (b_repeated)
    sweep<T, stores, false, true>(condition, a, b, r, n);
  else
    sweep<T, stores, false, false>(condition, a, b, r, n);
}

#define WICK_WHERE(name, T)                                                                        \
  void name(Stores stores, const uint8_t* c, const T* a, bool a_one, const T* b, bool b_one, T* r, \
            int64_t n) {                                                                           \
    if (stores == Stores::streaming)                                                               \
      sides<T, Stores::streaming>(c, a, a_one, b, b_one, r, n);                                    \
    else                                                                                           \
      sides<T, Stores::cached>(c, a, a_one, b, b_one, r, n);                                       \
  }
WICK_WHERE(where_1, uint8_t)
WICK_WHERE(where_2, uint16_t)
WICK_WHERE(where_4, uint32_t)
WICK_WHERE(where_8, uint64_t)
#undef WICK_WHERE

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {
namespace {

HWY_EXPORT(where_1);
HWY_EXPORT(where_2);
HWY_EXPORT(where_4);
HWY_EXPORT(where_8);

template <class T>
void contiguous(Stores stores, const uint8_t* c, const T* a, bool a_repeated, const T* b,
                bool b_repeated, T* r, int64_t n) {
  if constexpr (sizeof(T) == 1)
    HWY_DYNAMIC_DISPATCH(where_1)(stores, c, a, a_repeated, b, b_repeated, r, n);
  else if constexpr (sizeof(T) == 2)
    HWY_DYNAMIC_DISPATCH(where_2)(stores, c, a, a_repeated, b, b_repeated, r, n);
  else if constexpr (sizeof(T) == 4)
    HWY_DYNAMIC_DISPATCH(where_4)(stores, c, a, a_repeated, b, b_repeated, r, n);
  else
    HWY_DYNAMIC_DISPATCH(where_8)(stores, c, a, a_repeated, b, b_repeated, r, n);
}

template <class T, Stores stores>
void where(char* const* data, const int64_t* strides, int64_t n) {
  Reader<uint8_t> c(data[1], strides[1], false);
  Reader<T> a(data[2], strides[2], true), b(data[3], strides[3], true);
  // What goes through a buffer is read again at once.
  const Stores how = strides[0] == static_cast<int64_t>(sizeof(T)) ? stores : Stores::cached;
  write_blocks<T>(data[0], strides[0], n, c.direct() && a.direct() && b.direct(),
                  [&](T* r, int64_t i, int64_t m) {
                    contiguous<T>(how, c.read(i, m), a.read(i, m), a.repeated(), b.read(i, m),
                                  b.repeated(), r, m);
                  });
}

template <Stores stores>
Loop choose(size_t size) {
  switch (size) {
    case 1:
      return where<uint8_t, stores>;
    case 2:
      return where<uint16_t, stores>;
    case 4:
      return where<uint32_t, stores>;
    default:
      return where<uint64_t, stores>;
  }
}

}  // namespace

Loop where_loop(size_t size, Stores stores) {
  return stores == Stores::streaming ? choose<Stores::streaming>(size)
                                     : choose<Stores::cached>(size);
}

}  // namespace wick::kernels
#endif
