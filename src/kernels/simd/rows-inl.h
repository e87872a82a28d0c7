// Writing rows, through the caches or past them.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_ROWS_INL_H_
#undef WICK_KERNELS_ROWS_INL_H_
#else
#define WICK_KERNELS_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/reduce/sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The first `count` < Lanes(d) elements at x, the other lanes with `fill`. Reads no further.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_first(D d, const T* x, int64_t count, T fill) {
#if HWY_TARGET <= HWY_AVX2  // where masked loads do not touch what is masked out
  const auto mask = hn::FirstN(d, static_cast<size_t>(count));
  return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, x), hn::Set(d, fill));
#else
  HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
  std::fill_n(rest, hn::Lanes(d), fill);
  std::copy_n(x, count, rest);
  return hn::Load(d, rest);
#endif
}

/// The way back.
template <class D, class T>
HWY_INLINE void store_first(D d, hn::Vec<D> v, T* y, int64_t count) {
#if HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(count)), d, y);
#else
  HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(v, d, rest);
  std::copy_n(rest, count, y);
#endif
}

/// The largest (smallest) lane, in all lanes. Without vector instructions, Highway's own begin with
/// the finite number that is lowest (highest), and know no infinity beyond.
template <bool largest, class D>
HWY_INLINE hn::Vec<D> extreme_lane(D d, hn::Vec<D> v) {
#if HWY_TARGET == HWY_EMU128
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)];
  hn::Store(v, d, lanes);
  auto best = lanes[0];
  for (size_t i = 1; i < hn::Lanes(d); ++i)
    best = largest ? std::max(best, lanes[i]) : std::min(best, lanes[i]);
  return hn::Set(d, best);
#else
  if constexpr (largest)
    return hn::MaxOfLanes(d, v);
  else
    return hn::MinOfLanes(d, v);
#endif
}

/// y[i] = f(d, i) on [begin, end) in steps of a vector of d; returns where it stopped.
template <bool past_caches, class D, class T, class F>
HWY_INLINE int64_t write_vectors(D d, T* y, int64_t begin, int64_t end, const F& f) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) {
    if constexpr (past_caches)
      hn::Stream(f(d, i), d, y + i);
    else
      hn::StoreU(f(d, i), d, y + i);
  }
  return i;
}

/// y[i] = f(d, i) for i < n, f giving a vector of T for the positions from i on. With `past_caches`
/// by stores that do not read what they overwrite, nor keep it: hwy::FlushStream() must follow.
template <class T, class F>
HWY_INLINE void write_row(T* y, int64_t n, bool past_caches, const F& f) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 4> few;
  const hn::CappedTag<T, 1> one;
  int64_t i = 0;
  if (past_caches) {
    const auto size = static_cast<int64_t>(hn::Lanes(d) * sizeof(T));
    const int64_t over = static_cast<int64_t>(reinterpret_cast<uintptr_t>(y)) % size;
    if (over != 0) {
      const int64_t head = (size - over) / static_cast<int64_t>(sizeof(T));
      i = write_vectors<false>(one, y, 0, head < n ? head : n, f);
    }
    i = write_vectors<true>(d, y, i, n, f);
  } else {
    i = write_vectors<false>(d, y, i, n, f);
  }
  i = write_vectors<false>(few, y, i, n, f);
  write_vectors<false>(one, y, i, n, f);
}

/// f computed in double, f(d, i) giving a vector of double, rounded to a vector of T.
template <class F>
struct Rounded {
  F f;

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t i) const {
    if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
      return f(d, i);
    } else if constexpr (hn::MaxLanes(D()) == 1) {
      return hn::DemoteTo(d, f(hn::CappedTag<double, 1>(), i));
    } else {
#if HWY_TARGET != HWY_SCALAR
      const hn::Half<D> half;
      const hn::Rebind<double, hn::Half<D>> wide;
      const auto low = hn::DemoteTo(half, f(wide, i));
      const auto high = hn::DemoteTo(half, f(wide, i + static_cast<int64_t>(hn::Lanes(wide))));
      return hn::Combine(d, high, low);
#endif
    }
  }
};
template <class F>
HWY_INLINE Rounded<F> rounded(F f) {
  return {f};
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
