// Moving elements from and to places that are computed. Elements are copied as 1, 2, 4 or 8 bytes,
// whatever their type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace wick::kernels {

inline constexpr size_t max_walk_rank = 16;

/// The offsets of a strided block of positions, one after another in row-major order.
class Walk {
 public:
  Walk() = default;
  /// Neighbouring dimensions that continue each other are merged.
  Walk(std::span<const int64_t> sizes, std::span<const int64_t> strides);

  int64_t count() const { return count_; }
  int64_t offset() const { return offset_; }
  /// Goes to position `flat` < count().
  void seek(int64_t flat);
  void next() {
    for (size_t d = 0; d < rank_; ++d) {
      offset_ += strides_[d];
      if (++at_[d] < sizes_[d]) return;
      offset_ -= at_[d] * strides_[d];
      at_[d] = 0;
    }
  }
  /// Takes the innermost dimension out.
  void pop_inner(int64_t& size, int64_t& stride);

 private:
  size_t rank_ = 0;  // dimension 0 is the innermost
  int64_t count_ = 1;
  int64_t offset_ = 0;
  std::array<int64_t, max_walk_rank> sizes_{}, strides_{}, at_{};
};

/// A block of positions as runs: `size` elements, `step` apart, at each position of `rest`.
struct Runs {
  Runs() = default;
  Runs(std::span<const int64_t> sizes, std::span<const int64_t> strides)
      : rest(sizes, strides), count(rest.count()) {
    rest.pop_inner(size, step);
  }
  Walk rest;
  int64_t count = 1;
  int64_t size = 1;
  int64_t step = 1;
};

/// The places [o][i][j] = outer[o] + picked[i] + inner[j], in elements.
struct Places {
  Walk outer;
  std::span<const int64_t> picked;
  Runs inner;
};

/// to[k * to_step] = from[k * from_step] for k < n; steps in bytes.
void copy_strided(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n,
                  size_t size);

/// to[o][i][j] = from[place(o, i, j)] for rows [begin, end) of the outer x picked rows.
void pick(char* to, const char* from, const Places& places, int64_t begin, int64_t end,
          size_t size);

/// A part of the places: outer positions [o, o_end), inner positions [j, j_end).
struct PlacesPart {
  int64_t o, o_end, j, j_end;
};

/// to[place(o, i, j)] = from[o][i][j]; the last one stays where places repeat. With `single`, from
/// is one element.
void put(char* to, const char* from, bool single, const Places& places, const PlacesPart& part,
         size_t size);

/// Calls f(place, position in the value) for each place of `part`, in order of o, i, j.
template <class F>
void for_each_place(const Places& places, const PlacesPart& part, F f) {
  const auto n = static_cast<int64_t>(places.picked.size());
  const Runs& inner = places.inner;
  Walk outer = places.outer;
  outer.seek(part.o);
  for (int64_t o = part.o; o < part.o_end; ++o, outer.next()) {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t base = outer.offset() + places.picked[static_cast<size_t>(i)];
      const int64_t value = (o * n + i) * inner.count;
      Walk rest = inner.rest;
      rest.seek(part.j / inner.size);
      int64_t in = part.j % inner.size;
      for (int64_t j = part.j; j < part.j_end; rest.next()) {
        for (; in < inner.size && j < part.j_end; ++in, ++j)
          f(base + rest.offset() + in * inner.step, value + j);
        in = 0;
      }
    }
  }
}

/// to[k] = from[k + index[k] * dim_step] for k < n; steps in bytes.
void gather(char* to, int64_t to_step, const char* from, int64_t from_step, const char* index,
            int64_t index_step, int64_t dim_step, int64_t n, size_t size);

/// to[k] = mask[k] ? value : from[k] for k < n; steps in bytes.
void masked_fill(char* to, int64_t to_step, const char* from, int64_t from_step, const char* mask,
                 int64_t mask_step, const void* value, int64_t n, size_t size);

/// How many of n bytes are not 0.
int64_t count_nonzero(const char* mask, int64_t n);
/// Puts the elements of `from` whose mask is not 0 side by side.
void compress(char* to, const char* from, const char* mask, int64_t n, size_t size);

/// The first k < n with index[k] outside [low, high), or n. The step is in bytes.
template <class T>
int64_t first_outside(const char* index, int64_t step, int64_t n, int64_t low, int64_t high) {
  for (int64_t k = 0; k < n; ++k) {
    T value;
    std::memcpy(&value, index + k * step, sizeof value);
    if (value < low || value >= high) return k;
  }
  return n;
}

}  // namespace wick::kernels
