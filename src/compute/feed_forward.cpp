#include "compute/feed_forward.h"

#include "compute/half_linear.h"
#include "kernels/memory/scratch.h"
#include "kernels/simd/half.h"

namespace wick::compute {
namespace {

using kernels::Unary;

/// Both layers for blocks of rows, on all threads.
void run_blocks(const Layer& first, Unary activation, const Layer& second, const Rows<float>& x,
                float* y) {
  const int64_t step = kernels::feed_forward_block(x.count, first.out(), first.in() + second.out());
  const int64_t grains =
      kernels::grains_of(kernels::work_of(x.count, first.out(), first.in() + second.out()));
  core::parallel_tasks((x.count - 1) / step + 1, grains, [&](int64_t i) {
    kernels::Scratch scratch;
    const int64_t row = i * step, count = std::min(step, x.count - row);
    float* hidden = scratch.reserve_for<float>(static_cast<size_t>(count * first.out()));
    first.run_rows(x.part(row, count), hidden, activation);
    second.run_rows({hidden, count, first.out()}, y + row * second.out(), std::nullopt);
  });
}

/// The tensors of a FeedForward.
struct Operands {
  const Tensor &out, &x, &weight1, &bias1, &weight2, &bias2;
};

void run_float(const Operands& of, Unary activation) {
  Tensor holder;
  const Rows<float> rows = rows_of<float>(of.x, holder);
  auto* y = reinterpret_cast<float*>(core::bytes(of.out));
  const Layer one(of.weight1, of.bias1, rows.count), two(of.weight2, of.bias2, rows.count);
  if (!one.by_features() && !two.by_features()) return run_blocks(one, activation, two, rows, y);
  kernels::Scratch scratch;
  float* hidden = scratch.reserve_for<float>(static_cast<size_t>(rows.count * one.out()));
  one.run(rows, hidden, activation);
  two.run({hidden, rows.count, one.out()}, y, std::nullopt);
}

/// The hidden features are rounded to T once, after the activation.
template <class T>
void run_half(const Operands& of, Unary activation) {
  Tensor holder;
  const Rows<T> rows = rows_of<T>(contiguous(of.x), holder);
  auto* y = reinterpret_cast<T*>(core::bytes(of.out));
  const HalfLayer<T> one(of.weight1, of.bias1), two(of.weight2, of.bias2);
  const int64_t step = kernels::feed_forward_block(rows.count, one.out(), one.in() + two.out());
  const int64_t grains =
      kernels::grains_of(kernels::work_of(rows.count, one.out(), one.in() + two.out()));
  core::parallel_tasks((rows.count - 1) / step + 1, grains, [&](int64_t i) {
    kernels::Scratch scratch, rounded_scratch;
    const int64_t row = i * step, count = std::min(step, rows.count - row);
    const int64_t n = count * one.out();
    auto* hidden = scratch.reserve_for<float>(static_cast<size_t>(n));
    auto* rounded = rounded_scratch.reserve_for<T>(static_cast<size_t>(n));
    one.run_rows(rows.part(row, count), hidden);
    kernels::unary(activation, hidden, hidden, static_cast<size_t>(n));
    kernels::narrow(hidden, rounded, n);
    two.run_rows({rounded, count, one.out()}, y + row * two.out());
  });
}

}  // namespace

void LinearActivation::operator()(const Tensor& out, const Tensor& x, const Tensor& weight,
                                  const Tensor& bias) const {
  Tensor holder;
  const Rows<float> rows = rows_of<float>(x, holder);
  Layer(weight, bias, rows.count).run(rows, reinterpret_cast<float*>(core::bytes(out)), activation);
}

void FeedForward::operator()(const Tensor& out, const Tensor& x, const Tensor& weight1,
                             const Tensor& bias1, const Tensor& weight2,
                             const Tensor& bias2) const {
  const Operands operands{out, x, weight1, bias1, weight2, bias2};
  if (x.dtype() == DType::float32) return run_float(operands, activation);
  if (x.dtype() == DType::bfloat16) return run_half<BFloat16>(operands, activation);
  run_half<Half>(operands, activation);
}

}  // namespace wick::compute
