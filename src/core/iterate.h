// Walking over several strided operands at once, in runs along one dimension.
#pragma once

#include <span>

#include "core/threads.h"
#include "wick/tensor.h"

namespace wick::core {

/// Elements that one thread should at least work on for cheap pointwise operations.
inline constexpr int64_t pointwise_grain = 16384;

/// One side of an elementwise loop: first element, and strides in bytes over the common shape.
struct Operand {
  char* data = nullptr;
  Strides strides;
  /// Bytes of an element, if the operand is only read and runs may get a copy of it; else 0.
  int64_t readable = 0;
};

/// The operand that reads (or writes) x broadcast to `shape`.
Operand operand(const Tensor& x, const Shape& shape);
/// The same, of which runs may get a copy where x's elements lie in another order than the others'.
Operand read_operand(const Tensor& x, const Shape& shape);

/// Called with the operands' pointers and byte strides, for `n` positions along one dimension.
using Run = FunctionRef<void(char* const* data, const int64_t* strides, int64_t n)>;

/// Covers every position of `shape` once. Dimensions are reordered and merged so that runs are
/// long and memory is walked in the order of the first operand; tiles of others that lie across
/// that order are transposed first, if they are readable. At most 4 operands.
void for_each_run(const Shape& shape, std::span<const Operand> operands, int64_t grain, Run run);

/// The strides a pointwise result gets: those of the first input that has the full shape and is
/// dense (so that x.t() + 1 keeps its layout), else row-major.
Strides result_strides(const Shape& shape, std::span<const Tensor> inputs);

}  // namespace wick::core
