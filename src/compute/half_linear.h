// Linear layers on bfloat16 and float16, made ready for one call.
#pragma once

#include "compute/linear.h"
#include "kernels/gemm/bfloat16.h"

namespace wick::compute {

/// Weights of a half type: as the machine multiplies them, or as float32.
struct PackedHalf {
  std::shared_ptr<const kernels::PackedBFloat16> native;
  std::shared_ptr<const kernels::PackedWeights> wide;
};

/// A layer of a half type T, for dense rows. Sums are float32 and rounded once, with the bias.
template <class T>
class HalfLayer {
 public:
  HalfLayer(const Tensor& weight, const Tensor& bias);

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  /// y[rows, out] = x W^T + b in this thread.
  void run_rows(const Rows<T>& x, float* y) const;
  void run_rows(const Rows<T>& x, T* y) const;
  /// The same on all threads.
  void run(const Rows<T>& x, T* y) const;

 private:
  const float* bias() const;
  /// False where the machine has no instructions for T.
  template <class Y>
  bool run_native(const Rows<T>& x, Y* y) const;

  int64_t in_, out_;
  Tensor bias_;
  std::shared_ptr<const PackedHalf> packed_;
};

}  // namespace wick::compute
