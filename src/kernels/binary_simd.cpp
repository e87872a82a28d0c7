#include "kernels/binary.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/binary_simd.cpp"
#include "kernels/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

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

template <bool a_repeated, bool b_repeated, class F, class T>
HWY_INLINE void sweep(const T* a, const T* b, T* r, int64_t n) {
  const hn::ScalableTag<T> d;
  const F f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto first_a = hn::Set(d, n > 0 ? *a : T(0));
  const auto first_b = hn::Set(d, n > 0 ? *b : T(0));
  const auto value = [&](int64_t i) HWY_ATTR {
    const auto va = a_repeated ? first_a : hn::LoadU(d, a + i);
    const auto vb = b_repeated ? first_b : hn::LoadU(d, b + i);
    return f(va, vb);
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto v0 = value(i);
    const auto v1 = value(i + lanes);
    hn::StoreU(v0, d, r + i);
    hn::StoreU(v1, d, r + i + lanes);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(value(i), d, r + i);
  const hn::CappedTag<T, 1> one;
  for (; i < n; ++i) {
    const auto va = hn::LoadU(one, a_repeated ? a : a + i);
    const auto vb = hn::LoadU(one, b_repeated ? b : b + i);
    hn::StoreU(f(va, vb), one, r + i);
  }
}

template <class F, class T>
void sides(const T* a, bool a_repeated, const T* b, bool b_repeated, T* r, int64_t n) {
  if (a_repeated && b_repeated) {
    for (int64_t i = 0; i < n; ++i) sweep<true, true, F, T>(a, b, r + i, 1);
  } else if (a_repeated) {
    sweep<true, false, F, T>(a, b, r, n);
  } else if (b_repeated) {
    sweep<false, true, F, T>(a, b, r, n);
  } else {
    sweep<false, false, F, T>(a, b, r, n);
  }
}

template <class T>
void choose(Binary op, const T* a, bool a_repeated, const T* b, bool b_repeated, T* r, int64_t n) {
  switch (op) {
    case Binary::add:
      return sides<Add, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::sub:
      return sides<Sub, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::mul:
      return sides<Mul, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::div:
      return sides<Div, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::maximum:
      return sides<Maximum, T>(a, a_repeated, b, b_repeated, r, n);
    case Binary::minimum:
      return sides<Minimum, T>(a, a_repeated, b, b_repeated, r, n);
    default:
      return;
  }
}

void choose_f32(Binary op, const float* a, bool a_repeated, const float* b, bool b_repeated,
                float* r, int64_t n) {
  choose<float>(op, a, a_repeated, b, b_repeated, r, n);
}
void choose_f64(Binary op, const double* a, bool a_repeated, const double* b, bool b_repeated,
                double* r, int64_t n) {
  choose<double>(op, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(choose_f32);
HWY_EXPORT(choose_f64);

template <>
void binary_simd<float>(Binary op, const float* a, bool a_repeated, const float* b, bool b_repeated,
                        float* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(choose_f32)(op, a, a_repeated, b, b_repeated, r, n);
}
template <>
void binary_simd<double>(Binary op, const double* a, bool a_repeated, const double* b,
                         bool b_repeated, double* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(choose_f64)(op, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace wick::kernels
#endif
