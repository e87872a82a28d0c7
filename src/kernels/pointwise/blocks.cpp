#include "kernels/pointwise/blocks.h"

#include "kernels/simd/half.h"

namespace wick::kernels {
namespace {

template <class T, class C>
void gather_from(const char* from, int64_t stride, C* to, int64_t n) {
  if (stride == static_cast<int64_t>(sizeof(Stored<T>))) {
    if constexpr (is_half<T>) return widen(reinterpret_cast<const T*>(from), to, n);
    for (int64_t i = 0; i < n; ++i)
      to[i] = static_cast<C>(load<T>(from + i * static_cast<int64_t>(sizeof(Stored<T>))));
    return;
  }
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<C>(load<T>(from + i * stride));
}

template <class T, class C>
void scatter_to(const C* from, char* to, int64_t stride, int64_t n) {
  if constexpr (is_half<T>)
    if (stride == static_cast<int64_t>(sizeof(T))) return narrow(from, reinterpret_cast<T*>(to), n);
  for (int64_t i = 0; i < n; ++i) store<T>(to + i * stride, from[i]);
}

}  // namespace

template <>
Gather<float> gather<float>(DType dtype) {
  switch (dtype) {
    case DType::bfloat16:
      return gather_from<BFloat16, float>;
    case DType::float16:
      return gather_from<Half, float>;
    case DType::int64:
      return gather_from<int64_t, float>;
    case DType::int32:
      return gather_from<int32_t, float>;
    case DType::uint8:
      return gather_from<uint8_t, float>;
    case DType::bool_:
      return gather_from<bool, float>;
    default:
      return gather_from<float, float>;
  }
}

template <>
Gather<double> gather<double>(DType) {
  return gather_from<double, double>;
}

template <>
Scatter<float> scatter<float>(DType dtype) {
  switch (dtype) {
    case DType::bfloat16:
      return scatter_to<BFloat16, float>;
    case DType::float16:
      return scatter_to<Half, float>;
    default:
      return scatter_to<float, float>;
  }
}

template <>
Scatter<double> scatter<double>(DType) {
  return scatter_to<double, double>;
}

}  // namespace wick::kernels
