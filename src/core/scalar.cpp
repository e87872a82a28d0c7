#include "wick/scalar.h"

#include "core/check.h"

namespace wick {

void detail::fail_integer_overflow(size_t bytes, bool is_signed) {
  // PyTorch's text has the C++ types, of which this one has no number.
  const std::string type =
      bytes == 4 && is_signed ? "int" : fmt::format("{}int{}_t", is_signed ? "" : "u", 8 * bytes);
  core::fail<ValueError>("value cannot be converted to type {} without overflow", type);
}

std::string Scalar::to_string() const {
  if (is_floating()) return python_repr(floating_);
  if (kind_ == Kind::boolean) return integer_ ? "True" : "False";
  return fmt::format("{}", integer_);
}

}  // namespace wick
