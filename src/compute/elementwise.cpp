#include "compute/elementwise.h"

#include <array>
#include <cstring>

#include "core/dispatch.h"
#include "core/layout.h"

namespace wick::compute {

Number::Number(Scalar value, DType dtype) {
  core::dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T element = core::convert<T>(value);
    std::memcpy(bytes, &element, sizeof(element));
  });
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

}  // namespace wick::compute
