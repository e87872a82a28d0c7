#include "core/promote.h"

#include "core/check.h"
#include "core/tensor_impl.h"

namespace wick::core {
namespace {

/// The dtype of `strong` operands together with `weak` ones, which only count by category.
std::optional<DType> combine(std::optional<DType> strong, std::optional<DType> weak) {
  if (!strong) return weak;
  if (!weak || is_floating_point(*strong)) return strong;
  if (*strong == DType::bool_ || is_floating_point(*weak)) return promote_types(*strong, *weak);
  return strong;
}

}  // namespace

DType Promotion::result() const {
  return combine(with_dims_, combine(zero_dim_, number_)).value_or(DType::float32);
}

bool can_cast(DType from, DType to) {
  if (is_floating_point(from) && !is_floating_point(to)) return false;
  return to != DType::bool_ || from == DType::bool_;
}

void check_can_cast(DType from, DType to) {
  if (!can_cast(from, to))
    fail<TypeError>("result type {} can't be cast to the desired output type {}",
                    scalar_type_name(from), scalar_type_name(to));
}

}  // namespace wick::core
