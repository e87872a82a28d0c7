// The half types from and to vectors of floats, in integer arithmetic: the instructions of machines
// that have some treat nan in other ways.
// Per-target header: see hwy/foreach_target.h for the include guard.

#if defined(WICK_KERNELS_HALF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_HALF_INL_H_
#undef WICK_KERNELS_HALF_INL_H_
#else
#define WICK_KERNELS_HALF_INL_H_
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "wick/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Half's bits as floats; see detail::half_to_float in dtype.h.
template <class D>
HWY_INLINE hn::Vec<D> from_half_bits(D d, hn::Vec<hn::RebindToUnsigned<D>> bits) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto rebias = hn::Set(di, 112 << 23);
  const auto magnitude = hn::BitCast(di, hn::And(bits, hn::Set(du, 0x7FFF)));
  const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(du, 0x8000)));
  auto normal = hn::Add(hn::ShiftLeft<13>(magnitude), rebias);
  const auto special = hn::Gt(magnitude, hn::Set(di, 0x7BFF));  // inf, nan
  normal = hn::Add(normal, hn::IfThenElseZero(special, rebias));
  const auto small = hn::Mul(hn::ConvertTo(d, magnitude), hn::Set(d, 0x1p-24F));
  const auto is_small = hn::Lt(magnitude, hn::Set(di, 0x400));
  const auto value = hn::IfThenElse(is_small, hn::BitCast(di, small), normal);
  return hn::BitCast(d, hn::Or(hn::BitCast(du, value), sign));
}

/// Floats rounded to Half's bits; see detail::float_to_half in dtype.h.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> to_half_bits(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(du, v);
  const auto magnitude = hn::BitCast(di, hn::And(bits, hn::Set(du, 0x7FFFFFFF)));
  const auto sign = hn::BitCast(di, hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 0x8000)));
  const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(di, 1));
  const auto up = hn::Add(magnitude, hn::Add(hn::Set(di, 0xFFF - 0x38000000), odd));
  const auto normal = hn::BitCast(di, hn::ShiftRight<13>(hn::BitCast(du, up)));
  const auto shifted = hn::Add(hn::BitCast(d, magnitude), hn::Set(d, 0.5F));
  const auto small = hn::Sub(hn::BitCast(di, shifted), hn::Set(di, 0x3F000000));
  auto value = hn::IfThenElse(hn::Lt(magnitude, hn::Set(di, 0x38800000)), small, normal);
  const auto is_large = hn::Gt(magnitude, hn::Set(di, 0x477FFFFF));
  value = hn::IfThenElse(is_large, hn::Set(di, 0x7C00), value);
  const auto is_nan = hn::Gt(magnitude, hn::Set(di, 0x7F800000));
  value = hn::IfThenElse(is_nan, hn::Set(di, 0x7E00), value);
  return hn::Or(value, sign);
}

/// Floats rounded to bfloat16, in their upper halves; see detail::float_to_bfloat16 in dtype.h.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> to_bfloat16_bits(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto up = hn::Add(bits, hn::Add(hn::Set(du, 0x7FFF), odd));
  const auto number = hn::RebindMask(du, hn::Not(hn::IsNaN(v)));
  static_cast<void>(d);
  return hn::IfThenElse(number, up, hn::Set(du, 0x7FC00000));
}

// The machine's instructions for Half, where Highway has them, differ from dtype.h only in the bits
// of nan; elsewhere Highway's substitute rounds in another way.
#undef WICK_HALF_INSTRUCTIONS
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
#define WICK_HALF_INSTRUCTIONS 1
#else
#define WICK_HALF_INSTRUCTIONS 0
#endif

/// Elements of a half type as floats. Unless `exact`, nan may have other bits.
template <class T, bool exact = false, class D>
HWY_INLINE hn::Vec<D> load_half(D d, const T* x) {
  const hn::Rebind<uint16_t, D> narrow;
  const hn::RebindToUnsigned<D> du;
  const auto halves = hn::LoadU(narrow, reinterpret_cast<const uint16_t*>(x));
  if constexpr (std::is_same_v<T, BFloat16>) {
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, halves)));
  } else if constexpr (exact || !WICK_HALF_INSTRUCTIONS) {
    return from_half_bits(d, hn::PromoteTo(du, halves));
  } else {
    const hn::Rebind<hwy::float16_t, D> df16;
    return hn::PromoteTo(d, hn::BitCast(df16, halves));
  }
}

/// Floats rounded to a half type.
template <class T, class D>
HWY_INLINE hn::Vec<hn::Rebind<uint16_t, D>> to_half(D d, hn::Vec<D> v) {
  const hn::Rebind<uint16_t, D> narrow;
  const hn::RebindToSigned<D> di;
  if constexpr (std::is_same_v<T, BFloat16>) {
    return hn::DemoteTo(narrow, hn::BitCast(di, hn::ShiftRight<16>(to_bfloat16_bits(d, v))));
  } else {
#if WICK_HALF_INSTRUCTIONS
    // One nan for all, with the sign that v has.
    const auto nan = hn::BitCast(d, hn::Set(di, 0x7FC00000));
    const hn::Rebind<hwy::float16_t, D> df16;
    const auto plain = hn::IfThenElse(hn::IsNaN(v), hn::CopySign(nan, v), v);
    return hn::BitCast(narrow, hn::DemoteTo(df16, plain));
#else
    return hn::DemoteTo(narrow, to_half_bits(d, v));
#endif
  }
}

/// Floats as the lanes of d, which are of a half type's bits; lanes(df, k) gives those from the
/// k-th on.
template <class T, class D, class F>
HWY_INLINE hn::Vec<D> to_half_lanes(D d, F lanes) {
#if HWY_TARGET != HWY_SCALAR  // where vectors have one lane
  if constexpr (D::kPrivateN > 1) {
    const hn::Half<D> part;
    const hn::Rebind<float, decltype(part)> df;
    const auto low = lanes(df, 0);
    const auto high = lanes(df, static_cast<int64_t>(hn::Lanes(df)));
    if constexpr (std::is_same_v<T, BFloat16>)
      return hn::ConcatOdd(d, hn::BitCast(d, to_bfloat16_bits(df, high)),
                           hn::BitCast(d, to_bfloat16_bits(df, low)));
    else
      return hn::Combine(d, to_half<T>(df, high), to_half<T>(df, low));
  } else
#endif
  {
    static_cast<void>(d);
    const hn::Rebind<float, D> df;
    return to_half<T>(df, lanes(df, 0));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif
