// Which dtype an operation on tensors and numbers is computed in.
#pragma once

#include <optional>

#include "wick/tensor.h"

namespace wick::core {

/// Collects operands and applies PyTorch's rule: tensors with dimensions decide; 0-d tensors only
/// matter if they are of a higher category (bool < integer < floating), numbers come last
/// (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc).
class Promotion {
 public:
  void add(const Tensor& x) { include(x.dim() > 0 ? with_dims_ : zero_dim_, x.dtype()); }
  void add(Scalar x) { include(number_, x.dtype()); }
  DType result() const;

 private:
  static void include(std::optional<DType>& group, DType dtype) {
    group = group ? promote_types(*group, dtype) : dtype;
  }

  std::optional<DType> with_dims_;
  std::optional<DType> zero_dim_;
  std::optional<DType> number_;
};

/// The dtype of an operation on tensors and Scalars: result_type(x, 2.5, y).
template <class... Operands>
DType result_type(const Operands&... operands) {
  Promotion promotion;
  (promotion.add(operands), ...);
  return promotion.result();
}

/// Whether an in-place operation may store a result of dtype `from` in a tensor of dtype `to`: not
/// floating into integer, and nothing but bool into bool.
bool can_cast(DType from, DType to);

/// Throws TypeError unless can_cast.
void check_can_cast(DType from, DType to);

}  // namespace wick::core
