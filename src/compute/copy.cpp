#include "compute/copy.h"

#include <algorithm>

#include "compute/elementwise.h"
#include "core/dispatch.h"
#include "core/layout.h"
#include "kernels/copy/convert.h"
#include "kernels/copy/copy.h"

namespace wick::compute {
namespace {

template <class To, class From>
void convert_run(char* const* data, const int64_t* strides, int64_t n) {
  const char* from = data[1];
  char* to = data[0];
  constexpr auto to_size = static_cast<int64_t>(sizeof(To));
  constexpr auto from_size = static_cast<int64_t>(sizeof(From));
  if (strides[0] == to_size && strides[1] == from_size) {
    // Apart from the strided loop, so that it vectorises.
    To* out = reinterpret_cast<To*>(to);
    for (int64_t i = 0; i < n; ++i) out[i] = core::load_as<To, From>(from + i * from_size);
    return;
  }
  for (int64_t i = 0; i < n; ++i, from += strides[1], to += strides[0])
    *reinterpret_cast<To*>(to) = core::load_as<To, From>(from);
}

/// The same with streaming stores.
template <class To, class From>
void convert_streaming(char* const* data, const int64_t* strides, int64_t n) {
  kernels::stream_blocks<2>(data, strides, n, sizeof(To), convert_run<To, From>);
}

/// How `target` is best written. What is copied from few elements is written to be used at once.
kernels::Stores stores_for_copy(const Tensor& target, const Tensor& source) {
  return source.numel() < target.numel() / 4 ? kernels::Stores::cached
                                             : compute::stores_for(target);
}

}  // namespace

void Copy::operator()(const Tensor& target, const Tensor& source) const {
  const Shape& shape = target.shape();
  const core::Operand operands[] = {core::operand(target, shape),
                                    core::read_operand(source, shape)};
  const kernels::Stores stores = stores_for_copy(target, source);
  const auto run = [&](core::Run body) {
    core::for_each_run(shape, operands, core::pointwise_grain, body);
  };
  if (target.dtype() == source.dtype())
    return run([stores, size = element_size(source.dtype())](char* const* data,
                                                             const int64_t* steps, int64_t n) {
      kernels::copy_run(data[0], steps[0], data[1], steps[1], n, size, stores);
    });
  if (const kernels::Loop loop = kernels::convert_loop(target.dtype(), source.dtype(), stores))
    return run(loop);
  core::dispatch(target.dtype(), [&](auto to_tag) {
    core::dispatch(source.dtype(), [&](auto from_tag) {
      using To = typename decltype(to_tag)::type;
      using From = typename decltype(from_tag)::type;
      if constexpr (!std::is_same_v<To, From>) {
        const auto convert = stores == kernels::Stores::streaming ? &convert_streaming<To, From>
                                                                  : &convert_run<To, From>;
        run(convert);
      }
    });
  });
}

void Fill::operator()(const Tensor& out) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T element = core::convert<T>(value);
    if (out.numel() == 1) {  // as tensor(number) calls it: no loop to set up
      *reinterpret_cast<T*>(core::bytes(out)) = element;
      return;
    }
    elementwise(out, {}, [&](char* const* data, const int64_t* strides, int64_t n) {
      if (strides[0] == static_cast<int64_t>(sizeof(T))) {
        std::fill_n(reinterpret_cast<T*>(data[0]), n, element);
        return;
      }
      char* at = data[0];
      for (int64_t i = 0; i < n; ++i, at += strides[0]) *reinterpret_cast<T*>(at) = element;
    });
  });
}

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  const Tensor result = core::make(x.shape(), x.dtype());
  Copy()(result, x);
  return result;
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  const Strides strides = core::result_strides(x.shape(), std::span(&x, 1));
  const Tensor result = core::make_strided(x.shape(), strides, dtype, Device::cpu);
  Copy()(result, x);
  return result;
}

Tensor as_computed(const Tensor& x) {
  return is_floating_point(x.dtype()) && element_size(x.dtype()) == 2 ? cast(x, DType::float32) : x;
}

Tensor broadcast(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Strides strides = Shape::filled(shape.size(), 0);
  const size_t added = shape.size() - x.shape().size();
  for (size_t d = 0; d < x.shape().size(); ++d)
    if (x.shape().begin()[d] != 1) strides.begin()[added + d] = x.strides().begin()[d];
  return core::alias(x, shape, strides, x.storage_offset());
}

Tensor permuted(const Tensor& x, const Shape& order) {
  Shape shape;
  Strides strides;
  for (const int64_t d : order) {
    shape.push_back(x.shape().begin()[d]);
    strides.push_back(x.strides().begin()[d]);
  }
  return core::alias(x, shape, strides, x.storage_offset());
}

}  // namespace wick::compute
