#pragma once

#include <cstdint>
#include <memory>

#include "wick/dtype.h"

/// Linear layers in bfloat16 on machines that multiply it: sums are float32, twice as many products
/// a cycle as with float32 operands.
namespace wick::kernels {

/// Weights of y = x W^T + b in bfloat16, in oneDNN's layout for this machine. Immutable.
class PackedBFloat16 {
 public:
  struct Impl;
  explicit PackedBFloat16(std::unique_ptr<const Impl> impl);
  ~PackedBFloat16();
  PackedBFloat16(const PackedBFloat16&) = delete;
  PackedBFloat16& operator=(const PackedBFloat16&) = delete;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<const Impl> impl_;
};

/// Packs W[n, k], whose rows or columns are contiguous. Null where the machine has no instructions
/// for bfloat16 or oneDNN has no use for them: float32 is then as fast.
std::shared_ptr<const PackedBFloat16> pack_bfloat16(const BFloat16* w, int64_t n, int64_t k,
                                                    int64_t stride_n, int64_t stride_k);

/// y[m, n] = x[m, k] W^T + bias[n], with nothing added where bias is null; x and y are dense. Y is
/// float or BFloat16, to which the sums are rounded once. False where oneDNN fails; y is then
/// unspecified.
template <class Y>
bool bfloat16_linear(const PackedBFloat16& weights, const BFloat16* x, int64_t m, const float* bias,
                     Y* y);

}  // namespace wick::kernels
