// Weights side by side, without copies of the whole: files may be larger than the memory.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "cli/diff.h"
#include "wick/ops.h"

namespace wick::cli {
namespace {

constexpr int64_t chunk = 1 << 18;  // elements that are looked at together

std::string kind(const Tensor& x) {
  return fmt::format("{} {}", name(x.dtype()), x.shape().to_string());
}

/// Compares elements as T, which holds those of the dtype exactly.
template <class T>
void add_values(const Tensor& a, const Tensor& b, const Tolerance& tolerance,
                TensorDifference& result) {
  const std::vector<T> x = a.to_vector<T>();
  const std::vector<T> y = b.to_vector<T>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i]) continue;
    const auto u = static_cast<double>(x[i]);
    const auto v = static_cast<double>(y[i]);
    if (std::isnan(u) && std::isnan(v)) continue;
    double distance = std::abs(u - v);
    // Two integers can differ and be the same double.
    if (distance == 0) distance = 1;
    if (distance <= tolerance.atol + tolerance.rtol * std::abs(v) && std::isfinite(v)) continue;
    ++result.different;
    if (std::isnan(distance)) distance = std::numeric_limits<double>::infinity();
    result.max_abs = std::max(result.max_abs, distance);
    const double relative =
        std::isfinite(v) ? distance / std::abs(v) : std::numeric_limits<double>::infinity();
    result.max_rel = std::max(result.max_rel, relative);
  }
}

void compare_values(const Tensor& a, const Tensor& b, const Tolerance& tolerance,
                    TensorDifference& result) {
  result.values = true;
  result.elements = a.numel();
  const Tensor x = a.contiguous().view({-1});
  const Tensor y = b.contiguous().view({-1});
  for (int64_t start = 0; start < result.elements; start += chunk) {
    const int64_t size = std::min(chunk, result.elements - start);
    // Integers beyond 2^53 are only compared exactly with integers.
    if (a.is_floating_point() || b.is_floating_point())
      add_values<double>(x.narrow(0, start, size), y.narrow(0, start, size), tolerance, result);
    else
      add_values<int64_t>(x.narrow(0, start, size), y.narrow(0, start, size), tolerance, result);
  }
}

}  // namespace

std::vector<TensorDifference> compare(const nn::StateDict& a, const nn::StateDict& b,
                                      const Tolerance& tolerance) {
  std::vector<TensorDifference> result;
  for (const auto& [name, x] : a) {
    TensorDifference difference{name, kind(x), b.contains(name) ? kind(b[name]) : ""};
    const bool alike = difference.a == difference.b;
    const bool fit = b.contains(name) && x.numel() == b[name].numel();
    const bool there = fit && !x.is_meta() && !b[name].is_meta();
    if (there && x.numel() > 0) compare_values(x, b[name], tolerance, difference);
    const bool same = alike || (fit && tolerance.values_only);
    if (!same || difference.different > 0) result.push_back(std::move(difference));
  }
  for (const auto& [name, y] : b)
    if (!a.contains(name)) result.push_back({name, "", kind(y)});
  return result;
}

}  // namespace wick::cli
