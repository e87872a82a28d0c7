#pragma once
// One step of an optimizer over contiguous memory.

#include <cstdint>

#include "wick/dtype.h"
#include "wick/fused/update_rule.h"

namespace wick::kernels {

/// The memory of one parameter: element i of each belongs together. States are null where the rule
/// does not keep them (momentum of 0, no amsgrad, not centered).
template <class T>
struct UpdateMemory {
  T* param = nullptr;
  const T* grad = nullptr;
  T* state[3] = {};
};

/// Applies `rule` to n elements; grad may be param itself, other overlap is not allowed. Serial. T
/// is float, double, Half or BFloat16. No multiplication is fused with an addition, so that an
/// element gives the same bits on every machine, whatever its position, n or the alignment.
template <class T>
void update(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<T>& memory,
            int64_t n);
template <>
void update(UpdateRule, const UpdateNumbers&, const UpdateMemory<float>&, int64_t);
template <>
void update(UpdateRule, const UpdateNumbers&, const UpdateMemory<double>&, int64_t);
template <>
void update(UpdateRule, const UpdateNumbers&, const UpdateMemory<Half>&, int64_t);
template <>
void update(UpdateRule, const UpdateNumbers&, const UpdateMemory<BFloat16>&, int64_t);

}  // namespace wick::kernels
