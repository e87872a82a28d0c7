#include "kernels/pointwise/binary.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/binary_simd.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pointwise/binary_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void compute_f32(Binary op, Stores stores, const float* a, bool a_repeated, const float* b,
                 bool b_repeated, float* r, int64_t n) {
  compute(op, stores, a, a_repeated, b, b_repeated, r, n);
}
void compute_f64(Binary op, Stores stores, const double* a, bool a_repeated, const double* b,
                 bool b_repeated, double* r, int64_t n) {
  compute(op, stores, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(compute_f32);
HWY_EXPORT(compute_f64);

template <>
void binary_simd<float>(Binary op, Stores stores, const float* a, bool a_repeated, const float* b,
                        bool b_repeated, float* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(compute_f32)(op, stores, a, a_repeated, b, b_repeated, r, n);
}
template <>
void binary_simd<double>(Binary op, Stores stores, const double* a, bool a_repeated,
                         const double* b, bool b_repeated, double* r, int64_t n) {
  HWY_DYNAMIC_DISPATCH(compute_f64)(op, stores, a, a_repeated, b, b_repeated, r, n);
}

}  // namespace wick::kernels
#endif
