#include "kernels/pointwise/unary.h"

#include "kernels/simd/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/unary_double.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"
#include "kernels/pointwise/unary_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void UnaryDouble(Unary op, const double* x, double* y, size_t n, Stores store) {
  compute_unary(op, x, y, n, store);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UnaryDouble);

void unary(Unary op, const double* x, double* y, std::size_t n, Stores store) {
  HWY_DYNAMIC_DISPATCH(UnaryDouble)(op, x, y, n, store);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
