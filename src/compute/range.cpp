#include "compute/range.h"

#include "core/dispatch.h"
#include "core/iterate.h"

namespace wick::compute {
namespace {

/// out[i] = value(i), converted.
template <class F>
void generate(const Tensor& out, F value) {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = reinterpret_cast<T*>(core::bytes(out));
    core::parallel_for(out.numel(), core::pointwise_grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) data[i] = core::convert<T>(value(i));
    });
  });
}

}  // namespace

void Range::operator()(const Tensor& out) const {
  if (start.is_floating())
    return generate(out, [a = start.to_double(), s = step.to_double()](int64_t i) {
      return a + static_cast<double>(i) * s;
    });
  const auto first = static_cast<uint64_t>(start.to_int64());
  const auto by = static_cast<uint64_t>(step.to_int64());
  generate(out,
           [=](int64_t i) { return static_cast<int64_t>(first + static_cast<uint64_t>(i) * by); });
}

void Linspace::operator()(const Tensor& out) const {
  const int64_t steps = out.numel();
  const double step = steps > 1 ? (end - start) / static_cast<double>(steps - 1) : 0;
  // From both ends, so that the last element is `end` and the middle of a symmetric range is 0.
  generate(out, [=, a = start, b = end](int64_t i) {
    return i < (steps + 1) / 2 ? a + step * static_cast<double>(i)
                               : b - step * static_cast<double>(steps - 1 - i);
  });
}

}  // namespace wick::compute
