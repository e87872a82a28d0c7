#include "compute/product.h"

#include <algorithm>

#include "compute/copy.h"
#include "core/dispatch.h"
#include "kernels/gemm/gemm.h"

namespace wick::compute {
namespace {

/// One side of a batch of products: first element and strides in elements.
template <class T>
struct Matrices {
  T* data;
  int64_t batch, row, column;
  explicit Matrices(const Tensor& x)
      : data(reinterpret_cast<T*>(core::bytes(x))),
        batch(x.dim() == 3 ? x.stride(0) : 0),
        row(x.stride(-2)),
        column(x.stride(-1)) {}
};

/// A part of the result.
struct Tile {
  int64_t row, rows, column, columns;
};

/// body(batch, tile) for all tiles of `batches` results [m, n] of products over k, on the available
/// threads.
template <class F>
void for_each_tile(int64_t batches, int64_t m, int64_t n, int64_t k, F&& body) {
  const auto tile = kernels::preferred_tile(batches, m, n);
  const int64_t rows = tile.rows, columns = tile.columns;
  const int64_t down = (m - 1) / rows + 1, across = (n - 1) / columns + 1;
  const int64_t grains =
      kernels::grains_of(kernels::work_of(m, n, k) * static_cast<double>(batches));
  core::parallel_tasks(batches * down * across, grains, [&](int64_t i) {
    const int64_t row = i / across % down * rows, column = i % across * columns;
    body(i / (down * across),
         Tile{row, std::min(rows, m - row), column, std::min(columns, n - column)});
  });
}

template <class T>
void multiply(const Tensor& a, const Tensor& b, const Tensor& result) {
  const Matrices<const T> x(a), y(b);
  const Matrices<T> z(result);
  const int64_t n = b.size(-1), k = a.size(-1);
  const int64_t batches = a.dim() == 3 ? a.size(0) : 1, m = a.size(-2);
  if constexpr (std::is_same_v<T, float>) {
    if (kernels::is_large_product(m, n, k, x.column, y.row)) {
      for_each_tile(batches, m, n, k, [&](int64_t batch, Tile t) {
        kernels::large_gemm(t.rows, t.columns, k, x.data + batch * x.batch + t.row * x.row, x.row,
                            x.column, y.data + batch * y.batch + t.column * y.column, y.row,
                            y.column, z.data + batch * z.batch + t.row * n + t.column, n);
      });
      return;
    }
  }
  if constexpr (std::is_same_v<T, double>) {
    if (kernels::suits_tiles(m, n)) {
      for_each_tile(batches, m, n, k, [&](int64_t batch, Tile t) {
        kernels::gemm(t.rows, t.columns, k, x.data + batch * x.batch + t.row * x.row, x.row,
                      x.column, y.data + batch * y.batch + t.column * y.column, y.row, y.column,
                      static_cast<const T*>(nullptr),
                      z.data + batch * z.batch + t.row * n + t.column, n);
      });
      return;
    }
  }
  for_each_block(batches, m, n, k, [&](int64_t batch, int64_t row, int64_t rows) {
    kernels::gemm(rows, n, k, x.data + batch * x.batch + row * x.row, x.row, x.column,
                  y.data + batch * y.batch, y.row, y.column, static_cast<const T*>(nullptr),
                  z.data + batch * z.batch + row * n, n);
  });
}

}  // namespace

void MatMul::operator()(const Tensor& out, const Tensor& a, const Tensor& b) const {
  if (a.numel() == 0) return Fill{0}(out);  // sums of nothing: a and b may have no memory
  core::dispatch(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, bool>) {
      // Operations refuse it.
    } else if constexpr (std::is_same_v<core::Compute<T>, T>) {
      multiply<T>(a, b, out);
    } else {
      const Tensor wide = core::make(out.shape(), DType::float32);
      multiply<float>(as_computed(a), as_computed(b), wide);
      Copy()(out, wide);
    }
  });
}

}  // namespace wick::compute
