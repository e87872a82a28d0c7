#include "wick/nn/functional.h"

#include "wick/format.h"

namespace wick::nn::functional {

Tensor normalize(const Tensor& x, double p, Dim dim, double eps) {
  return div(x, norm(x, p, dim, true).clamp(Scalar(eps)));
}

Tensor one_hot(const Tensor& classes, std::optional<int64_t> num_classes) {
  if (classes.dtype() != DType::int64)
    throw TypeError("one_hot is only applicable to index tensor.");
  if (classes.numel() == 0 && !num_classes)
    throw ValueError("Can not infer total number of classes from empty tensor.");
  if (classes.is_meta() && !num_classes)
    throw ValueError("one_hot of a meta tensor needs num_classes");
  int64_t count = num_classes.value_or(0);
  if (num_classes && count < 1) throw ValueError("num_classes should be positive");
  if (classes.numel() > 0 && !classes.is_meta()) {
    if (min(classes).item<int64_t>() < 0) throw ValueError("Class values must be non-negative.");
    const int64_t largest = max(classes).item<int64_t>();
    if (largest == INT64_MAX || (num_classes && largest >= count))
      throw ValueError("Class values must be smaller than num_classes.");
    count = num_classes.value_or(largest + 1);
  }
  return eq(classes.unsqueeze(-1), arange(count, {.device = classes.device()})).to(DType::int64);
}

}  // namespace wick::nn::functional
