#include "kernels/pointwise/binary.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/binary_half.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pointwise/binary_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void compute_bf16(Binary op, Stores stores, const BFloat16* a, bool a_repeated, const BFloat16* b,
                  bool b_repeated, BFloat16* r, int64_t n) {
  compute(op, stores, a, a_repeated, b, b_repeated, r, n);
}
void compute_f16(Binary op, Stores stores, const Half* a, bool a_repeated, const Half* b,
                 bool b_repeated, Half* r, int64_t n) {
  compute(op, stores, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(compute_bf16);
HWY_EXPORT(compute_f16);

template <>
void binary_simd<BFloat16>(Binary op, Stores stores, const BFloat16* a, bool a_repeated,
                           const BFloat16* b, bool b_repeated, BFloat16* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(compute_bf16)(op, stores, a, a_repeated, b, b_repeated, r, n);
}
template <>
void binary_simd<Half>(Binary op, Stores stores, const Half* a, bool a_repeated, const Half* b,
                       bool b_repeated, Half* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(compute_f16)(op, stores, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace wick::kernels
#endif
