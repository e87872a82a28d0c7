// Loops that the compiler vectorises, compiled for each instruction set.
#include <cstring>

#include "kernels/pointwise/binary.h"
#include "kernels/pointwise/binary_functions.h"
#include "kernels/simd/element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/binary_plain.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Any strides. With steps known at compile time the compiler makes SIMD code of it.
template <class T, class R, class F>
HWY_INLINE void strided(char* r, int64_t r_step, const char* a, int64_t a_step, const char* b,
                        int64_t b_step, int64_t n) {
  const F f;
  for (int64_t i = 0; i < n; ++i)
    store<R>(r + i * r_step, f(load<T>(a + i * a_step), load<T>(b + i * b_step)));
}

template <class T, class R, class F>
void loop(char* const* data, const int64_t* strides, int64_t n) {
  constexpr int64_t size = sizeof(Stored<T>);
  constexpr int64_t r_size = sizeof(Stored<R>);
  char* r = data[0];
  const char* a = data[1];
  const char* b = data[2];
  if (strides[0] == r_size && strides[1] == size && strides[2] == size)
    return strided<T, R, F>(r, r_size, a, size, b, size, n);
  if (strides[0] == r_size && strides[1] == size && strides[2] == 0)
    return strided<T, R, F>(r, r_size, a, size, b, 0, n);
  if (strides[0] == r_size && strides[1] == 0 && strides[2] == size)
    return strided<T, R, F>(r, r_size, a, 0, b, size, n);
  strided<T, R, F>(r, strides[0], a, strides[1], b, strides[2], n);
}

template <class T>
Loop choose(Binary op) {
  namespace f = functions;
  switch (op) {
    case Binary::eq:
      return loop<T, bool, f::Eq>;
    case Binary::ne:
      return loop<T, bool, f::Ne>;
    case Binary::lt:
      return loop<T, bool, f::Lt>;
    case Binary::le:
      return loop<T, bool, f::Le>;
    default:
      break;
  }
  if constexpr (std::is_integral_v<T>) switch (op) {
      case Binary::add:
        return loop<T, T, f::Add>;
      case Binary::mul:
        return loop<T, T, f::Mul>;
      case Binary::maximum:
        return loop<T, T, f::Maximum>;
      case Binary::minimum:
        return loop<T, T, f::Minimum>;
      case Binary::bit_and:
        return loop<T, T, f::BitAnd>;
      case Binary::bit_or:
        return loop<T, T, f::BitOr>;
      case Binary::bit_xor:
        return loop<T, T, f::BitXor>;
      default:
        break;
    }
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    if (op == Binary::sub) return loop<T, T, f::Sub>;
  return nullptr;
}

Loop choose_loop(Binary op, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return choose<float>(op);
    case DType::float64:
      return choose<double>(op);
    case DType::int64:
      return choose<int64_t>(op);
    case DType::int32:
      return choose<int32_t>(op);
    case DType::uint8:
      return choose<uint8_t>(op);
    case DType::bool_:
      return choose<bool>(op);
    default:
      return nullptr;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(choose_loop);

Loop binary_plain(Binary op, DType dtype) { return HWY_DYNAMIC_DISPATCH(choose_loop)(op, dtype); }

}  // namespace wick::kernels
#endif
