#include "kernels/pointwise/unary_grad.h"

#include "kernels/simd/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/unary_grad_double.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"
#include "kernels/pointwise/unary_grad_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

void UnaryGradDouble(UnaryGrad op, const double* dy, const double* v, double* dx, size_t n,
                     Stores store) {
  compute_gradient(op, dy, v, dx, n, store);
}

void SoftplusGradDouble(const double* dy, const double* x, double* dx, size_t n, double beta,
                        double threshold, Stores store) {
  MapGradient(dy, x, dx, n, store, SoftplusGradient<double>{beta, threshold});
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UnaryGradDouble);
HWY_EXPORT(SoftplusGradDouble);

void unary_grad(UnaryGrad op, const double* dy, const double* v, double* dx, std::size_t n,
                Stores store) {
  HWY_DYNAMIC_DISPATCH(UnaryGradDouble)(op, dy, v, dx, n, store);
}

void softplus_grad(const double* dy, const double* x, double* dx, std::size_t n, double beta,
                   double threshold, Stores store) {
  HWY_DYNAMIC_DISPATCH(SoftplusGradDouble)(dy, x, dx, n, beta, threshold, store);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
