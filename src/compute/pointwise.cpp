#include "compute/pointwise.h"

#include <algorithm>

#include "compute/rows.h"
#include "core/check.h"
#include "core/threads.h"
#include "kernels/math/erfinv.h"
#include "kernels/pointwise/blocks.h"

namespace wick::compute {
namespace {

/// out = f(x), where f(in, out, n) computes contiguous memory, of floats as well as of doubles.
template <class F>
void apply(const Tensor& out, const Tensor& x, F f) {
  const DType from = x.dtype(), to = out.dtype();
  elementwise(out, {x}, [&](char* const* data, const int64_t* strides, int64_t n) {
    if (to == DType::float64)
      kernels::in_blocks<double>(from, to, data, strides, n, f);
    else
      kernels::in_blocks<float>(from, to, data, strides, n, f);
  });
}

/// A kernel as a function of contiguous memory.
struct Kernel {
  kernels::Unary op;
  kernels::Stores store = kernels::Stores::cached;
  template <class T>
  void operator()(const T* in, T* out, int64_t n) const {
    kernels::unary(op, in, out, static_cast<size_t>(n), store);
  }
};

/// True if all of x is one element in memory, as the gradient of a sum is: no need to write it out.
bool repeats_one(const Tensor& x) {
  for (size_t d = 0; d < x.shape().size(); ++d)
    if (x.shape().begin()[d] != 1 && x.strides().begin()[d] != 0) return false;
  return x.numel() > 1;
}

/// kernel(dx, dy, v) on memory that is contiguous and of floats or doubles.
template <class Kernel>
void gradient(const Tensor& dx, const Tensor& dy, const Tensor& v, const Kernel& kernel) {
  const Tensor value = contiguous(as_computed(v));
  const Tensor given = contiguous(cast(dy, value.dtype()));
  const Tensor result = staged(dx, value.dtype());
  if (value.dtype() == DType::float64)
    kernel(elements<double>(result), elements<const double>(given), elements<const double>(value));
  else
    kernel(elements<float>(result), elements<const float>(given), elements<const float>(value));
  deliver(dx, result);
}

/// Integers have no quotient by zero.
void check_divisor(const Binary& f, const Tensor& b) {
  if (f.op != kernels::Binary::floor_divide && f.op != kernels::Binary::remainder) return;
  if (is_floating_point(f.dtype)) return;
  const Tensor is_zero = core::make(b.defined() ? b.shape() : Shape(), DType::bool_);
  const Number zero(0, f.dtype);
  elementwise(is_zero, {b.defined() ? Source(b) : Source(f.number_b), zero},
              kernels::binary_loop(kernels::Binary::eq, f.dtype));
  const bool* found = elements<const bool>(is_zero);
  if (std::find(found, found + is_zero.numel(), true) != found + is_zero.numel())
    core::fail<ValueError>("ZeroDivisionError: {} of {} by zero",
                           f.op == kernels::Binary::remainder ? "remainder" : "floor_divide",
                           wick::name(f.dtype));
}

}  // namespace

void Unary::operator()(const Tensor& out, const Tensor& x) const {
  const bool flat = x.dtype() == DType::float32 && out.dtype() == DType::float32 &&
                    x.is_contiguous() && out.is_contiguous();
  if (!flat) return apply(out, x, Kernel{op});  // through a buffer, which streaming would not suit
  const auto* in = elements<const float>(x);
  auto* result = elements<float>(out);
  const int64_t n = x.numel();
  const auto stores = in == result
                          ? kernels::Stores::cached
                          : kernels::stores_for_all(n * 2 * static_cast<int64_t>(sizeof(float)));
  const Kernel kernel{op, stores};
  if (n <= core::pointwise_grain) return kernel(in, result, n);
  core::parallel_for(n, core::pointwise_grain, [&](int64_t begin, int64_t end) {
    kernel(in + begin, result + begin, end - begin);
  });
}

void Erfinv::operator()(const Tensor& out, const Tensor& x) const {
  apply(out, x, [](const auto* in, auto* to, int64_t n) {
    using T = std::remove_pointer_t<decltype(to)>;
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(kernels::erfinv(in[i]));
  });
}

void Softplus::operator()(const Tensor& out, const Tensor& x) const {
  apply(out, x, [this](const auto* in, auto* to, int64_t n) {
    using T = std::remove_pointer_t<decltype(to)>;
    const auto scale = static_cast<T>(beta);
    const auto limit = static_cast<T>(threshold);
    T scaled[kernels::block_size];
    T value[kernels::block_size];
    for (int64_t i = 0; i < n; i += kernels::block_size) {
      const int64_t m = std::min(kernels::block_size, n - i);
      for (int64_t j = 0; j < m; ++j) scaled[j] = scale * in[i + j];
      kernels::unary(kernels::Unary::softplus, scaled, value, static_cast<size_t>(m));
      for (int64_t j = 0; j < m; ++j) to[i + j] = scaled[j] > limit ? in[i + j] : value[j] / scale;
    }
  });
}

void UnaryGradient::operator()(const Tensor& dx, const Tensor& dy, const Tensor& v) const {
  constexpr int64_t block = 4096;
  const int64_t n = v.numel();
  const bool single = repeats_one(dy) && n > block;
  const Tensor given = single ? core::alias(dy, {block}, {0}, dy.storage_offset()) : dy;
  gradient(dx, given, v, [&](auto* to, const auto* from, const auto* value) {
    const auto stores = kernels::stores_for_all(n * 3 * static_cast<int64_t>(sizeof(*to)));
    core::parallel_for(n, core::pointwise_grain, [&](int64_t begin, int64_t end) {
      const int64_t step = single ? block : end - begin;
      for (int64_t i = begin; i < end; i += step)
        kernels::unary_grad(op, single ? from : from + i, value + i, to + i,
                            static_cast<size_t>(std::min(step, end - i)), stores);
    });
  });
}

void SoftplusGradient::operator()(const Tensor& dx, const Tensor& dy, const Tensor& x) const {
  gradient(dx, dy, x, [&](auto* to, const auto* from, const auto* value) {
    using T = std::remove_pointer_t<decltype(to)>;
    core::parallel_for(x.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      kernels::softplus_grad(from + begin, value + begin, to + begin,
                             static_cast<size_t>(end - begin), static_cast<T>(beta),
                             static_cast<T>(threshold));
    });
  });
}

void Binary::operator()(const Tensor& out, const Tensor& a, const Tensor& b) const {
  check_divisor(*this, b);
  const Source x = a.defined() ? Source(a) : Source(number_a);
  const Source y = b.defined() ? Source(b) : Source(number_b);
  const kernels::Stores stores = stores_for(out);
  const auto is_out = [&](const Tensor& t) {
    return t.defined() && core::bytes(t) == core::bytes(out);
  };
  if (stores == kernels::Stores::cached || is_out(a) || is_out(b))
    return elementwise(out, {x, y}, loop);
  elementwise(out, {x, y}, kernels::binary_loop(op, dtype, stores));
}

}  // namespace wick::compute
