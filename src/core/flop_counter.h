// What matrix products report to FlopCounter.
#pragma once

#include <cstdint>

namespace wick::core {

/// A product gave `results` numbers, each a sum of `terms` products.
void count_multiply_adds(int64_t results, int64_t terms);

}  // namespace wick::core
