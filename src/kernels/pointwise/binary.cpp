#include "kernels/pointwise/binary.h"

#include <algorithm>

#include "kernels/copy/copy.h"
#include "kernels/memory/fork_mutex.h"
#include "kernels/pointwise/binary_functions.h"
#include "kernels/pointwise/reader.h"
#include "kernels/simd/element.h"
#include "kernels/simd/half.h"

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

template <class T, class F>
void loop(char* const* data, const int64_t* strides, int64_t n) {
  strided<T, T, F>(data[0], strides[0], data[1], strides[1], data[2], strides[2], n);
}

/// Kernels for contiguous memory, on any strides.
template <class T, Binary op, Stores stores>
void simd_loop(char* const* data, const int64_t* strides, int64_t n) {
  Reader<T> a(data[1], strides[1], true), b(data[2], strides[2], true);
  // What goes through a buffer is read again at once.
  const Stores how = strides[0] == static_cast<int64_t>(sizeof(T)) ? stores : Stores::cached;
  write_blocks<T>(
      data[0], strides[0], n, a.direct() && b.direct(), [&](T* r, int64_t i, int64_t m) {
        binary_simd<T>(op, how, a.read(i, m), a.repeated(), b.read(i, m), b.repeated(), r, m);
      });
}

/// What has no streaming stores of its own.
template <class T, Binary op>
void stream_plain(char* const* data, const int64_t* strides, int64_t n) {
  const Loop plain = looked_up<[] { return binary_plain(op, dtype_of<T>); }>();
  stream_blocks<3>(data, strides, n, sizeof(T), plain);
}

/// Streaming loops for arithmetic on integers; null for other operations.
template <class T>
Loop choose_streaming(Binary op) {
  switch (op) {
    case Binary::add:
      return stream_plain<T, Binary::add>;
    case Binary::sub:
      return stream_plain<T, Binary::sub>;
    case Binary::mul:
      return stream_plain<T, Binary::mul>;
    case Binary::maximum:
      return stream_plain<T, Binary::maximum>;
    case Binary::minimum:
      return stream_plain<T, Binary::minimum>;
    default:
      return nullptr;
  }
}

/// Comparisons of the half types, as floats.
template <class T, Binary op>
void compare_half(char* const* data, const int64_t* strides, int64_t n) {
  const Loop compare = looked_up<[] { return binary_plain(op, DType::float32); }>();
  float a[reader_block], b[reader_block];
  Reader<T> x(data[1], strides[1], false), y(data[2], strides[2], false);
  for (int64_t i = 0; i < n; i += reader_block) {
    const int64_t m = std::min(reader_block, n - i);
    widen(x.read(i, m), a, m);
    widen(y.read(i, m), b, m);
    char* at[] = {data[0] + i * strides[0], reinterpret_cast<char*>(a), reinterpret_cast<char*>(b)};
    const int64_t steps[] = {strides[0], sizeof(float), sizeof(float)};
    compare(at, steps, m);
  }
}

template <class T, Binary op>
Loop arithmetic(Stores stores) {
  return stores == Stores::streaming ? simd_loop<T, op, Stores::streaming>
                                     : simd_loop<T, op, Stores::cached>;
}

template <class T>
Loop choose_floating(Binary op, Stores stores) {
  switch (op) {
    case Binary::add:
      return arithmetic<T, Binary::add>(stores);
    case Binary::sub:
      return arithmetic<T, Binary::sub>(stores);
    case Binary::mul:
      return arithmetic<T, Binary::mul>(stores);
    case Binary::div:
      return arithmetic<T, Binary::div>(stores);
    case Binary::maximum:
      return arithmetic<T, Binary::maximum>(stores);
    case Binary::minimum:
      return arithmetic<T, Binary::minimum>(stores);
    default:
      break;
  }
  if constexpr (is_half<T>) switch (op) {
      case Binary::eq:
        return compare_half<T, Binary::eq>;
      case Binary::ne:
        return compare_half<T, Binary::ne>;
      case Binary::lt:
        return compare_half<T, Binary::lt>;
      case Binary::le:
        return compare_half<T, Binary::le>;
      default:
        break;
    }
  return nullptr;
}

template <class T>
Loop choose(Binary op, Stores stores) {
  if constexpr (is_half<T> || std::is_floating_point_v<T>)
    if (const Loop found = choose_floating<T>(op, stores)) return found;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    if (stores == Stores::streaming)
      if (const Loop found = choose_streaming<T>(op)) return found;
  if constexpr (!is_half<T>)
    if (const Loop found = binary_plain(op, dtype_of<T>)) return found;
  if constexpr (!std::is_same_v<T, bool>) switch (op) {
      case Binary::floor_divide:
        return loop<T, functions::FloorDivide>;
      case Binary::remainder:
        return loop<T, functions::Remainder>;
      case Binary::pow:
        return loop<T, functions::Pow>;
      default:
        break;
    }
  return nullptr;
}

}  // namespace

Loop binary_loop(Binary op, DType dtype, Stores stores) {
  switch (dtype) {
    case DType::float32:
      return choose<float>(op, stores);
    case DType::float64:
      return choose<double>(op, stores);
    case DType::bfloat16:
      return choose<BFloat16>(op, stores);
    case DType::float16:
      return choose<Half>(op, stores);
    case DType::int64:
      return choose<int64_t>(op, stores);
    case DType::int32:
      return choose<int32_t>(op, stores);
    case DType::uint8:
      return choose<uint8_t>(op, stores);
    case DType::bool_:
      return choose<bool>(op, stores);
  }
  return nullptr;
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
