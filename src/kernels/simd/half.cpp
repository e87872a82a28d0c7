#include "kernels/simd/half.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/half.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/half-inl.h"
#include "kernels/simd/stream-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

template <class T, Stores stores>
HWY_INLINE void widen_with(const T* x, float* y, int64_t n) {
  fill_with<stores>(y, n, [x](auto d, int64_t i) HWY_ATTR { return load_half<T, true>(d, x + i); });
}

template <class T, Stores stores>
HWY_INLINE void narrow_with(const float* x, T* y, int64_t n) {
  fill_with<stores>(reinterpret_cast<uint16_t*>(y), n, [x](auto d, int64_t i) HWY_ATTR {
    return to_half_lanes<T>(
        d, [x, i](auto df, int64_t k) HWY_ATTR { return hn::LoadU(df, x + i + k); });
  });
}

template <class T>
void widen_any(const T* x, float* y, int64_t n, Stores stores) {
  if (stores == Stores::streaming)
    widen_with<T, Stores::streaming>(x, y, n);
  else
    widen_with<T, Stores::cached>(x, y, n);
}

template <class T>
void narrow_any(const float* x, T* y, int64_t n, Stores stores) {
  if (stores == Stores::streaming)
    narrow_with<T, Stores::streaming>(x, y, n);
  else
    narrow_with<T, Stores::cached>(x, y, n);
}

void widen_bf16(const BFloat16* x, float* y, int64_t n, Stores s) { widen_any(x, y, n, s); }
void widen_f16(const Half* x, float* y, int64_t n, Stores s) { widen_any(x, y, n, s); }
void narrow_bf16(const float* x, BFloat16* y, int64_t n, Stores s) { narrow_any(x, y, n, s); }
void narrow_f16(const float* x, Half* y, int64_t n, Stores s) { narrow_any(x, y, n, s); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(widen_bf16);
HWY_EXPORT(widen_f16);
HWY_EXPORT(narrow_bf16);
HWY_EXPORT(narrow_f16);

template <>
void widen<BFloat16>(const BFloat16* x, float* y, int64_t n, Stores stores) {
  HWY_DYNAMIC_DISPATCH(widen_bf16)(x, y, n, stores);
}
template <>
void widen<Half>(const Half* x, float* y, int64_t n, Stores stores) {
  HWY_DYNAMIC_DISPATCH(widen_f16)(x, y, n, stores);
}
template <>
void narrow<BFloat16>(const float* x, BFloat16* y, int64_t n, Stores stores) {
  HWY_DYNAMIC_DISPATCH(narrow_bf16)(x, y, n, stores);
}
template <>
void narrow<Half>(const float* x, Half* y, int64_t n, Stores stores) {
  HWY_DYNAMIC_DISPATCH(narrow_f16)(x, y, n, stores);
}

}  // namespace wick::kernels
#endif
