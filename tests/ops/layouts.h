/// \file
/// Random tensors in random layouts, for property tests against scalar loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "wick/ops.h"

namespace layouts {

using Rng = std::mt19937;

inline int64_t pick(Rng& rng, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(rng);
}

/// Eighths between -4 and 4: few enough that equal ones meet, and exact in every floating dtype.
inline std::vector<double> numbers(Rng& rng, int64_t n, bool specials) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const double special[] = {inf, -inf, std::nan(""), -0.0, 0.0};
  std::vector<double> values;
  for (int64_t i = 0; i < n; ++i)
    values.push_back(specials && pick(rng, 0, 9) == 0
                         ? special[pick(rng, 0, 4)]
                         : static_cast<double>(pick(rng, -32, 32)) / 8);
  return values;
}

/// A tensor of this shape whose elements lie in a random way: row-major, permuted, with gaps, or
/// repeated by stride 0.
inline wick::Tensor random_tensor(Rng& rng, const wick::Shape& shape, wick::DType dtype,
                                  bool specials = false) {
  std::vector<int64_t> order(shape.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  wick::Shape stored = shape;
  wick::Shape back = shape;
  const bool permuted = pick(rng, 0, 1) == 1;
  if (permuted) std::shuffle(order.begin(), order.end(), rng);
  for (size_t i = 0; i < order.size(); ++i) {
    stored.begin()[i] = shape.begin()[order[i]];
    back.begin()[order[i]] = static_cast<int64_t>(i);
  }
  const wick::Shape wanted = stored;
  const int64_t gap_dim =
      shape.empty() ? -1 : pick(rng, -2, static_cast<int64_t>(shape.size()) - 1);
  const int64_t same_dim =
      shape.empty() ? -1 : pick(rng, -4, static_cast<int64_t>(shape.size()) - 1);
  if (gap_dim >= 0) stored[gap_dim] = stored[gap_dim] * 3 + 1;
  if (same_dim >= 0) stored[same_dim] = 1;
  const std::vector<double> values = numbers(rng, stored.numel(), specials);
  wick::Tensor x = wick::tensor(values).reshape(stored).to(dtype);
  if (gap_dim >= 0 && gap_dim != same_dim) x = x.slice(gap_dim, 1, stored[gap_dim], 3);
  if (same_dim >= 0) x = x.expand(wanted);
  return permuted ? x.permute(back) : x;
}

/// A shape of up to `rank` dimensions of 0 (rarely) to 5.
inline wick::Shape random_shape(Rng& rng, int64_t rank = 4) {
  wick::Shape shape;
  for (int64_t n = pick(rng, 0, rank); n > 0; --n)
    shape.push_back(pick(rng, 0, 30) == 0 ? 0 : pick(rng, 1, 5));
  return shape;
}

/// A shape that broadcasts with `shape`, by dropping dimensions or setting them to 1.
inline wick::Shape broadcastable(Rng& rng, const wick::Shape& shape) {
  wick::Shape result = shape;
  while (!result.empty() && pick(rng, 0, 4) == 0) result.erase(0);
  for (int64_t& size : result)
    if (pick(rng, 0, 3) == 0) size = 1;
  return result;
}

/// Row-major elements of x, repeated to `shape`, by plain index arithmetic.
inline std::vector<double> spread(const wick::Tensor& x, const wick::Shape& shape) {
  const std::vector<double> values = x.to_vector<double>();
  std::vector<double> result;
  const auto lead = static_cast<int64_t>(shape.size()) - x.dim();
  for (int64_t i = 0; i < shape.numel(); ++i) {
    int64_t at = 0;
    int64_t scale = 1;
    int64_t rest = i;
    for (auto d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      const int64_t index = rest % shape[d];
      rest /= shape[d];
      if (d < lead) continue;
      const int64_t size = x.size(d - lead);
      if (size != 1) at += index * scale;
      scale *= size;
    }
    result.push_back(values[static_cast<size_t>(at)]);
  }
  return result;
}

}  // namespace layouts
