#include "wick/shape.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/check.h"

namespace wick {

namespace {

void check_rank(size_t rank) {
  if (rank > Shape::max_rank)
    core::fail<ShapeError>("a tensor has at most {} dimensions, got {}", Shape::max_rank, rank);
}

}  // namespace

Shape::Shape(const int64_t* sizes, size_t count) : size_(count) {
  check_rank(count);
  std::copy(sizes, sizes + count, sizes_.begin());
}

Shape::Shape(std::initializer_list<Dim> sizes) : size_(sizes.size()) {
  check_rank(size_);
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

Shape::Shape(const std::vector<int64_t>& sizes) : Shape(sizes.data(), sizes.size()) {}

Shape Shape::filled(size_t count, int64_t value) {
  Shape result;
  for (size_t i = 0; i < count; ++i) result.push_back(value);
  return result;
}

size_t Shape::checked(int64_t i) const {
  const auto n = static_cast<int64_t>(size_);
  if (i < -n || i >= n)
    core::fail<IndexError>("shape index {} is out of range for {} dimensions", i, n);
  return static_cast<size_t>(i < 0 ? i + n : i);
}

void Shape::require_rank(size_t rank) const {
  if (rank != size_)
    core::fail<ShapeError>("expected {} dimension{}, but shape {} has {}", rank,
                           rank == 1 ? "" : "s", *this, size_);
}

void Shape::insert(size_t at, int64_t value) {
  check_rank(size_ + 1);
  if (at > size_)
    core::fail<IndexError>("cannot insert at {} into a shape of {} dimensions", at, size_);
  std::copy_backward(begin() + at, end(), end() + 1);
  sizes_[at] = value;
  ++size_;
}

void Shape::erase(size_t at) {
  if (at >= size_)
    core::fail<IndexError>("shape index {} is out of range for {} dimensions", at, size_);
  std::copy(begin() + at + 1, end(), begin() + at);
  --size_;
}

int64_t Shape::numel() const {
  // A size of 0 makes the product 0, however large the others are.
  if (std::find(begin(), end(), 0) != end()) return 0;
  int64_t product = 1;
  for (const int64_t size : *this)
    if (__builtin_mul_overflow(product, size, &product))
      core::fail<ShapeError>("the number of elements of shape {} does not fit in 64 bits", *this);
  return product;
}

std::vector<int64_t> Shape::to_vector() const { return {begin(), end()}; }

std::string Shape::to_string() const {
  return fmt::format("[{}]", fmt::join(begin(), end(), ", "));
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  Shape result = longer;
  for (size_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
    const int64_t sa = a.end()[-static_cast<std::ptrdiff_t>(i)];
    const int64_t sb = b.end()[-static_cast<std::ptrdiff_t>(i)];
    if (sa != sb && sa != 1 && sb != 1)
      core::fail<ShapeError>(
          "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton "
          "dimension {}",
          sa, sb, longer.size() - i);
    result.end()[-static_cast<std::ptrdiff_t>(i)] = sa == 1 ? sb : sa;
  }
  return result;
}

}  // namespace wick
