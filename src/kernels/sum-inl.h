// Sums in double over contiguous memory, and what floats and doubles need to be treated alike.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_SUM_INL_H_
#undef WICK_KERNELS_SUM_INL_H_
#else
#define WICK_KERNELS_SUM_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "kernels/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> widened(D d, const double* x) {
  return hn::LoadU(d, x);
}
template <class D>
HWY_INLINE hn::Vec<D> widened(D d, const float* x) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), x));
}
template <class D, class V>
HWY_INLINE void store_rounded(D d, V v, double* y) {
  hn::StoreU(v, d, y);
}
template <class D, class V>
HWY_INLINE void store_rounded(D, V v, float* y) {
  const hn::Rebind<float, D> narrow;
  hn::StoreU(hn::DemoteTo(narrow, v), narrow, y);
}

/// The sum of term(d, i) over the positions i in [begin, begin + n), without pairing; term gives a
/// vector for the positions from i on. There are 16 running sums whatever the width of a vector,
/// so that every instruction set adds in the same order; narrow vectors take several passes.
template <class F>
HWY_INLINE double block_sum(int64_t begin, int64_t n, const F& term) {
  constexpr int64_t chains = 16;
  const hn::CappedTag<double, 4> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double part[chains] = {};
  const int64_t full = n - n % chains;
  const int64_t end = begin + full;
  for (int64_t first = 0; first < chains && full > 0; first += 4 * lanes) {
    auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (int64_t i = begin + first; i < end; i += chains) {
      sum0 = hn::Add(sum0, term(d, i));
      sum1 = hn::Add(sum1, term(d, i + lanes));
      sum2 = hn::Add(sum2, term(d, i + 2 * lanes));
      sum3 = hn::Add(sum3, term(d, i + 3 * lanes));
    }
    hn::StoreU(sum0, d, part + first);
    hn::StoreU(sum1, d, part + first + lanes);
    hn::StoreU(sum2, d, part + first + 2 * lanes);
    hn::StoreU(sum3, d, part + first + 3 * lanes);
  }
  const hn::CappedTag<double, 1> one;
  for (int64_t i = full; i < n; ++i) part[i - full] += hn::GetLane(term(one, begin + i));
  for (int64_t width = chains / 2; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j) part[j] += part[j + width];
  return part[0];
}

/// The same with blocks added in pairs; T is the type of the elements that the terms come from.
template <class T, class F>
double pairwise_sum(int64_t begin, int64_t n, const F& term) {
  // Floats lose nothing in double; doubles are paired sooner.
  constexpr int64_t unpaired = sizeof(T) == 8 ? sum_block / 8 : sum_block;
  if (n <= unpaired) return block_sum(begin, n, term);
  const int64_t half = (n / unpaired + 1) / 2 * unpaired;
  return pairwise_sum<T>(begin, half, term) + pairwise_sum<T>(begin + half, n - half, term);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
