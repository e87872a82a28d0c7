// Vector functions of one vector, for kernels to fuse: y = Exp(d, x) and so on, where d is a
// hn::ScalableTag<float> or <double>. Accuracy and values at infinity and NaN are those of
// kernels/pointwise/unary.h. Each loop file includes this once for every instruction set; see
// unary.cpp.

#if defined(WICK_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_MATH_INL_H_
#undef WICK_KERNELS_MATH_INL_H_
#else
#define WICK_KERNELS_MATH_INL_H_
#endif

#include "kernels/math/math_base-inl.h"
#include "kernels/math/math_double-inl.h"
#include "kernels/math/math_double_erf-inl.h"
#include "kernels/math/math_erf-inl.h"
#include "kernels/math/math_exp-inl.h"
#include "kernels/math/math_log-inl.h"
#include "kernels/math/math_trig-inl.h"

#endif  // include guard
