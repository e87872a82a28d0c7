#include "kernels/copy/convert.h"

#include "kernels/memory/fork_mutex.h"
#include "kernels/pointwise/reader.h"
#include "kernels/pointwise/where.h"
#include "kernels/simd/half.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/copy/convert.cpp"
#include "kernels/simd/hwy_targets.h"
// After hwy_targets.h, which says what foreach_target.h compiles.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/stream-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

template <Stores stores>
HWY_INLINE void truncate_with(const float* x, int64_t* y, int64_t n) {
  fill_with<stores>(y, n, [x](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<double, decltype(d)> wide;
    const hn::Rebind<float, decltype(d)> narrow;
    const auto v = hn::PromoteTo(wide, hn::LoadU(narrow, x + i));
    const auto above = hn::Ge(v, hn::Set(wide, 0x1p63));
    // What has no int64 is converted by nobody: without instructions for it, C++ says not how.
    const auto number = hn::IfThenElse(hn::Or(hn::IsNaN(v), above), hn::Zero(wide), v);
    const auto whole = hn::ConvertTo(d, number);
    return hn::IfThenElse(hn::RebindMask(d, above), hn::Set(d, INT64_MAX), whole);
  });
}

void truncate(const float* x, int64_t* y, int64_t n, Stores stores) {
  if (stores == Stores::streaming)
    truncate_with<Stores::streaming>(x, y, n);
  else
    truncate_with<Stores::cached>(x, y, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {
namespace {

HWY_EXPORT(truncate);

template <class To, class From>
void convert(const From* x, To* y, int64_t n, Stores stores) {
  if constexpr (std::is_same_v<To, int64_t>)
    HWY_DYNAMIC_DISPATCH(truncate)(x, y, n, stores);
  else if constexpr (std::is_same_v<To, float>)
    widen(x, y, n, stores);
  else
    narrow(x, y, n, stores);
}

template <class To, class From, Stores stores>
void loop(char* const* data, const int64_t* strides, int64_t n) {
  Reader<From> x(data[1], strides[1], false);
  // What goes through a buffer is read again at once.
  const Stores how = strides[0] == static_cast<int64_t>(sizeof(To)) ? stores : Stores::cached;
  write_blocks<To>(data[0], strides[0], n, x.direct(), [&](To* y, int64_t i, int64_t m) {
    convert<To, From>(x.read(i, m), y, m, how);
  });
}

/// 1 where a byte is not 0.
template <class To, Stores stores>
void from_bool(char* const* data, const int64_t* strides, int64_t n) {
  const Loop where = looked_up<[] { return where_loop(sizeof(To), stores); }>();
  To one = static_cast<To>(1), zero = static_cast<To>(0);
  char* const operands[] = {data[0], data[1], reinterpret_cast<char*>(&one),
                            reinterpret_cast<char*>(&zero)};
  const int64_t steps[] = {strides[0], strides[1], 0, 0};
  where(operands, steps, n);
}

template <Stores stores>
Loop choose_from_bool(DType to) {
  switch (to) {
    case DType::float32:
      return from_bool<float, stores>;
    case DType::float64:
      return from_bool<double, stores>;
    case DType::bfloat16:
      return from_bool<BFloat16, stores>;
    case DType::float16:
      return from_bool<Half, stores>;
    case DType::int64:
      return from_bool<int64_t, stores>;
    case DType::int32:
      return from_bool<int32_t, stores>;
    case DType::uint8:
      return from_bool<uint8_t, stores>;
    default:
      return nullptr;
  }
}

template <Stores stores>
Loop choose(DType to, DType from) {
  if (from == DType::bool_) return choose_from_bool<stores>(to);
  if (from == DType::float32) {
    if (to == DType::bfloat16) return loop<BFloat16, float, stores>;
    if (to == DType::float16) return loop<Half, float, stores>;
    if (to == DType::int64) return loop<int64_t, float, stores>;
  }
  if (to == DType::float32) {
    if (from == DType::bfloat16) return loop<float, BFloat16, stores>;
    if (from == DType::float16) return loop<float, Half, stores>;
  }
  return nullptr;
}

}  // namespace

Loop convert_loop(DType to, DType from, Stores stores) {
  return stores == Stores::streaming ? choose<Stores::streaming>(to, from)
                                     : choose<Stores::cached>(to, from);
}

}  // namespace wick::kernels
#endif
