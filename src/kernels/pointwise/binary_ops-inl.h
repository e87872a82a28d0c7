// The arithmetic of binary.h on vectors of floats and doubles, and how it is swept over memory.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_BINARY_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_BINARY_OPS_INL_H_
#undef WICK_KERNELS_BINARY_OPS_INL_H_
#else
#define WICK_KERNELS_BINARY_OPS_INL_H_
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "kernels/pointwise/binary.h"
#include "kernels/simd/half-inl.h"
#include "kernels/simd/stream-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct Add {
  template <class V>
  V operator()(V a, V b) const {
    return hn::Add(a, b);
  }
};
struct Sub {
  template <class V>
  V operator()(V a, V b) const {
    return hn::Sub(a, b);
  }
};
struct Mul {
  template <class V>
  V operator()(V a, V b) const {
    return hn::Mul(a, b);
  }
};
struct Div {
  template <class V>
  V operator()(V a, V b) const {
    return hn::Div(a, b);
  }
};
// The instructions for maximum and minimum differ between machines in what they make of nan, and
// hn::Ne(nan, nan) may be false.
struct Maximum {
  template <class V>
  V operator()(V a, V b) const {
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Gt(a, b)), a, b);
  }
};
struct Minimum {
  template <class V>
  V operator()(V a, V b) const {
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Lt(a, b)), a, b);
  }
};

/// One side of a sweep: elements of type T, or one that is repeated.
template <class T, bool repeated>
struct Side {
  explicit Side(const T* from) : x(from), first(*from) {}
  template <class D>
  HWY_INLINE hn::Vec<D> at(D d, int64_t i) const {
    if constexpr (repeated)
      return hn::Set(d, static_cast<hn::TFromD<D>>(first));
    else if constexpr (std::is_floating_point_v<T>)
      return hn::LoadU(d, x + i);
    else
      return load_half(d, x + i);
  }
  const T* x;
  T first;
};

template <Stores stores, bool a_repeated, bool b_repeated, class F, class T>
HWY_INLINE void sweep(const T* a, const T* b, T* r, int64_t n) {
  const Side<T, a_repeated> left(a);
  const Side<T, b_repeated> right(b);
  if constexpr (std::is_floating_point_v<T>)
    fill_with<stores>(
        r, n, [=](auto d, int64_t i) HWY_ATTR { return F()(left.at(d, i), right.at(d, i)); });
  else
    fill_with<stores>(reinterpret_cast<uint16_t*>(r), n, [=](auto d, int64_t i) HWY_ATTR {
      return to_half_lanes<T>(d, [=](auto df, int64_t k) HWY_ATTR {
        return F()(left.at(df, i + k), right.at(df, i + k));
      });
    });
}

template <Stores stores, class F, class T>
HWY_INLINE void sides(const T* a, bool a_repeated, const T* b, bool b_repeated, T* r, int64_t n) {
  if (a_repeated && b_repeated)
    sweep<stores, true, true, F, T>(a, b, r, n);
  else if (a_repeated)
    sweep<stores, true, false, F, T>(a, b, r, n);
  else if (b_repeated)
    sweep<stores, false, true, F, T>(a, b, r, n);
  else
    sweep<stores, false, false, F, T>(a, b, r, n);
}

template <Stores stores, class T>
HWY_INLINE void choose(Binary op, const T* a, bool a_repeated, const T* b, bool b_repeated, T* r,
                       int64_t n) {
  switch (op) {
    case Binary::add:
      return sides<stores, Add, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::sub:
      return sides<stores, Sub, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::mul:
      return sides<stores, Mul, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::div:
      return sides<stores, Div, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::maximum:
      return sides<stores, Maximum, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::minimum:
      return sides<stores, Minimum, T>(a, a_repeated, b, b_repeated, r, n);
    default:
      return;
  }
}

/// r = op(a, b); see binary_simd.
template <class T>
void compute(Binary op, Stores stores, const T* a, bool a_repeated, const T* b, bool b_repeated,
             T* r, int64_t n) {
  if (n <= 0) return;
  if (stores == Stores::streaming)
    choose<Stores::streaming>(op, a, a_repeated, b, b_repeated, r, n);
  else
    choose<Stores::cached>(op, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif
