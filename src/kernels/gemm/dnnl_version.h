#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

/// The one place that knows how oneDNN 2.x and 3.x differ: 3.x has no operation descriptors, its
/// primitive descriptors are built from the engine and the memory descriptors directly.
namespace wick::kernels {

/// y = src weights (+ bias where it is not null), with a scratchpad that the caller provides.
/// Empty where oneDNN has no implementation for these descriptors.
inline std::optional<dnnl::matmul::primitive_desc> make_matmul(const dnnl::engine& engine,
                                                               const dnnl::memory::desc& src,
                                                               const dnnl::memory::desc& weights,
                                                               const dnnl::memory::desc* bias,
                                                               const dnnl::memory::desc& dst) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  // An empty result is asked for by this flag; oneDNN throws only where the descriptors are
  // malformed, which counts as a refusal just the same.
  constexpr bool allow_empty = true;
  dnnl::matmul::primitive_desc desc;
  try {
#if DNNL_VERSION_MAJOR >= 3
    desc = bias ? dnnl::matmul::primitive_desc(engine, src, weights, *bias, dst, attr, allow_empty)
                : dnnl::matmul::primitive_desc(engine, src, weights, dst, attr, allow_empty);
#else
    const auto operation =
        bias ? dnnl::matmul::desc(src, weights, *bias, dst) : dnnl::matmul::desc(src, weights, dst);
    desc = dnnl::matmul::primitive_desc(operation, attr, engine, allow_empty);
#endif
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
  if (!desc.get(/*allow_empty=*/true)) return std::nullopt;
  return desc;
}

}  // namespace wick::kernels
