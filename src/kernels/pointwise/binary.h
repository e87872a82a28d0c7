#pragma once
// Pointwise functions of two arguments, and choices, over strided memory. Serial.

#include <cstddef>
#include <cstdint>

#include "kernels/simd/stream.h"
#include "wick/dtype.h"

namespace wick::kernels {

/// The operations that binary_loop() knows. Integers wrap around; on bool, add and maximum are or,
/// mul and minimum are and. maximum and minimum give nan if either is nan. floor_divide rounds the
/// quotient towards -inf, remainder has the sign of the divisor; for integers neither may be given
/// a divisor of 0. eq, ne, lt, le give bool, the others the dtype of their arguments.
enum class Binary : uint8_t {
  add,
  sub,
  mul,
  div,
  floor_divide,
  remainder,
  pow,
  maximum,
  minimum,
  bit_and,
  bit_or,
  bit_xor,
  eq,
  ne,
  lt,
  le,
};

/// data and strides (in bytes) of the result and the arguments, for n positions. The result may be
/// one of the arguments, but must not overlap one otherwise.
using Loop = void (*)(char* const* data, const int64_t* strides, int64_t n);

/// The loop for arguments of one dtype, r = op(a, b); null where the operation has no meaning: sub,
/// floor_divide, remainder and pow on bool, div on integers, bit operations on floating dtypes.
/// Streaming stores are for large results that are not among the arguments; where they do not pay,
/// the loop is the usual one.
Loop binary_loop(Binary op, DType dtype, Stores stores = Stores::cached);

/// min(max(x, low), high) of contiguous or strided elements; nan stays nan, and a bound of nan
/// makes everything nan. T: every element type but bool; the bounds are double for floating types.
template <class T, class Bound>
void clamp(char* const* data, const int64_t* strides, int64_t n, Bound low, Bound high);

/// r = op(a, b) for contiguous memory, or with one side a single element (stride 0), in SIMD.
/// Only add, sub, mul, div, maximum and minimum; T is a floating type, the half types being
/// computed in float.
template <class T>
void binary_simd(Binary op, Stores stores, const T* a, bool a_repeated, const T* b, bool b_repeated,
                 T* r, int64_t n);

/// The loops that the compiler makes SIMD code of: arithmetic on integers and bool, and comparisons
/// of all but the half types. Null for other operations.
Loop binary_plain(Binary op, DType dtype);

}  // namespace wick::kernels
