// softmax, log_softmax and logsumexp.
#pragma once

#include "compute/primitive.h"

namespace wick::compute {

/// out = exp(x - top) / sum(exp(x - top)) along `dim`, with top the largest element, or the
/// logarithm of that. Floating; out is contiguous and has x's shape and dtype.
struct Softmax {
  static constexpr std::string_view name = "softmax";
  int64_t dim;
  bool log;
  void operator()(const Tensor& out, const Tensor& x) const;
};

/// Their derivative from the result y: dx = y * (g - sum(g * y)), or g - exp(y) * sum(g), along
/// `dim`. dx has y's shape and dtype, g may have another dtype. Where reads_rows(), the elements of
/// dx are best contiguous with `dim` as the last dimension, otherwise as they stand.
struct SoftmaxGradient {
  static constexpr std::string_view name = "softmax_gradient";
  int64_t dim;
  bool log;
  static bool reads_rows(const Tensor& y, int64_t dim);
  void operator()(const Tensor& dx, const Tensor& g, const Tensor& y) const;
};

/// out = log(sum(exp(x))) over the dimensions in `mask`; -inf for lines without elements. x is
/// converted to out's floating dtype first; out is contiguous.
struct LogSumExp {
  static constexpr std::string_view name = "logsumexp";
  uint32_t mask;
  void operator()(const Tensor& out, const Tensor& x) const;
};

}  // namespace wick::compute
