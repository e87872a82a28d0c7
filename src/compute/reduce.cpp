#include "compute/reduce.h"

#include "compute/lines.h"
#include "compute/rows.h"

namespace wick::compute {
namespace {

/// x in the dtype the reduction computes in: as PyTorch, elements are converted to the result's
/// dtype first. Integers stay as they are where their sum wraps to the same int64 anyway.
Tensor source(const Tensor& x, DType result) {
  if (x.dtype() == result || (result == DType::int64 && !is_floating_point(x.dtype())))
    return as_computed(x);
  return as_computed(cast(x, result));
}

template <class T>
uint64_t wrapping(T x) {
  return static_cast<uint64_t>(static_cast<int64_t>(x));
}

/// y[i] = the sum of line i / divisor; integers are not divided.
template <class T, class Out>
void sum_into(const Lines& lines, Out* y, double divisor) {
  if constexpr (std::is_floating_point_v<T>) {
    reduce<T>(lines, SumKernel<T>{}, [=](int64_t i, double total) {
      y[i] = rounded<Out>(divisor == 1 ? total : total / divisor);
    });
  } else {
    const auto kernel = fold_kernel(
        core::Type<T>{}, uint64_t{0}, [](T x) { return wrapping(x); },
        [](uint64_t a, uint64_t b) { return a + b; });
    reduce<T>(lines, kernel, [=](int64_t i, uint64_t total) { y[i] = rounded<Out>(total); });
  }
}

template <class T, class Out>
void prod_into(const Lines& lines, Out* y) {
  using State = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  const auto map = [](T x) {
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(x);
    else
      return wrapping(x);
  };
  const auto kernel =
      fold_kernel(core::Type<T>{}, State{1}, map, [](State a, State b) { return a * b; });
  reduce<T>(lines, kernel, [=](int64_t i, State total) { y[i] = rounded<Out>(total); });
}

/// f(lines, element type, pointer to the results), for elements of type T.
template <class T, class F>
void with_result(const Lines& lines, const Tensor& out, F f) {
  core::dispatch(out.dtype(), [&](auto tag) {
    using Out = typename decltype(tag)::type;
    // The combinations that source() leaves: both floating, or both integral.
    if constexpr (std::is_integral_v<T> == std::is_integral_v<Out>)
      f(lines, core::Type<T>{}, elements<Out>(out));
  });
}

/// The same for the lines of x, in the dtype that a reduction to out's dtype computes in.
template <class F>
void with_types(const Tensor& x, uint32_t mask, const Tensor& out, F f) {
  const Lines lines = lines_of(source(x, out.dtype()), mask);
  core::dispatch(lines.x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<core::Compute<T>, T>) with_result<T>(lines, out, f);
  });
}

void truth_into(const Tensor& x, uint32_t mask, const Tensor& out, bool of_all) {
  const Lines lines = lines_of(as_computed(x), mask);
  auto* to = elements<uint8_t>(out);
  const uint64_t wanted = of_all ? static_cast<uint64_t>(lines.n) : 1;
  core::dispatch(lines.x.dtype(), [&](auto tag) {
    using T = kernels::Stored<typename decltype(tag)::type>;
    const auto kernel = fold_kernel(
        core::Type<T>{}, uint64_t{0}, [](T v) { return uint64_t{core::convert<bool>(v)}; },
        [](uint64_t a, uint64_t b) { return a + b; });
    reduce<T>(lines, kernel, [=](int64_t i, uint64_t count) { to[i] = count >= wanted; });
  });
}

}  // namespace

void Reduce::operator()(const Tensor& out, const Tensor& x) const {
  if (kind == Reduction::any || kind == Reduction::all)
    return truth_into(x, mask, out, kind == Reduction::all);
  if (kind == Reduction::prod)
    return with_types(x, mask, out, [](const Lines& lines, auto tag, auto* to) {
      prod_into<typename decltype(tag)::type>(lines, to);
    });
  with_types(x, mask, out, [this](const Lines& lines, auto tag, auto* to) {
    const double divisor = kind == Reduction::mean ? static_cast<double>(lines.n) : 1.0;
    sum_into<typename decltype(tag)::type>(lines, to, divisor);
  });
}

}  // namespace wick::compute
