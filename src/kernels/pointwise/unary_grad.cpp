#include "kernels/pointwise/unary_grad.h"

#include "kernels/simd/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/unary_grad.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"
#include "kernels/pointwise/unary_grad_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void UnaryGradFloat(UnaryGrad op, const float* dy, const float* v, float* dx, size_t n,
                    Stores store) {
  compute_gradient(op, dy, v, dx, n, store);
}

void SoftplusGradFloat(const float* dy, const float* x, float* dx, size_t n, float beta,
                       float threshold, Stores store) {
  MapGradient(dy, x, dx, n, store, SoftplusGradient<float>{beta, threshold});
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UnaryGradFloat);
HWY_EXPORT(SoftplusGradFloat);

void unary_grad(UnaryGrad op, const float* dy, const float* v, float* dx, std::size_t n,
                Stores store) {
  HWY_DYNAMIC_DISPATCH(UnaryGradFloat)(op, dy, v, dx, n, store);
}

void softplus_grad(const float* dy, const float* x, float* dx, std::size_t n, float beta,
                   float threshold, Stores store) {
  HWY_DYNAMIC_DISPATCH(SoftplusGradFloat)(dy, x, dx, n, beta, threshold, store);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
