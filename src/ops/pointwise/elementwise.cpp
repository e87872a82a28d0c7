#include "ops/pointwise/elementwise.h"

#include <array>
#include <cstring>
#include <vector>

#include "core/dispatch.h"
#include "core/layout.h"

namespace wick::ops {

Number::Number(Scalar value, DType dtype) {
  core::dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T element = core::convert<T>(value);
    std::memcpy(bytes, &element, sizeof(element));
  });
}

Prepared::Prepared(const Argument& x, DType dtype) {
  if (!x.tensor)
    number = Number(x.number, dtype), value = x.number;
  else if (x.tensor->dtype() == dtype || x.tensor->is_meta())
    tensor = *x.tensor;
  else
    tensor = x.tensor->to(dtype);
}

namespace {

constexpr size_t max_operands = 4;

/// All operands' elements stand in the same order without gaps, or are one number: a single run.
void flat_run(const Tensor& out, std::initializer_list<Source> sources, core::Run run) {
  std::array<char*, max_operands> data{core::bytes(out)};
  std::array<int64_t, max_operands> strides{static_cast<int64_t>(element_size(out.dtype()))};
  size_t k = 1;
  for (const Source& source : sources) {
    // Sources are only read: the loops' interface has one pointer type for all operands.
    data[k] = source.tensor ? core::bytes(*source.tensor) : const_cast<char*>(source.number->bytes);
    strides[k++] = source.tensor ? static_cast<int64_t>(element_size(source.tensor->dtype())) : 0;
  }
  const int64_t n = out.numel();
  if (n <= core::pointwise_grain) {
    if (n > 0) run(data.data(), strides.data(), n);
    return;
  }
  core::parallel_for(n, core::pointwise_grain, [&](int64_t begin, int64_t end) {
    std::array<char*, max_operands> at{};
    for (size_t i = 0; i < k; ++i) at[i] = data[i] + begin * strides[i];
    run(at.data(), strides.data(), end - begin);
    kernels::finish_streaming();
  });
}

}  // namespace

void elementwise(const Tensor& out, std::initializer_list<Source> sources, core::Run run) {
  const Shape& shape = out.shape();
  bool flat = out.is_contiguous();
  for (const Source& source : sources)
    flat = flat &&
           (!source.tensor || (source.tensor->is_contiguous() && source.tensor->shape() == shape));
  if (flat) return flat_run(out, sources, run);

  std::array<core::Operand, max_operands> operands;
  operands[0] = core::operand(out, shape);
  size_t k = 1;
  for (const Source& source : sources)
    operands[k++] = source.tensor ? core::read_operand(*source.tensor, shape)
                                  : core::Operand{const_cast<char*>(source.number->bytes),
                                                  Shape::filled(shape.size(), 0)};
  core::for_each_run(shape, std::span(operands).first(k), core::pointwise_grain, run);
}

kernels::Stores stores_for(const Tensor& out) {
  return kernels::stores_for(out.numel() * static_cast<int64_t>(element_size(out.dtype())));
}

Tensor make_result(const Shape& shape, DType dtype, std::initializer_list<Tensor> inputs) {
  Device device = Device::cpu;
  bool plain = true;  // nothing but row-major layouts: no need to ask for the result's
  for (const Tensor& x : inputs) {
    if (x.is_meta()) device = Device::meta;
    plain = plain && x.is_contiguous();
  }
  if (plain) return core::make(shape, dtype, device);
  const std::span<const Tensor> all(inputs.begin(), inputs.size());
  return core::make_strided(shape, core::result_strides(shape, all), dtype, device);
}

Tensor make_result_like(const Tensor& x, DType dtype) {
  if (x.is_contiguous()) return core::make(x.shape(), dtype, x.device());
  return make_result(x.shape(), dtype, {x});
}

}  // namespace wick::ops
