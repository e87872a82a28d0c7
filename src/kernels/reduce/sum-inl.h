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
#include "kernels/reduce/reduce.h"

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

/// Every sum has 16 running sums whatever the width of a vector, so that every instruction set adds
/// in the same order: element i belongs to the one of number i % 16.
inline constexpr int64_t sum_chains = 16;

/// Adds up the running sums.
HWY_INLINE double sum_of_chains(const double* part) {
#if HWY_TARGET == HWY_SCALAR
  double sum[sum_chains / 2];
  for (int64_t j = 0; j < sum_chains / 2; ++j) sum[j] = part[j] + part[j + sum_chains / 2];
  for (int64_t width = sum_chains / 4; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j) sum[j] += sum[j + width];
  return sum[0];
#else
  // Each number with the one half as many further on, and so on.
  const hn::CappedTag<double, 2> d;
  const auto pair = [&](int64_t j) HWY_ATTR {
    return hn::Add(hn::LoadU(d, part + j), hn::LoadU(d, part + j + sum_chains / 2));
  };
  const auto sum = hn::Add(hn::Add(pair(0), pair(4)), hn::Add(pair(2), pair(6)));
  return hn::GetLane(hn::SumOfLanes(d, sum));
#endif
}

/// part[j] = the sum of term(d, i) over the positions i = j, j + 16, ... in [begin, end), a
/// multiple of 16 positions; term gives a vector for the positions from i on. Narrow vectors take
/// several passes.
template <class F>
HWY_INLINE void chain_sums(int64_t begin, int64_t end, const F& term, double* part) {
#if HWY_TARGET <= HWY_AVX3
  const hn::CappedTag<double, 8> d;
  auto sum0 = hn::Zero(d), sum1 = sum0;
  for (int64_t i = begin; i < end; i += sum_chains) {
    sum0 = hn::Add(sum0, term(d, i));
    sum1 = hn::Add(sum1, term(d, i + 8));
  }
  hn::StoreU(sum0, d, part);
  hn::StoreU(sum1, d, part + 8);
#else
  const hn::CappedTag<double, 4> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t first = 0; first < sum_chains; first += 4 * lanes) {
    auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (int64_t i = begin + first; i < end; i += sum_chains) {
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
#endif
}

/// part[j] += term(d, begin + j) for j < n < 16.
template <class F>
HWY_INLINE void add_rest(int64_t begin, int64_t n, const F& term, double* part) {
  const hn::CappedTag<double, 4> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t j = 0;
  for (; j + lanes <= n; j += lanes)
    hn::StoreU(hn::Add(hn::LoadU(d, part + j), term(d, begin + j)), d, part + j);
  const hn::CappedTag<double, 1> one;
  for (; j < n; ++j) part[j] += hn::GetLane(term(one, begin + j));
}

/// The sum of term(d, i) over the positions i in [begin, begin + n), without pairing.
template <class F>
HWY_INLINE double block_sum(int64_t begin, int64_t n, const F& term) {
  double part[sum_chains] = {};
  const int64_t full = n - n % sum_chains;
  if (full > 0) chain_sums(begin, begin + full, term, part);
  add_rest(begin + full, n - full, term, part);
  return sum_of_chains(part);
}

/// The same for two sums in one pass; the second one goes to `sum2`.
template <class F, class F2>
HWY_INLINE double block_sum(int64_t begin, int64_t n, const F& term, const F2& term2,
                            double& sum2) {
  double part[sum_chains] = {}, part2[sum_chains] = {};
  const int64_t full = n - n % sum_chains;
  const hn::CappedTag<double, 8> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t first = 0; first < sum_chains && full > 0; first += 2 * lanes) {
    auto a0 = hn::Zero(d), a1 = a0, b0 = a0, b1 = a0;
    for (int64_t i = begin + first; i < begin + full; i += sum_chains) {
      a0 = hn::Add(a0, term(d, i));
      a1 = hn::Add(a1, term(d, i + lanes));
      b0 = hn::Add(b0, term2(d, i));
      b1 = hn::Add(b1, term2(d, i + lanes));
    }
    hn::StoreU(a0, d, part + first);
    hn::StoreU(a1, d, part + first + lanes);
    hn::StoreU(b0, d, part2 + first);
    hn::StoreU(b1, d, part2 + first + lanes);
  }
  add_rest(begin + full, n - full, term, part);
  add_rest(begin + full, n - full, term2, part2);
  sum2 = sum_of_chains(part2);
  return sum_of_chains(part);
}

/// Up to so many elements are added without pairing. Floats lose nothing in double; doubles are
/// paired sooner.
template <class T>
inline constexpr int64_t unpaired = sizeof(T) == 8 ? sum_block / 8 : sum_block;

/// The same with blocks added in pairs; T is the type of the elements that the terms come from.
template <class T, class F>
double pairwise_sum(int64_t begin, int64_t n, const F& term) {
  if (n <= unpaired<T>) return block_sum(begin, n, term);
  const int64_t half = (n / unpaired<T> + 1) / 2 * unpaired<T>;
  return pairwise_sum<T>(begin, half, term) + pairwise_sum<T>(begin + half, n - half, term);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
