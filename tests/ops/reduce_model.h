// Random strided tensors, and a walk over their lines: the naive model that reductions are checked
// against.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "wick/device.h"
#include "wick/ops.h"

namespace reduce_model {

using wick::DType;
using wick::Shape;
using wick::Tensor;

inline std::mt19937& engine() {
  static std::mt19937 e(7);
  return e;
}
inline int64_t pick(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(engine());
}

/// `count` small numbers with many repetitions: sums and products of them are exact in any order.
inline std::vector<double> numbers(int64_t count, DType dtype) {
  std::vector<double> values(static_cast<size_t>(count));
  const bool is_signed = dtype != DType::uint8 && dtype != DType::bool_;
  for (auto& v : values) v = static_cast<double>(pick(is_signed ? -3 : 0, 3));
  return values;
}

/// A random view: permuted, perhaps sliced with a step, perhaps expanded.
inline Tensor random_view(DType dtype, int64_t rank, int64_t smallest = 1) {
  Shape shape;
  for (int64_t i = 0; i < rank; ++i) shape.push_back(pick(0, 3) == 0 ? 1 : pick(smallest, 6));
  Tensor x = wick::tensor(numbers(shape.numel(), dtype)).view(shape).to(dtype);
  Shape order;
  for (int64_t i = 0; i < rank; ++i) order.push_back(i);
  if (pick(0, 1)) std::shuffle(order.begin(), order.end(), engine());
  x = x.permute(order);
  if (rank > 0 && pick(0, 2) == 0) x = x.slice(pick(0, rank - 1), 0, {}, 2);
  if (rank > 0 && pick(0, 3) == 0) {
    const int64_t dim = pick(0, rank - 1);
    if (x.size(dim) == 1) {
      Shape wider = x.shape();
      wider[dim] = 5;
      x = x.expand(wider);
    }
  }
  return x;
}

/// The dimensions of a random mask, some counted from the end.
inline wick::Dims random_dims(int64_t rank, uint32_t mask) {
  wick::Dims dims;
  for (int64_t i = 0; i < rank; ++i)
    if (mask >> i & 1U) dims.push_back(pick(0, 1) ? i : i - rank);
  return dims;
}

/// The elements of every line of x along the dimensions in `mask`, lines and elements in row-major
/// order.
inline std::vector<std::vector<double>> lines(const Tensor& x, uint32_t mask) {
  const std::vector<double> values = x.to_vector<double>();
  const Shape& shape = x.shape();
  int64_t count = 1;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!(mask >> i & 1U)) count *= shape.begin()[i];
  std::vector<std::vector<double>> result(static_cast<size_t>(count));
  for (size_t at = 0; at < values.size(); ++at) {
    size_t rest = at, line = 0, scale = 1;
    for (size_t i = shape.size(); i-- > 0;) {
      const auto size = static_cast<size_t>(shape.begin()[i]);
      if (!(mask >> i & 1U)) {
        line += rest % size * scale;
        scale *= size;
      }
      rest /= size;
    }
    result[line].push_back(values[at]);
  }
  return result;
}

inline Shape reduced(const Shape& shape, uint32_t mask, bool keepdim) {
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!(mask >> i & 1U))
      result.push_back(shape.begin()[i]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

inline bool same(double a, double b, double tolerance = 0) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

/// Runs `check` with 1 to 4 threads and returns whether all results have the same bits.
template <class F>
bool same_for_any_threads(F compute) {
  const int before = wick::get_num_threads();
  wick::set_num_threads(1);
  const Tensor expected = compute();
  bool equal = true;
  for (int threads = 2; threads <= 4; ++threads) {
    wick::set_num_threads(threads);
    equal = equal && wick::equal(compute(), expected);
  }
  wick::set_num_threads(before);
  return equal;
}

inline Tensor noise(const Shape& shape, DType dtype = DType::float32) {
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<size_t>(shape.numel()));
  for (auto& v : values) v = normal(engine());
  return wick::tensor(values).to(dtype).view(shape);
}

}  // namespace reduce_model
