#include "ops/product.h"

#include <algorithm>

#include "core/dispatch.h"
#include "core/threads.h"
#include "kernels/gemm.h"
#include "ops/arguments.h"
#include "wick/ops.h"

namespace wick::ops {
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

/// Calls body(batch, first row, rows) for every block, on the available threads.
template <class F>
void for_each_block(int64_t batches, int64_t m, int64_t n, int64_t k, F&& body) {
  if (batches == 0 || m == 0 || n == 0) return;
  const int64_t step = kernels::preferred_row_block(m, n, k);
  const int64_t blocks = (m - 1) / step + 1;
  // Few products are not worth waking threads for.
  constexpr double worth_threads = 1 << 18;
  // In floating point, for the sizes of expanded operands can overflow when multiplied.
  const double work = static_cast<double>(step) * static_cast<double>(n) * static_cast<double>(k);
  const int64_t grain =
      std::max<int64_t>(static_cast<int64_t>(worth_threads / std::max(work, 1.0)), 1);
  const auto run = [&](int64_t i) {
    const int64_t row = i % blocks * step;
    body(i / blocks, row, std::min(step, m - row));
  };
  if (grain == 1) return core::parallel_tasks(batches * blocks, run);
  core::parallel_for(batches * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run(i);
  });
}

template <class T>
void multiply(const Tensor& a, const Tensor& b, const Tensor& result) {
  const Matrices<const T> x(a), y(b);
  const Matrices<T> z(result);
  const int64_t n = b.size(-1), k = a.size(-1);
  for_each_block(a.dim() == 3 ? a.size(0) : 1, a.size(-2), n, k,
                 [&](int64_t batch, int64_t row, int64_t rows) {
                   kernels::gemm(rows, n, k, x.data + batch * x.batch + row * x.row, x.row,
                                 x.column, y.data + batch * y.batch, y.row, y.column,
                                 static_cast<const T*>(nullptr), z.data + batch * z.batch + row * n,
                                 n);
                 });
}

/// The packed form of a weight, from its cache if it is there and current.
std::shared_ptr<const kernels::PackedWeights> packed(const Tensor& weight) {
  TensorImpl& impl = weight.impl();
  const uint64_t version = impl.storage->version();
  const uint64_t exposures = impl.storage->exposures();
  if (const auto cached = impl.derived.load();
      cached && cached->version == version && cached->exposures == exposures)
    return std::static_pointer_cast<const kernels::PackedWeights>(cached->value);
  auto fresh = kernels::pack_weights(reinterpret_cast<const float*>(impl.data()), weight.size(0),
                                     weight.size(1), weight.stride(0), weight.stride(1));
  if (impl.storage->owned())
    impl.derived.store(std::make_shared<const Derived>(Derived{version, exposures, fresh}));
  return fresh;
}

}  // namespace

void product(const Tensor& a, const Tensor& b, const Tensor& result) {
  core::dispatch(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, bool>) {
      fail_not_implemented("addmm_impl_cpu_", a.dtype());
    } else if constexpr (std::is_same_v<core::Compute<T>, T>) {
      multiply<T>(a, b, result);
    } else {
      const Tensor wide = core::make(result.shape(), DType::float32);
      multiply<float>(a.to(DType::float32), b.to(DType::float32), wide);
      result.copy_(wide);
    }
  });
}

void linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias,
                    const Tensor& result) {
  if (weight.dtype() == DType::float16 || weight.dtype() == DType::bfloat16) {
    const Tensor wide = core::make(result.shape(), DType::float32);  // rounded once, with the bias
    product(x.to(DType::float32), weight.to(DType::float32).t(), wide);
    if (bias.defined()) wide.add_(bias);
    result.copy_(wide);
    return;
  }
  if (weight.dtype() != DType::float32) {
    product(x, weight.t(), result);
    if (bias.defined()) result.add_(bias);
    return;
  }
  const int64_t in = weight.size(1), out = weight.size(0);
  const Tensor rows = x.stride(1) == 1 || in <= 1 ? x : x.contiguous();
  Tensor addend;
  if (bias.defined()) addend = bias.expand({out}).contiguous();
  const auto weights = packed(weight);
  const Matrices<const float> source(rows);
  const float* add =
      addend.defined() ? reinterpret_cast<const float*>(core::bytes(addend)) : nullptr;
  float* target = reinterpret_cast<float*>(core::bytes(result));
  for_each_block(1, x.size(0), out, in, [&](int64_t, int64_t row, int64_t count) {
    kernels::packed_linear(*weights, source.data + row * source.row, count, source.row, add,
                           target + row * out, out);
  });
}

}  // namespace wick::ops
