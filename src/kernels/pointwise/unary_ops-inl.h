// The loops of unary.h, for float as for double.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_UNARY_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_UNARY_OPS_INL_H_
#undef WICK_KERNELS_UNARY_OPS_INL_H_
#else
#define WICK_KERNELS_UNARY_OPS_INL_H_
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "kernels/math/math-inl.h"
#include "kernels/pointwise/unary.h"
#include "kernels/simd/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// A function object for each operation: unlike a lambda it takes the target's attributes along.
template <Unary op>
struct Function;
#define WICK_UNARY_FUNCTION(name, formula)    \
  template <>                                 \
  struct Function<Unary::name> {              \
    template <class D, class V>               \
    HWY_INLINE V operator()(D d, V x) const { \
      (void)d;                                \
      return formula;                         \
    }                                         \
  };
WICK_UNARY_LIST(WICK_UNARY_FUNCTION)
#undef WICK_UNARY_FUNCTION

template <Unary op, class T>
HWY_INLINE void map_function(const T* x, T* y, size_t n, Stores store) {
#if HWY_TARGET <= HWY_AVX3
  if constexpr (op == Unary::gelu && std::is_same_v<T, float>)
    return MapUsualAndRare(x, y, n, store, GeluOp());
  else if constexpr (op == Unary::gelu_tanh && std::is_same_v<T, float>)
    return MapUsualAndRare(x, y, n, store, GeluTanhOp());
  else
#endif
    return Map(x, y, n, store, Function<op>());
}

template <class T>
HWY_INLINE void compute_unary(Unary op, const T* x, T* y, size_t n, Stores store) {
  switch (op) {
#define WICK_UNARY_CASE(name, formula) \
  case Unary::name:                    \
    return map_function<Unary::name>(x, y, n, store);
    WICK_UNARY_LIST(WICK_UNARY_CASE)
#undef WICK_UNARY_CASE
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // include guard
