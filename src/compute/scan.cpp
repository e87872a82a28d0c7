#include "compute/scan.h"

#include "compute/lines.h"
#include "compute/rows.h"
#include "core/layout.h"

namespace wick::compute {
namespace {

template <class T, class Out>
void running_sums(const T* x, int64_t n, Out* y) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  Sum total = 0;
  for (int64_t i = 0; i < n; ++i) y[i] = rounded<Out>(total += static_cast<Sum>(x[i]));
}

/// y = the running sums of x along the middle of [outer, n, inner]; parts of `inner` go to threads.
template <class T, class Out>
void cumsum_into(const Lines& lines, Out* y) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  constexpr int64_t width = 256;
  const T* x = elements<const T>(lines.x);
  const int64_t n = lines.n, inner = lines.inner;
  const int64_t chunks = (inner + width - 1) / width;
  const int64_t grain = std::max<int64_t>(1, reduce_grain / (n * std::min(inner, width)));
  core::parallel_for(lines.outer * chunks, grain, [=](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % chunks * width;
      const int64_t cols = std::min(width, inner - first);
      Sum total[width] = {};
      int64_t at = task / chunks * n * inner + first;
      if (inner == 1) {
        running_sums(x + at, n, y + at);
        continue;
      }
      for (int64_t r = 0; r < n; ++r, at += inner) {
        for (int64_t c = 0; c < cols; ++c) {
          total[c] += static_cast<Sum>(x[at + c]);
          y[at + c] = rounded<Out>(total[c]);
        }
      }
    }
  });
}

}  // namespace

void Scan::operator()(const Tensor& out, const Tensor& x) const {
  const Lines lines = lines_of(contiguous(as_computed(x)), core::dim_mask(dim, x.shape().size()));
  core::dispatch(x.dtype(), [&](auto tag) {
    using In = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<In>)
      cumsum_into<In>(lines, elements<int64_t>(out));
    else
      cumsum_into<core::Compute<In>>(lines, elements<In>(out));
  });
}

}  // namespace wick::compute
