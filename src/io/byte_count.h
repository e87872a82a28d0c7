// The size of a tensor that a file speaks of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "wick/dtype.h"
#include "wick/shape.h"

namespace wick::io {

/// Bytes of a row-major tensor, or nothing if that, or one of its strides, does not fit in 64 bits.
inline std::optional<int64_t> byte_count(const Shape& shape, DType dtype) {
  auto bytes = static_cast<int64_t>(element_size(dtype));
  for (const int64_t size : shape)
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes)) return std::nullopt;
  return shape.numel() == 0 ? 0 : bytes;
}

}  // namespace wick::io
