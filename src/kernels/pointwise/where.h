#pragma once
// Choices over strided memory. Serial.

#include "kernels/pointwise/binary.h"

namespace wick::kernels {

/// The loop for r = condition ? a : b, with a condition of one byte and elements of `size` bytes.
Loop where_loop(size_t size, Stores stores = Stores::cached);

}  // namespace wick::kernels
