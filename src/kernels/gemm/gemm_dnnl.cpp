// float32 products through oneDNN, one thread at a time.

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "kernels/gemm/dnnl_product.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/gemm_policy.h"
#include "kernels/gemm/gemm_simd.h"
#include "kernels/memory/held_signals.h"
#include "kernels/memory/scratch.h"

namespace wick::kernels {
namespace {

using dnnl::memory;

/// Sizes that every implementation in oneDNN counts in int without harm.
bool fits_dnnl(int64_t m, int64_t n, int64_t k) {
  constexpr int64_t limit = std::numeric_limits<int>::max() / 4;
  return m <= limit && n <= limit && k <= limit;
}

/// Strides that oneDNN takes for a matrix: rows or columns contiguous and not overlapping. Empty
/// where the matrix needs a copy. Strides along a dimension of size 1 are free and chosen to fit.
std::optional<std::array<int64_t, 2>> dnnl_strides(int64_t rows, int64_t cols, int64_t row_stride,
                                                   int64_t col_stride) {
  if (rows == 1 && cols == 1) return {{1, 1}};
  if (cols == 1) col_stride = row_stride == 1 ? rows : 1;
  if (rows == 1) row_stride = col_stride == 1 ? cols : 1;
  const bool by_rows = col_stride == 1 && row_stride >= cols;
  const bool by_cols = row_stride == 1 && col_stride >= rows;
  if (!by_rows && !by_cols) return std::nullopt;
  return {{row_stride, col_stride}};
}

void copy_matrix(int64_t rows, int64_t cols, const float* from, int64_t row_stride,
                 int64_t col_stride, float* to, int64_t ldc) {
  constexpr int64_t kBlock = 32;  // both sides of a transposing copy then stay in the L1 cache
  if (col_stride == 1) {
    for (int64_t i = 0; i < rows; ++i) std::copy_n(from + i * row_stride, cols, to + i * ldc);
    return;
  }
  for (int64_t top = 0; top < rows; top += kBlock)
    for (int64_t left = 0; left < cols; left += kBlock)
      for (int64_t i = top; i < std::min(top + kBlock, rows); ++i)
        for (int64_t j = left; j < std::min(left + kBlock, cols); ++j)
          to[i * ldc + j] = from[i * row_stride + j * col_stride];
}

}  // namespace

struct PackedWeights::Impl {
  int64_t n = 0, k = 0;
  /// oneDNN's layout; null where `plain` is used from the start.
  memory packed;
  memory::desc layout;
  /// W^T, [k, n] row-major, for wick's own kernel.
  mutable std::vector<float> plain;
  mutable std::once_flag unpacked;

  /// For the case that oneDNN refuses a later product with the layout it chose itself.
  const float* plain_weights() const {
    if (!packed) return plain.data();
    std::call_once(unpacked, [&] {
      const OneThread guard;
      std::vector<float> values(static_cast<std::size_t>(n * k));
      memory to(dnnl_matrix(k, n, n, 1), dnnl_cpu(), values.data());
      dnnl_copy(packed, to);
      plain = std::move(values);
    });
    return plain.data();
  }
};

namespace {

/// Copies w into the layout that oneDNN prefers; leaves impl.packed null where that fails.
void pack_for_dnnl(PackedWeights::Impl& impl, const float* w, int64_t stride_n, int64_t stride_k) {
  const int64_t n = impl.n, k = impl.k;
  const OneThread guard;
  try {
    // The layout must not depend on m, because one object serves every m: this stands for them all.
    const int64_t m = preferred_row_block(std::numeric_limits<int>::max(), n, k);
    const memory::desc any(memory::dims{k, n}, memory::data_type::f32, memory::format_tag::any);
    std::unique_lock lock(dnnl_making());
    const auto product =
        make_matmul(dnnl_cpu(), dnnl_matrix(m, k, k, 1), any, nullptr, dnnl_matrix(m, n, n, 1));
    lock.unlock();
    if (!product) return;
    const auto strides = dnnl_strides(k, n, stride_k, stride_n);
    std::vector<float> copy;
    if (!strides) {
      copy.resize(static_cast<std::size_t>(n * k));
      copy_matrix(k, n, w, stride_k, stride_n, copy.data(), n);
    }
    memory from(strides ? dnnl_matrix(k, n, (*strides)[0], (*strides)[1]) : dnnl_matrix(k, n, n, 1),
                dnnl_cpu(), strides ? const_cast<float*>(w) : copy.data());
    memory to(product->weights_desc(), dnnl_cpu());
    dnnl_copy(from, to);
    impl.layout = product->weights_desc();
    impl.packed = to;
  } catch (const dnnl::error&) {
    // The caller falls back on its own layout.
  }
}

}  // namespace

PackedWeights::PackedWeights(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PackedWeights::~PackedWeights() = default;

int64_t PackedWeights::in_features() const { return impl_->k; }
int64_t PackedWeights::out_features() const { return impl_->n; }
int64_t PackedWeights::bytes() const {
  return impl_->packed ? static_cast<int64_t>(impl_->layout.get_size())
                       : static_cast<int64_t>(impl_->plain.size() * sizeof(float));
}

std::shared_ptr<const PackedWeights> pack_weights(const float* w, int64_t n, int64_t k,
                                                  int64_t stride_n, int64_t stride_k) {
  auto impl = std::make_unique<PackedWeights::Impl>();
  impl->n = n;
  impl->k = k;
  if (fits_dnnl(1, n, k) && n * k > small_weights) pack_for_dnnl(*impl, w, stride_n, stride_k);
  if (!impl->packed) {
    impl->plain.resize(static_cast<std::size_t>(n * k));
    copy_matrix(k, n, w, stride_k, stride_n, impl->plain.data(), n);
  }
  return std::make_shared<const PackedWeights>(std::move(impl));
}

void packed_linear(const PackedWeights& weights, const float* x, int64_t m, int64_t ldx,
                   const float* bias, float* y, int64_t ldy) {
  const auto& w = weights.impl();
  if (m <= 0 || w.n <= 0) return;
  if (w.packed && fits_dnnl(m, w.n, w.k)) {
    // With blocked weights oneDNN insists on dense rows; copying them costs little beside the
    // product.
    Scratch x_copy, y_copy;
    const bool x_dense = m == 1 || ldx == w.k;
    const bool y_dense = m == 1 || ldy == w.n;
    const float* from = x;
    if (!x_dense) {
      float* copy = x_copy.reserve_for<float>(static_cast<std::size_t>(m * w.k));
      copy_matrix(m, w.k, x, ldx, 1, copy, w.k);
      from = copy;
    }
    float* to = y_dense ? y : y_copy.reserve_for<float>(static_cast<std::size_t>(m * w.n));
    const ProductKey key{m, w.n, w.k, w.k, 1, 0, 0, w.n, bias != nullptr};
    if (cached_product(key, &w.layout).run(from, nullptr, &w.packed, bias, to)) {
      if (!y_dense) copy_matrix(m, w.n, to, w.n, 1, y, ldy);
      return;
    }
  }
  simd_gemm(m, w.n, w.k, x, ldx, 1, w.plain_weights(), w.n, 1, bias, y, ldy);
}

void gemm(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_col,
          const float* b, int64_t b_row, int64_t b_col, const float* bias, float* c, int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  if (!fits_dnnl(m, n, k) || suits_own_kernel(m, n, k, a_row, a_col, b_row, b_col)) {
    return simd_gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, bias, c, ldc);
  }
  Scratch a_copy, b_copy;
  const auto usable = [](int64_t rows, int64_t cols, const float*& data, int64_t& row_stride,
                         int64_t& col_stride, Scratch& scratch) {
    if (const auto strides = dnnl_strides(rows, cols, row_stride, col_stride)) {
      row_stride = (*strides)[0];
      col_stride = (*strides)[1];
      return;
    }
    float* copy = scratch.reserve_for<float>(static_cast<std::size_t>(rows * cols));
    copy_matrix(rows, cols, data, row_stride, col_stride, copy, cols);
    data = copy;
    row_stride = cols;
    col_stride = 1;
  };
  usable(m, k, a, a_row, a_col, a_copy);
  usable(k, n, b, b_row, b_col, b_copy);
  const ProductKey key{m, n, k, a_row, a_col, b_row, b_col, m == 1 ? n : ldc, bias != nullptr};
  if (cached_product(key, nullptr).run(a, b, nullptr, bias, c)) return;
  simd_gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, bias, c, ldc);
}

void large_gemm(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_col,
                const float* b, int64_t b_row, int64_t b_col, float* c, int64_t ldc) {
#if defined(__x86_64__)  // elsewhere oneDNN's sgemm is a plain loop
  const auto a_strides = dnnl_strides(m, k, a_row, a_col);
  const auto b_strides = dnnl_strides(k, n, b_row, b_col);
  if (a_strides && b_strides && fits_dnnl(m, n, k) && sgemm_is_ready()) {
    const auto [ar, ac] = *a_strides;
    const auto [br, bc] = *b_strides;
    const OneThread guard;
    const HeldSignals held(sgemm_moves_stack(k));
    const bool done =
        dnnl_sgemm(ac == 1 ? 'N' : 'T', bc == 1 ? 'N' : 'T', m, n, k, 1.0f, a, ac == 1 ? ar : ac, b,
                   bc == 1 ? br : bc, 0.0f, c, ldc) == dnnl_success;
    if (done) return;
  }
#endif
  gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, nullptr, c, ldc);
}

}  // namespace wick::kernels
