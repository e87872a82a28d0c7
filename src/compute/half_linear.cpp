#include "compute/half_linear.h"

#include "compute/derived.h"
#include "kernels/memory/scratch.h"
#include "kernels/simd/half.h"

namespace wick::compute {
namespace {

std::shared_ptr<const PackedHalf> pack(const Tensor& weight) {
  const int64_t out = weight.size(0), in = weight.size(1);
  PackedHalf packed;
  if (weight.dtype() == DType::bfloat16)
    packed.native = kernels::pack_bfloat16(reinterpret_cast<const BFloat16*>(core::bytes(weight)),
                                           out, in, weight.stride(0), weight.stride(1));
  if (!packed.native) {
    const Tensor wide = cast(weight, DType::float32);
    packed.wide = kernels::pack_weights(reinterpret_cast<const float*>(core::bytes(wide)), out, in,
                                        wide.stride(0), wide.stride(1));
  }
  return std::make_shared<const PackedHalf>(std::move(packed));
}

}  // namespace

template <class T>
HalfLayer<T>::HalfLayer(const Tensor& weight, const Tensor& bias)
    : in_(weight.size(1)),
      out_(weight.size(0)),
      packed_(derived<PackedHalf>(weight, [&] { return pack(weight); })) {
  if (bias.defined()) bias_ = contiguous(cast(broadcast(bias, {out_}), DType::float32));
}

template <class T>
const float* HalfLayer<T>::bias() const {
  return bias_.defined() ? reinterpret_cast<const float*>(core::bytes(bias_)) : nullptr;
}

template <class T>
template <class Y>
bool HalfLayer<T>::run_native(const Rows<T>& x, Y* y) const {
  if constexpr (std::is_same_v<T, BFloat16>) {
    if (!packed_->native) return false;
    if (kernels::bfloat16_linear(*packed_->native, x.data, x.count, bias(), y)) return true;
    throw Error("oneDNN failed to multiply bfloat16 matrices");
  }
  return false;
}

template <class T>
void HalfLayer<T>::run_rows(const Rows<T>& x, float* y) const {
  if (run_native(x, y)) return;
  kernels::Scratch scratch;
  auto* wide = scratch.reserve_for<float>(static_cast<size_t>(x.count * in_));
  kernels::widen(x.data, wide, x.count * in_);
  kernels::packed_linear(*packed_->wide, wide, x.count, in_, bias(), y, out_);
}

template <class T>
void HalfLayer<T>::run_rows(const Rows<T>& x, T* y) const {
  if (run_native(x, y)) return;
  kernels::Scratch scratch;
  auto* wide = scratch.reserve_for<float>(static_cast<size_t>(x.count * out_));
  run_rows(x, wide);
  kernels::narrow(wide, y, x.count * out_);
}

template <class T>
void HalfLayer<T>::run(const Rows<T>& x, T* y) const {
  for_each_block(1, x.count, out_, in_, [&](int64_t, int64_t row, int64_t count) {
    run_rows(x.part(row, count), y + row * out_);
  });
}

template class HalfLayer<BFloat16>;
template class HalfLayer<Half>;

}  // namespace wick::compute
