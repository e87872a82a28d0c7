#include "wick/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "wick/ops.h"

namespace wick::data::detail {
namespace {

constexpr const char* wrong_sum =
    "Sum of input lengths does not equal the length of the input dataset!";

/// Python's sum of floats, since 3.12: compensated, so that {0.05, 0.05, ..} gives 1.
double sum_of(const std::vector<double>& numbers) {
  double sum = 0, lost = 0;
  for (const double x : numbers) {
    const double next = sum + x;
    lost += std::abs(sum) >= std::abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}

/// The examples each part gets. `fractions` sum to 1.
std::vector<int64_t> lengths_of(int64_t size, const std::vector<double>& fractions) {
  std::vector<int64_t> lengths;
  for (size_t i = 0; i < fractions.size(); ++i) {
    if (!(fractions[i] >= 0 && fractions[i] <= 1))
      throw ValueError(fmt::format("Fraction at index {} is not between 0 and 1", i));
    lengths.push_back(static_cast<int64_t>(std::floor(static_cast<double>(size) * fractions[i])));
  }
  const int64_t left = size - std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  for (int64_t i = 0; i < left; ++i) ++lengths[static_cast<size_t>(i) % lengths.size()];
  return lengths;
}

/// `lengths` are not negative and sum to `size`.
std::vector<std::vector<int64_t>> cut(int64_t size, const std::vector<int64_t>& lengths,
                                      Generator* generator) {
  const auto order = randperm(size, {.dtype = int64, .device = cpu}, generator);
  const std::vector<int64_t> shuffled = order.to_vector<int64_t>();
  std::vector<std::vector<int64_t>> parts;
  auto begin = shuffled.begin();
  for (const int64_t length : lengths) {
    parts.emplace_back(begin, begin + length);
    begin += length;
  }
  return parts;
}

[[noreturn]] void fail_range(int64_t index, size_t size) {
  throw IndexError(
      fmt::format("index {} is out of bounds for a dataset with {} examples", index, size));
}

}  // namespace

void check_same_len(const Tensor& first, const Tensor& other) {
  if (first.size(0) != other.size(0))
    throw ShapeError(fmt::format("Size mismatch between tensors: {} and {} in dimension 0",
                                 first.size(0), other.size(0)));
}

int64_t index_at(const std::vector<int64_t>& indices, int64_t index) {
  const auto size = static_cast<int64_t>(indices.size());
  if (index < -size || index >= size) fail_range(index, indices.size());
  return indices[static_cast<size_t>(index < 0 ? index + size : index)];
}

Tensor indices_at(const std::vector<int64_t>& indices, const Tensor& index) {
  std::vector<int64_t> found = index.to_vector<int64_t>();
  for (int64_t& i : found) i = index_at(indices, i);
  return tensor(found, {.device = cpu});
}

std::pair<size_t, int64_t> part_at(const std::vector<int64_t>& ends, int64_t index) {
  const int64_t size = ends.back();
  if (index < -size) throw ValueError("absolute value of index should not exceed dataset length");
  if (index >= size) fail_range(index, static_cast<size_t>(size));
  if (index < 0) index += size;
  const auto end = std::upper_bound(ends.begin(), ends.end(), index);
  const auto part = static_cast<size_t>(end - ends.begin());
  return {part, part == 0 ? index : index - ends[part - 1]};
}

void fail_no_datasets() { throw ValueError("datasets should not be an empty iterable"); }

void fail_no_dataset() { throw ValueError("a null pointer instead of a dataset"); }

std::vector<std::vector<int64_t>> split_indices(int64_t size, const std::vector<double>& fractions,
                                                Generator* generator) {
  constexpr double nearly = 1e-9;  // math.isclose
  const double sum = sum_of(fractions);
  if (!(sum >= 1 - nearly && sum <= 1)) throw ValueError(wrong_sum);
  return cut(size, lengths_of(size, fractions), generator);
}

std::vector<std::vector<int64_t>> split_indices(int64_t size, const std::vector<int64_t>& lengths,
                                                Generator* generator) {
  int64_t left = size;
  const std::vector<double> numbers(lengths.begin(), lengths.end());
  if (sum_of(numbers) == 1) return split_indices(size, numbers, generator);
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0)
      throw ValueError(fmt::format("Length at index {} is negative: {}", i, lengths[i]));
    if (lengths[i] > left) throw ValueError(wrong_sum);
    left -= lengths[i];
  }
  if (left != 0) throw ValueError(wrong_sum);
  return cut(size, lengths, generator);
}

}  // namespace wick::data::detail
