// Linear layers, made ready for one call: what is to be computed for a block of rows in one thread.
#pragma once

#include <algorithm>
#include <optional>

#include "compute/product.h"
#include "core/tensor_impl.h"
#include "kernels/gemm/bfloat16.h"
#include "kernels/gemm/gemm.h"
#include "kernels/pointwise/unary.h"
#include "wick/fused/forward.h"

namespace wick::compute {

/// `shape` with another last size.
inline Shape with_last(Shape shape, int64_t last) {
  shape[-1] = last;
  return shape;
}

/// Rows of elements, contiguous along a row.
template <class T>
struct Rows {
  const T* data;
  int64_t count, stride;
  Rows part(int64_t row, int64_t rows) const { return {data + row * stride, rows, stride}; }
};

/// x as a matrix of contiguous rows, which may be apart; `holder` keeps what had to be copied.
template <class T>
Rows<T> rows_of(const Tensor& x, Tensor& holder) {
  const Shape& shape = x.shape();
  const int64_t in = shape.empty() ? x.size(-1) : *std::prev(shape.end());
  if (!x.is_contiguous() && !(shape.size() == 2 && x.strides().begin()[1] == 1))
    holder = x.contiguous();
  else
    holder = x;
  const int64_t stride = shape.size() == 2 ? holder.strides().begin()[0] : in;
  const int64_t count = in == 0 ? with_last(shape, 1).numel() : x.numel() / in;
  return {reinterpret_cast<const T*>(core::bytes(holder)), count, stride};
}

/// A float32 layer for `rows` rows: with weights as they are for a few rows, else with packed ones.
class Layer {
 public:
  Layer(const LinearArguments& arguments, int64_t rows);

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  /// Whether the product is split by features: few rows are not worth splitting.
  bool by_features() const { return plain_.defined(); }

  /// y[rows, out] = activation(x W^T + b) for all features, with packed weights, in this thread.
  void run_rows(const Rows<float>& x, float* y, std::optional<kernels::Unary> activation) const;
  /// The same on all threads.
  void run(const Rows<float>& x, float* y, std::optional<kernels::Unary> activation) const;

 private:
  void run_features(const Rows<float>& x, float* y, std::optional<kernels::Unary> activation,
                    int64_t begin, int64_t end) const;
  const float* bias() const;

  int64_t in_, out_;
  Tensor bias_;
  Tensor plain_;                                          // the weight itself, for a few rows
  std::shared_ptr<const kernels::PackedWeights> packed_;  // otherwise
};

/// Weights of a half type: as the machine multiplies them, or as float32.
struct PackedHalf {
  std::shared_ptr<const kernels::PackedBFloat16> native;
  std::shared_ptr<const kernels::PackedWeights> wide;
};

/// A layer of a half type T, for dense rows. Sums are float32 and rounded once, with the bias.
template <class T>
class HalfLayer {
 public:
  explicit HalfLayer(const LinearArguments& arguments);

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
