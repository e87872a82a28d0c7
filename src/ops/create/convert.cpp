#include <algorithm>

#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "kernels/copy/convert.h"
#include "kernels/copy/copy.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "ops/pointwise/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
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
kernels::Stores stores_for(const Tensor& target, const Tensor& source) {
  return source.numel() < target.numel() / 4 ? kernels::Stores::cached : ops::stores_for(target);
}

/// Copies `source`, broadcast, into `target`, converting; neither overlaps the other.
void copy_elements(const Tensor& target, const Tensor& source) {
  const Shape& shape = target.shape();
  const core::Operand operands[] = {core::operand(target, shape),
                                    core::read_operand(source, shape)};
  const kernels::Stores stores = stores_for(target, source);
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

/// The grad_fn a differentiable conversion keeps.
Tensor converted(std::string_view op, const Tensor& x, Tensor result) {
  if (!x.is_meta() && !result.is_meta()) copy_elements(result, x);
  return autograd::record(op, std::move(result),
                          autograd::wrt(x, [](const Tensor& g) { return g; }));
}

/// The gradient of a value that is gone.
Tensor overwritten(const Tensor& g) { return zeros_like(g); }

}  // namespace

Tensor clone(const Tensor& x) {
  return converted("CloneBackward0", x, ops::make_like(x, x.dtype(), x.device()));
}

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  return converted("CloneBackward0", x, core::make(x.shape(), x.dtype(), x.device()));
}

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  const Strides strides = core::result_strides(x.shape(), std::span(&x, 1));
  return converted("ToCopyBackward0", x, core::make_strided(x.shape(), strides, dtype, x.device()));
}

Tensor to(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  if (x.is_meta()) throw TypeError("cannot copy out of a meta tensor: it has no elements");
  return converted("ToCopyBackward0", x, core::make(x.shape(), x.dtype(), device));
}

Tensor Tensor::to(DType dtype) const { return wick::to(*this, dtype); }
Tensor Tensor::to(Device device) const { return wick::to(*this, device); }
Tensor Tensor::contiguous() const { return wick::contiguous(*this); }
Tensor Tensor::clone() const { return wick::clone(*this); }

const Tensor& Tensor::copy_(const Tensor& source) const {
  core::check_writable(*this);
  if (broadcast_shapes(shape(), source.shape()) != shape())
    core::fail<ShapeError>("output with shape {} doesn't match the broadcast shape {}", shape(),
                           broadcast_shapes(shape(), source.shape()));
  if (source.is_meta() && !is_meta())
    throw TypeError("cannot copy out of a meta tensor: it has no elements");
  if (!is_meta() && !is_same(source))
    copy_elements(*this, core::overlaps(*this, source) ? wick::clone(source) : source);
  core::wrote(*this);
  return autograd::record_in_place("CopyBackwards", *this, autograd::wrt(*this, overwritten),
                                   autograd::wrt(source, [](const Tensor& g) { return g; }));
}

const Tensor& Tensor::fill_(Scalar value) const {
  core::check_writable(*this);
  ops::check_fits(value, dtype());
  if (!is_meta()) {
    core::dispatch(dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T element = core::convert<T>(value);
      const core::Operand operands[] = {core::operand(*this, shape())};
      core::for_each_run(shape(), operands, core::pointwise_grain,
                         [&](char* const* data, const int64_t* strides, int64_t n) {
                           if (strides[0] == static_cast<int64_t>(sizeof(T))) {
                             std::fill_n(reinterpret_cast<T*>(data[0]), n, element);
                             return;
                           }
                           char* at = data[0];
                           for (int64_t i = 0; i < n; ++i, at += strides[0])
                             *reinterpret_cast<T*>(at) = element;
                         });
    });
  }
  core::wrote(*this);
  return autograd::record_in_place("FillBackward0", *this, autograd::wrt(*this, overwritten));
}

const Tensor& Tensor::zero_() const { return fill_(0); }

}  // namespace wick
