// Linear layers, made ready for one call: what is to be computed for a block of rows in one thread.
#pragma once

#include <algorithm>
#include <optional>

#include "compute/copy.h"
#include "compute/product.h"
#include "kernels/gemm/gemm.h"
#include "kernels/pointwise/unary.h"

namespace wick::compute {

/// out = x weight^T + bias for x [rows, in], weight [out, in] and bias [out], [1] or undefined, of
/// one dtype other than bool; out is contiguous. The weights of a layer in a floating type of at
/// most 32 bits are packed once; the packed form stays with them until they change.
struct Linear {
  static constexpr std::string_view name = "linear";
  void operator()(const Tensor& out, const Tensor& x, const Tensor& weight,
                  const Tensor& bias) const;
};

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

/// x, of at least one dimension, as a matrix of contiguous rows, which may be apart; `holder` keeps
/// what had to be copied.
template <class T>
Rows<T> rows_of(const Tensor& x, Tensor& holder) {
  const Shape& shape = x.shape();
  const int64_t in = *std::prev(shape.end());
  if (!x.is_contiguous() && !(shape.size() == 2 && x.strides().begin()[1] == 1))
    holder = compute::contiguous(x);
  else
    holder = x;
  const int64_t stride = shape.size() == 2 ? holder.strides().begin()[0] : in;
  const int64_t count = in == 0 ? with_last(shape, 1).numel() : x.numel() / in;
  return {reinterpret_cast<const T*>(core::bytes(holder)), count, stride};
}

/// A float32 layer for `rows` rows: with weights as they are for a few rows, else with packed ones.
class Layer {
 public:
  Layer(const Tensor& weight, const Tensor& bias, int64_t rows);

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

}  // namespace wick::compute
