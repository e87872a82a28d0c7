#include "kernels/binary.h"

#include "kernels/binary_functions.h"
#include "kernels/element.h"

namespace wick::kernels {
namespace {

/// Any strides. With steps known at compile time the compiler makes SIMD code of it.
template <class T, class R, class F>
void strided(char* r, int64_t r_step, const char* a, int64_t a_step, const char* b, int64_t b_step,
             int64_t n) {
  const F f;
  for (int64_t i = 0; i < n; ++i)
    store<R>(r + i * r_step,
             static_cast<Arithmetic<R>>(f(load<T>(a + i * a_step), load<T>(b + i * b_step))));
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
  strided<T, R, F>(r, strides[0], a, strides[1], b, strides[2], n);
}

/// float and double: Highway where memory is contiguous, else blocks that are made contiguous.
template <class T, Binary op>
void simd_loop(char* const* data, const int64_t* strides, int64_t n) {
  constexpr int64_t size = sizeof(T);
  const auto direct = [](int64_t stride) { return stride == size || stride == 0; };
  const auto at = [&](int k) { return reinterpret_cast<T*>(data[k]); };
  if (strides[0] == size && direct(strides[1]) && direct(strides[2]))
    return binary_simd<T>(op, at(1), strides[1] == 0, at(2), strides[2] == 0, at(0), n);

  constexpr int64_t block = 256;
  T a[block];
  T b[block];
  for (int64_t i = 0; i < n; i += block) {
    const int64_t m = n - i < block ? n - i : block;
    for (int64_t j = 0; j < m; ++j) {
      a[j] = load<T>(data[1] + (i + j) * strides[1]);
      b[j] = load<T>(data[2] + (i + j) * strides[2]);
    }
    binary_simd<T>(op, a, false, b, false, a, m);
    for (int64_t j = 0; j < m; ++j) store<T>(data[0] + (i + j) * strides[0], a[j]);
  }
}

template <class T, Binary op, class F>
constexpr Loop arithmetic() {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
    return simd_loop<T, op>;
  else
    return loop<T, T, F>;
}

template <class T>
Loop choose(Binary op) {
  namespace f = functions;
  switch (op) {
    case Binary::add:
      return arithmetic<T, Binary::add, f::Add>();
    case Binary::mul:
      return arithmetic<T, Binary::mul, f::Mul>();
    case Binary::maximum:
      return arithmetic<T, Binary::maximum, f::Maximum>();
    case Binary::minimum:
      return arithmetic<T, Binary::minimum, f::Minimum>();
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
  if constexpr (!std::is_same_v<T, bool>) switch (op) {
      case Binary::sub:
        return arithmetic<T, Binary::sub, f::Sub>();
      case Binary::floor_divide:
        return loop<T, T, f::FloorDivide>;
      case Binary::remainder:
        return loop<T, T, f::Remainder>;
      case Binary::pow:
        return loop<T, T, f::Pow>;
      default:
        break;
    }
  if constexpr (std::is_integral_v<T>) switch (op) {
      case Binary::bit_and:
        return loop<T, T, f::BitAnd>;
      case Binary::bit_or:
        return loop<T, T, f::BitOr>;
      case Binary::bit_xor:
        return loop<T, T, f::BitXor>;
      default:
        break;
    }
  else if (op == Binary::div)
    return arithmetic<T, Binary::div, f::Div>();
  return nullptr;
}

template <class T>
void where(char* const* data, const int64_t* strides, int64_t n) {
  const auto run = [=](int64_t r_step, int64_t c_step, int64_t a_step, int64_t b_step) {
    for (int64_t i = 0; i < n; ++i) {
      const T a = load<T>(data[2] + i * a_step);
      const T b = load<T>(data[3] + i * b_step);
      store<T>(data[0] + i * r_step, load<bool>(data[1] + i * c_step) ? a : b);
    }
  };
  constexpr int64_t size = sizeof(T);
  if (strides[0] == size && strides[1] == 1 && strides[2] == size && strides[3] == size)
    run(size, 1, size, size);
  else
    run(strides[0], strides[1], strides[2], strides[3]);
}

}  // namespace

Loop binary_loop(Binary op, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return choose<float>(op);
    case DType::float64:
      return choose<double>(op);
    case DType::bfloat16:
      return choose<BFloat16>(op);
    case DType::float16:
      return choose<Half>(op);
    case DType::int64:
      return choose<int64_t>(op);
    case DType::int32:
      return choose<int32_t>(op);
    case DType::uint8:
      return choose<uint8_t>(op);
    case DType::bool_:
      return choose<bool>(op);
  }
  return nullptr;
}

Loop where_loop(size_t size) {
  switch (size) {
    case 1:
      return where<uint8_t>;
    case 2:
      return where<uint16_t>;
    case 4:
      return where<uint32_t>;
    default:
      return where<uint64_t>;
  }
}

template <class T, class Bound>
void clamp(char* const* data, const int64_t* strides, int64_t n, Bound low, Bound high) {
  using C = Arithmetic<T>;
  // A bound of nan wins every comparison that is written as "not inside".
  const auto run = [lo = static_cast<C>(low), hi = static_cast<C>(high)](
                       char* r, int64_t r_step, const char* x, int64_t x_step, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const C v = load<T>(x + i * x_step);
      const C above = v >= lo || v != v ? v : lo;
      store<T>(r + i * r_step, above <= hi || above != above ? above : hi);
    }
  };
  constexpr int64_t size = sizeof(T);
  if (strides[0] == size && strides[1] == size)
    run(data[0], size, data[1], size, n);
  else
    run(data[0], strides[0], data[1], strides[1], n);
}

using Pointers = char* const*;
template void clamp<float>(Pointers, const int64_t*, int64_t, double, double);
template void clamp<double>(Pointers, const int64_t*, int64_t, double, double);
template void clamp<BFloat16>(Pointers, const int64_t*, int64_t, double, double);
template void clamp<Half>(Pointers, const int64_t*, int64_t, double, double);
template void clamp<int64_t>(Pointers, const int64_t*, int64_t, int64_t, int64_t);
template void clamp<int32_t>(Pointers, const int64_t*, int64_t, int64_t, int64_t);
template void clamp<uint8_t>(Pointers, const int64_t*, int64_t, int64_t, int64_t);

}  // namespace wick::kernels
