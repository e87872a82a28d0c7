#pragma once

#include <cstdint>
#include <memory>

/// Serial matrix products on raw memory.
///
/// Everything here runs in the calling thread and starts none: a caller that wants threads splits
/// the rows of the result into blocks of preferred_row_block() rows (gemm_policy.h) and calls these
/// functions from its own parallel region. The size of a block depends on the shape only, and so
/// does every choice made in here, so the result has the same bits for any number of threads. It
/// may have other bits in a block of another size: oneDNN's order of summation can depend on the
/// number of rows.
///
/// Matrices are described by a pointer and two strides, counted in elements: element (i, j) of a
/// stands at a[i * a_row + j * a_col]. Results are row-major, ldc elements from row to row, and
/// must not overlap an operand. Sizes of zero are fine: with k == 0 the result is the bias, or
/// zero. No product is skipped, so 0 * inf is NaN.
///
/// Nothing here throws except std::bad_alloc, for scratch memory. Should oneDNN refuse a product or
/// fail, wick's own loops compute it.
namespace wick::kernels {

/// The weights of y = x W^T + b, copied into the layout that suits the machine best: oneDNN's own
/// blocked layout, or for weights of a few kilobytes a transposed copy for wick's own kernel.
/// Immutable: any number of threads may use one object at a time.
class PackedWeights {
 public:
  struct Impl;
  explicit PackedWeights(std::unique_ptr<const Impl> impl);
  ~PackedWeights();
  PackedWeights(const PackedWeights&) = delete;
  PackedWeights& operator=(const PackedWeights&) = delete;

  /// Length of a row of x: the inner dimension of the product.
  int64_t in_features() const;
  /// Length of a row of y.
  int64_t out_features() const;
  /// Bytes held, for cache accounting.
  int64_t bytes() const;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<const Impl> impl_;
};

/// Packs W[n, k], whose element (o, i) stands at w[o * stride_n + i * stride_k]; any strides, so a
/// row-major [out, in] weight and a transposed view of an [in, out] one pack alike. Takes about as
/// long as copying W twice.
std::shared_ptr<const PackedWeights> pack_weights(const float* w, int64_t n, int64_t k,
                                                  int64_t stride_n, int64_t stride_k);

/// y[m, n] = x[m, k] W^T + bias[n] (nothing is added where bias is null). Rows of x stand ldx
/// elements apart and rows of y ldy; both are contiguous along a row. Fastest where ldx == k and
/// ldy == n: oneDNN's blocked product wants dense rows, so others are copied.
void packed_linear(const PackedWeights& weights, const float* x, int64_t m, int64_t ldx,
                   const float* bias, float* y, int64_t ldy);

/// C[m, n] = A[m, k] B[k, n] + bias[n] (nothing is added where bias is null). A and B may have any
/// strides, also zero and negative ones. Operands with neither dimension contiguous, or with rows
/// that overlap, are copied first; where B is used again and again, pack_weights() is faster.
void gemm(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_col,
          const float* b, int64_t b_row, int64_t b_col, const float* bias, float* c, int64_t ldc);

/// The same without a bias, for products so large that copying both operands in parts, which it
/// does where that is fastest, does not count: any layout of theirs is as good as any other.
void large_gemm(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_col,
                const float* b, int64_t b_row, int64_t b_col, float* c, int64_t ldc);

/// The same for the other element types, cache-blocked, with an order of summation that is fixed by
/// the shape and the strides. In double, sums go over parts of k of a fixed length, in order, which
/// are then added in order. Integers wrap around on overflow, as in PyTorch.
/// Defined for T = double, int64_t, int32_t, uint8_t.
template <class T>
void gemm(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_col, const T* b,
          int64_t b_row, int64_t b_col, const T* bias, T* c, int64_t ldc);

}  // namespace wick::kernels
