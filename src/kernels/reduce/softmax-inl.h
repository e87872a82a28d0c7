// exp() as softmax needs it: of numbers that are not above 0, and summed.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_SOFTMAX_INL_H_
#undef WICK_KERNELS_SOFTMAX_INL_H_
#else
#define WICK_KERNELS_SOFTMAX_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/math/math-inl.h"
#include "kernels/simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Exp() for x <= 0, or nan.
template <class D, class V>
HWY_INLINE V ExpOfNegative(D d, V x) {
#if HWY_TARGET <= HWY_AVX2
  // One instruction, which on x86 gives its second argument if there is a nan.
  V n;
  const V p = SplitExp(d, hn::Max(hn::Set(d, -105.0f), x), n);
  return ScaleByPow2(d, hn::Add(p, hn::Set(d, 1.0f)), n);
#else
  return Exp(d, x);
#endif
}

/// A sum of vectors of numbers in [0, 1], with what its roundings lost: as good as one in double,
/// for fewer instructions. It starts at 1, so that no term is larger and the loss is known exactly.
template <class D, class V>
HWY_INLINE void add_term(D, V term, V& sum, V& lost) {
  const V next = hn::Add(sum, term);
  lost = hn::Add(lost, hn::Sub(term, hn::Sub(next, sum)));
  sum = next;
}

/// The sum of what was added, lane by lane, in double: of the lower (upper) half of the lanes.
template <bool upper, class D, class V>
HWY_INLINE auto sum_in_double(D d, V sum, V lost) {
#if HWY_TARGET == HWY_SCALAR
  const hn::CappedTag<double, 1> wide;
  const auto s = hn::PromoteTo(wide, sum), l = hn::PromoteTo(wide, lost);
#else
  const hn::Half<D> half;
  const hn::Rebind<double, hn::Half<D>> wide;
  const auto part = [&](V v) HWY_ATTR {
    return hn::PromoteTo(wide, upper ? hn::UpperHalf(half, v) : hn::LowerHalf(half, v));
  };
  const auto s = part(sum), l = part(lost);
#endif
  static_cast<void>(d);
  return hn::Add(hn::Sub(s, hn::Set(wide, 1.0)), l);
}

/// The same over all lanes.
template <class D, class V>
HWY_INLINE double total_in_double(D d, V sum, V lost) {
#if HWY_TARGET == HWY_SCALAR
  return hn::GetLane(sum_in_double<false>(d, sum, lost));
#else
  const hn::Rebind<double, hn::Half<D>> wide;
  return hn::GetLane(hn::SumOfLanes(
      wide, hn::Add(sum_in_double<false>(d, sum, lost), sum_in_double<true>(d, sum, lost))));
#endif
}

template <class T>
struct Scaled {
  const T* x;
  T factor;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor));
  }
};

/// (x - top) - log_sum: neither is above 0, so that nothing cancels. (Together, top and log_sum
/// would drown log_sum where top is large.)
template <class T>
struct LessTwo {
  const T* x;
  T top, log_sum;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    return hn::Sub(hn::Sub(hn::LoadU(d, x + i), hn::Set(d, top)), hn::Set(d, log_sum));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
