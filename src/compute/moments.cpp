#include "compute/moments.h"

#include <cmath>
#include <limits>
#include "kernels/reduce/minmax.h"

#include "compute/lines.h"
#include "compute/rows.h"

namespace wick::compute {
namespace {

using kernels::Term;

/// f(lines, element type (float or double), pointer to the results) for a floating x.
template <class F>
void with_floating(const Tensor& x, uint32_t mask, const Tensor& out, F f) {
  const Lines lines = lines_of(as_computed(x), mask);
  core::dispatch(out.dtype(), [&](auto out_tag) {
    using Out = typename decltype(out_tag)::type;
    if constexpr (!std::is_integral_v<Out>)
      f(lines, core::Type<core::Compute<Out>>{}, elements<Out>(out));
  });
}

/// The variance of each line from two passes: the first for the mean, seen from the line's first
/// element so that equal elements deviate by exactly 0; the second for the deviations' squares.
template <class T, class Emit>
void variances(const Lines& lines, int64_t correction, const Emit& emit) {
  const int64_t count = lines.outer * lines.inner;
  const double n = static_cast<double>(lines.n);
  std::vector<double> centers(static_cast<size_t>(count));
  if (lines.n > 0 && count > 0) {
    const T* x = elements<const T>(lines.x);
    for (int64_t i = 0; i < count; ++i)
      centers[static_cast<size_t>(i)] =
          static_cast<double>(x[i / lines.inner * lines.n * lines.inner + i % lines.inner]);
  }
  double* center = centers.data();
  reduce<T>(lines, SumKernel<T>{Term::deviation, center},
            [=](int64_t i, double total) { center[i] += total / n; });
  const double divisor = std::max(0.0, n - static_cast<double>(correction));
  reduce<T>(lines, SumKernel<T>{Term::deviation_square, center},
            [=](int64_t i, double total) { emit(i, total / divisor); });
}

template <class T, class Out, class Map, class Op, class Finish>
void fold_into(const Lines& lines, Out* to, double start, Map map, Op op, Finish finish) {
  reduce<T>(lines, fold_kernel(core::Type<T>{}, start, map, op),
            [=](int64_t i, double v) { to[i] = rounded<Out>(finish(v)); });
}

template <class T, class Out>
void norm_into(const Lines& lines, double p, Out* to) {
  const auto magnitude = [](T x) { return static_cast<double>(std::abs(x)); };
  const auto plus = [](double a, double b) { return a + b; };
  const auto same = [](double v) { return v; };
  if (p == 1 || p == 2) {
    const Term term = p == 1 ? Term::absolute : Term::square;
    reduce<T>(lines, SumKernel<T>{term},
              [=](int64_t i, double v) { to[i] = rounded<Out>(p == 1 ? v : std::sqrt(v)); });
  } else if (p == 0) {
    fold_into<T>(
        lines, to, 0.0, [](T x) { return x != 0 ? 1.0 : 0.0; }, plus, same);
  } else if (p == std::numeric_limits<double>::infinity()) {
    fold_into<T>(
        lines, to, 0.0, magnitude,
        [](double a, double b) { return kernels::replaces<true>(b, a) ? b : a; }, same);
  } else if (p == -std::numeric_limits<double>::infinity()) {
    fold_into<T>(
        lines, to, std::numeric_limits<double>::infinity(), magnitude,
        [](double a, double b) { return kernels::replaces<false>(b, a) ? b : a; }, same);
  } else {
    fold_into<T>(
        lines, to, 0.0, [=](T x) { return std::pow(static_cast<double>(std::abs(x)), p); }, plus,
        [=](double v) { return std::pow(v, 1 / p); });
  }
}

}  // namespace

void Variance::operator()(const Tensor& out, const Tensor& x) const {
  with_floating(x, mask, out, [this](const Lines& lines, auto tag, auto* to) {
    using Out = std::remove_pointer_t<decltype(to)>;
    variances<typename decltype(tag)::type>(
        lines, correction,
        [to, root = root](int64_t i, double v) { to[i] = rounded<Out>(root ? std::sqrt(v) : v); });
  });
}

void Norm::operator()(const Tensor& out, const Tensor& x) const {
  if (reduces_nothing(x.shape(), mask)) return Fill{0}(out);  // PyTorch's answer for every p
  with_floating(x, mask, out, [this](const Lines& lines, auto tag, auto* to) {
    norm_into<typename decltype(tag)::type>(lines, p, to);
  });
}

}  // namespace wick::compute
