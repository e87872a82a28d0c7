// Matrix products of tensors: blocks of rows on several threads, each one call of a serial kernel.
#pragma once

#include <algorithm>

#include "core/threads.h"
#include "kernels/gemm/gemm.h"
#include "wick/tensor.h"

namespace wick::compute {

/// result = a b for a [n, k] and b [k, m], or batches of them ([batch, n, k], not broadcast), of
/// one dtype and any strides; result is contiguous. The two half types are multiplied as float32.
void product(const Tensor& a, const Tensor& b, const Tensor& result);

/// result = x weight^T + bias for x [rows, in], weight [out, in] and bias [out], [1] or undefined.
/// A float32 weight is packed once; the packed form stays with it until it changes.
void linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias,
                    const Tensor& result);

/// Multiply-adds below which a product is not worth waking a thread for.
inline constexpr double worth_a_thread = 1 << 18;

/// How many threads' worth so many multiply-adds are, for core::parallel_tasks.
inline int64_t grains_of(double work) {
  return static_cast<int64_t>(std::min(work / worth_a_thread, 1e9));
}

/// body(batch, first row, rows) for every block of rows of `batches` products of [m, k] and [k, n],
/// on the available threads.
template <class F>
void for_each_block(int64_t batches, int64_t m, int64_t n, int64_t k, F&& body) {
  if (batches == 0 || m == 0 || n == 0) return;
  const int64_t step = kernels::preferred_row_block(m, n, k);
  const int64_t blocks = (m - 1) / step + 1;
  // In floating point, for the sizes of expanded operands can overflow when multiplied.
  const double work = static_cast<double>(step) * static_cast<double>(n) * static_cast<double>(k);
  const int64_t grain =
      std::max<int64_t>(static_cast<int64_t>(worth_a_thread / std::max(work, 1.0)), 1);
  const auto run = [&](int64_t i) {
    const int64_t row = i % blocks * step;
    body(i / blocks, row, std::min(step, m - row));
  };
  const auto count = static_cast<double>(batches * blocks);
  if (grain == 1) return core::parallel_tasks(batches * blocks, grains_of(work * count), run);
  core::parallel_for(batches * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run(i);
  });
}

}  // namespace wick::compute
