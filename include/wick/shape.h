/// \file
/// Shape: a short list of integers that needs no heap; also used for strides and dimension lists.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "wick/export.h"

namespace wick {

/// Which dimension, or how many: any integer. A bool or a floating-point number is a mistake that
/// does not compile, as in `x.std(false)`.
class Dim {
 public:
  constexpr Dim(int value) : value_(value) {}
  constexpr Dim(long value) : value_(value) {}
  constexpr Dim(long long value) : value_(static_cast<int64_t>(value)) {}
  constexpr Dim(unsigned value) : value_(static_cast<int64_t>(value)) {}
  constexpr Dim(unsigned long value) : value_(static_cast<int64_t>(value)) {}
  constexpr Dim(unsigned long long value) : value_(static_cast<int64_t>(value)) {}
  Dim(bool) = delete;    // a bool is no dimension: which argument was it meant for?
  Dim(double) = delete;  // and neither is a fraction
  Dim(long double) = delete;
  constexpr operator int64_t() const { return value_; }

 private:
  int64_t value_;
};

/// The sizes of a tensor's dimensions; prints as [32, 100, 512]. At most `max_rank` of them.
class WICK_API Shape {
 public:
  static constexpr size_t max_rank = 16;  ///< longer lists throw ShapeError

  constexpr Shape() = default;
  Shape(std::initializer_list<Dim> sizes);
  template <std::same_as<int64_t> T>
  Shape(std::initializer_list<T> sizes) : Shape(sizes.begin(), sizes.size()) {}
  Shape(const std::vector<int64_t>& sizes);
  // Templates, so that sizes in braces are not first looked at as a range, which is slow to
  // compile.
  template <class T, size_t N>
  requires std::same_as<std::remove_const_t<T>, int64_t> Shape(std::span<T, N> sizes)
      : Shape(sizes.data(), sizes.size()) {}
  template <class Range>
  requires(!std::derived_from<Range, Shape> && !std::same_as<Range, std::vector<int64_t>> &&
           std::constructible_from<std::span<const int64_t>,
                                   const Range&>) explicit Shape(const Range& sizes)
      : Shape(std::span<const int64_t>(sizes)) {}
  /// `count` times `value`.
  static Shape filled(size_t count, int64_t value);

  size_t size() const { return size_; }  ///< number of dimensions
  bool empty() const { return size_ == 0; }
  const int64_t* data() const { return sizes_.data(); }
  int64_t* begin() { return sizes_.data(); }
  int64_t* end() { return sizes_.data() + size_; }
  const int64_t* begin() const { return sizes_.data(); }
  const int64_t* end() const { return sizes_.data() + size_; }

  /// Entry `i`, counted from the end when negative; throws IndexError out of range.
  int64_t operator[](int64_t i) const { return sizes_[checked(i)]; }
  int64_t& operator[](int64_t i) { return sizes_[checked(i)]; }
  int64_t back() const { return (*this)[-1]; }
  /// All of them, to be unpacked: `auto [b, t, d] = x.shape().sizes<3>();`. Throws ShapeError
  /// unless there are N.
  template <size_t N>
  std::array<int64_t, N> sizes() const {
    require_rank(N);
    std::array<int64_t, N> result{};
    for (size_t i = 0; i < N; ++i) result[i] = sizes_[i];
    return result;
  }

  void push_back(int64_t value) { insert(size_, value); }
  /// Puts `value` before entry `at`; throws ShapeError beyond max_rank.
  void insert(size_t at, int64_t value);
  /// Removes entry `at`.
  void erase(size_t at);

  /// The product of the sizes (1 for none); throws ShapeError if it does not fit in 64 bits.
  int64_t numel() const;
  /// "[32, 100, 512]"
  std::string to_string() const;
  std::vector<int64_t> to_vector() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.size_ != b.size_) return false;
    for (size_t i = 0; i < a.size_; ++i)
      if (a.sizes_[i] != b.sizes_[i]) return false;
    return true;
  }

 private:
  Shape(const int64_t* sizes, size_t count);
  size_t checked(int64_t i) const;
  void require_rank(size_t rank) const;

  size_t size_ = 0;  // compilers show this line: to unpack, write auto [b, t, d] = x.sizes<3>();
  std::array<int64_t, max_rank> sizes_{};
};

/// Steps between neighbours in each dimension, in elements.
using Strides = Shape;

/// The dimensions an operation works on: one (`1`), several (`{0, -1}`), or, when left empty, all.
class Dims : public Shape {
 public:
  Dims() = default;
  Dims(Dim dim) : Shape({dim}) {}
  template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::is_enum_v<T>) Dims(T dim)
      : Shape({Dim(dim)}) {}
  Dims(std::initializer_list<Dim> dims) : Shape(dims) {}
  template <std::same_as<int64_t> T>
  Dims(std::initializer_list<T> dims) : Shape(dims) {}
  Dims(const Shape& dims) : Shape(dims) {}
  Dims(const std::vector<int64_t>& dims) : Shape(dims) {}
};

/// The shape that `a` and `b` broadcast to (NumPy's and PyTorch's rule: sizes are equal or 1,
/// aligned at the end); throws ShapeError.
WICK_API Shape broadcast_shapes(const Shape& a, const Shape& b);

}  // namespace wick
