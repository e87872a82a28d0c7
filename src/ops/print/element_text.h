// The elements of a tensor as texts: which of them print, and how each one looks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wick/format.h"

namespace wick::ops {

/// What is common to all parts of one tensor's text.
struct PrintStyle {
  PrintOptions options;
  bool summarise = false;

  /// Whether a dimension of this size (at least 1) shows its ends only.
  bool shortens(int64_t size) const { return summarise && (size - 1) / 2 >= options.edgeitems; }
};

/// Calls visit(i) for each index that is shown of a dimension, and gap() between the two ends.
template <class Visit, class Gap>
void for_each_shown(const PrintStyle& style, int64_t size, Visit visit, Gap gap) {
  const bool shortened = style.shortens(size);
  const int64_t head = shortened ? style.options.edgeitems : size;
  for (int64_t i = 0; i < head; ++i) visit(i);
  if (!shortened) return;
  gap();
  for (int64_t i = size - head; i < size; ++i) visit(i);
}

/// The texts of the shown elements, in order, and the width of their column.
struct ElementTexts {
  std::vector<std::string> items;
  size_t width = 1;
};

/// The shown elements of `t`, which has some: by PyTorch's rules, or by a fmt spec if one is given.
ElementTexts element_texts(const Tensor& t, const PrintStyle& style, std::string_view spec);

/// Throws fmt::format_error if `spec` cannot format elements of this type.
void check_element_spec(DType dtype, std::string_view spec);

}  // namespace wick::ops
