// Matrix products of tensors: blocks of rows on several threads, each one call of a serial kernel.
#pragma once

#include <algorithm>

#include "compute/primitive.h"
#include "core/threads.h"
#include "kernels/gemm/gemm_policy.h"

namespace wick::compute {

/// out = a b for a [n, k] and b [k, m], or batches of them ([batch, n, k], not broadcast), of one
/// dtype other than bool and any strides; out is contiguous. The two half types are multiplied as
/// float32.
struct MatMul {
  static constexpr std::string_view name = "matmul";
  void operator()(const Tensor& out, const Tensor& a, const Tensor& b) const;
};

/// body(batch, first row, rows) for every block of rows of `batches` products of [m, k] and [k, n],
/// on the available threads.
template <class F>
void for_each_block(int64_t batches, int64_t m, int64_t n, int64_t k, F&& body) {
  if (batches == 0 || m == 0 || n == 0) return;
  const int64_t step = kernels::preferred_row_block(m, n, k);
  const int64_t blocks = (m - 1) / step + 1;
  const double work = kernels::work_of(step, n, k);
  const int64_t grain =
      std::max<int64_t>(static_cast<int64_t>(kernels::worth_a_thread / std::max(work, 1.0)), 1);
  const auto run = [&](int64_t i) {
    const int64_t row = i % blocks * step;
    body(i / blocks, row, std::min(step, m - row));
  };
  const auto count = static_cast<double>(batches * blocks);
  if (grain == 1)
    return core::parallel_tasks(batches * blocks, kernels::grains_of(work * count), run);
  core::parallel_for(batches * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run(i);
  });
}

}  // namespace wick::compute
