// Linear layers on float32.
#include "compute/linear.h"

#include "compute/derived.h"
#include "compute/elementwise.h"
#include "compute/half_linear.h"
#include "kernels/gemm/few_rows.h"

namespace wick::compute {

using kernels::PackedWeights;
using kernels::Unary;

namespace {

const float* floats(const Tensor& x) { return reinterpret_cast<const float*>(core::bytes(x)); }

}  // namespace

Layer::Layer(const Tensor& weight, const Tensor& bias, int64_t rows)
    : in_(weight.shape().begin()[1]), out_(weight.shape().begin()[0]) {
  const bool as_it_is =
      bias.defined() && bias.shape().size() == 1 && bias.shape().begin()[0] == out_;
  if (bias.defined()) bias_ = contiguous(as_it_is ? bias : broadcast(bias, {out_}));
  if (kernels::is_few_rows(rows, in_, out_) && weight.strides().begin()[1] == 1)
    plain_ = weight;
  else
    packed_ = derived<PackedWeights>(weight, [&] {
      return kernels::pack_weights(floats(weight), out_, in_, weight.stride(0), weight.stride(1));
    });
}

const float* Layer::bias() const { return bias_.defined() ? floats(bias_) : nullptr; }

void Layer::run_features(const Rows<float>& x, float* y, std::optional<Unary> activation,
                         int64_t begin, int64_t end) const {
  kernels::few_rows_linear(
      {x.count, in_, x.data, x.stride, floats(plain_), plain_.stride(0), bias(), y, out_}, begin,
      end);
  if (!activation) return;
  for (int64_t i = 0; i < x.count; ++i) {
    float* part = y + i * out_ + begin;
    kernels::unary(*activation, part, part, static_cast<size_t>(end - begin));
  }
}

void Layer::run_rows(const Rows<float>& x, float* y, std::optional<Unary> activation) const {
  kernels::packed_linear(*packed_, x.data, x.count, x.stride, bias(), y, out_);
  if (activation) kernels::unary(*activation, y, y, static_cast<size_t>(x.count * out_));
}

void Layer::run(const Rows<float>& x, float* y, std::optional<Unary> activation) const {
  if (by_features()) {
    const double work = static_cast<double>(x.count) * static_cast<double>(in_);
    const auto grain = static_cast<int64_t>(kernels::worth_a_thread / std::max(work, 1.0)) + 1;
    return core::parallel_for(out_, grain, [&](int64_t begin, int64_t end) {
      run_features(x, y, activation, begin, end);
    });
  }
  for_each_block(1, x.count, out_, in_, [&](int64_t, int64_t row, int64_t count) {
    run_rows(x.part(row, count), y + row * out_, activation);
  });
}

namespace {

template <class T>
void half_product(const Tensor& out, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  Tensor holder;
  const Rows<T> rows = rows_of<T>(contiguous(x), holder);
  HalfLayer<T>(weight, bias).run(rows, reinterpret_cast<T*>(core::bytes(out)));
}

/// For the types whose weights are used as they are.
void plain_product(const Tensor& out, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  MatMul()(out, x, permuted(weight, {1, 0}));
  if (bias.defined())
    elementwise(out, {out, bias}, kernels::binary_loop(kernels::Binary::add, out.dtype()));
}

}  // namespace

void Linear::operator()(const Tensor& out, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) const {
  if (weight.dtype() == DType::bfloat16) return half_product<BFloat16>(out, x, weight, bias);
  if (weight.dtype() == DType::float16) return half_product<Half>(out, x, weight, bias);
  if (weight.dtype() != DType::float32) return plain_product(out, x, weight, bias);
  Tensor holder;
  const Rows<float> rows = rows_of<float>(x, holder);
  Layer(weight, bias, rows.count)
      .run(rows, reinterpret_cast<float*>(core::bytes(out)), std::nullopt);
}

}  // namespace wick::compute
