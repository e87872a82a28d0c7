#include "compute/where.h"

#include "core/dispatch.h"
#include "kernels/copy/copy.h"
#include "kernels/pointwise/where.h"

namespace wick::compute {

void Where::operator()(const Tensor& out, const Tensor& condition, const Tensor& x,
                       const Tensor& y) const {
  elementwise(out,
              {condition, x.defined() ? Source(x) : Source(number_x),
               y.defined() ? Source(y) : Source(number_y)},
              kernels::where_loop(element_size(out.dtype()), stores_for(out)));
}

void Clamp::operator()(const Tensor& out, const Tensor& x) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, bool>) {
      using Bound = std::conditional_t<std::is_integral_v<T>, int64_t, double>;
      const auto bound = [](Scalar value) -> Bound {
        if constexpr (std::is_integral_v<T>)
          return value.to_int64();
        else
          return value.to_double();
      };
      const auto loop = [lo = bound(low), hi = bound(high)](char* const* data,
                                                            const int64_t* strides, int64_t n) {
        kernels::clamp<T>(data, strides, n, lo, hi);
      };
      const bool in_place = out.shares_storage(x);
      if (in_place || stores_for(out) == kernels::Stores::cached)
        return elementwise(out, {x}, loop);
      elementwise(out, {x}, [loop](char* const* data, const int64_t* strides, int64_t n) {
        kernels::stream_blocks<2>(data, strides, n, sizeof(T), loop);
      });
    }
  });
}

}  // namespace wick::compute
