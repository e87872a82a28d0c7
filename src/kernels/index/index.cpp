#include "kernels/index/index.h"

#include <algorithm>

#include "kernels/copy/copy.h"

namespace wick::kernels {
namespace {

template <size_t n>
struct Bytes {
  static constexpr size_t value = n;
};

/// Calls f with the element size as a constant, so that copies of one element become single moves.
template <class F>
void by_size(size_t size, F f) {
  switch (size) {
    case 1:
      return f(Bytes<1>{});
    case 2:
      return f(Bytes<2>{});
    case 4:
      return f(Bytes<4>{});
    default:
      return f(Bytes<8>{});
  }
}

template <size_t size>
void copy_run(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n) {
  constexpr auto dense = static_cast<int64_t>(size);
  if (to_step == dense && from_step == dense) {
    std::memcpy(to, from, static_cast<size_t>(n) * size);
    return;
  }
  if (size >= 4 && to_step == dense && from_step == 2 * dense)
    return copy_every_other(to, from, n, size);
  if (to_step == dense && from_step == 0) {  // a vectorised loop of its own
    std::array<char, size> element;
    std::memcpy(element.data(), from, size);
    for (int64_t k = 0; k < n; ++k) std::memcpy(to + k * dense, element.data(), size);
    return;
  }
  for (int64_t k = 0; k < n; ++k) std::memcpy(to + k * to_step, from + k * from_step, size);
}

}  // namespace

Walk::Walk(std::span<const int64_t> sizes, std::span<const int64_t> strides) {
  for (size_t i = sizes.size(); i-- > 0;) {
    count_ *= sizes[i];
    if (sizes[i] == 1) continue;
    if (rank_ > 0 && strides[i] == strides_[rank_ - 1] * sizes_[rank_ - 1]) {
      sizes_[rank_ - 1] *= sizes[i];
      continue;
    }
    sizes_[rank_] = sizes[i];
    strides_[rank_] = strides[i];
    ++rank_;
  }
}

void Walk::seek(int64_t flat) {
  offset_ = 0;
  for (size_t d = 0; d < rank_; ++d) {
    at_[d] = flat % sizes_[d];
    offset_ += at_[d] * strides_[d];
    flat /= sizes_[d];
  }
}

void Walk::pop_inner(int64_t& size, int64_t& stride) {
  if (rank_ == 0) return;
  size = sizes_[0];
  stride = strides_[0];
  std::copy(sizes_.begin() + 1, sizes_.end(), sizes_.begin());
  std::copy(strides_.begin() + 1, strides_.end(), strides_.begin());
  --rank_;
  count_ = size == 0 ? 0 : count_ / size;
}

void copy_strided(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n,
                  size_t size) {
  by_size(size, [&](auto bytes) { copy_run<bytes.value>(to, to_step, from, from_step, n); });
}

void pick(char* to, const char* from, const Places& places, int64_t begin, int64_t end,
          size_t size) {
  const auto n = static_cast<int64_t>(places.picked.size());
  const Runs& inner = places.inner;
  by_size(size, [&](auto bytes) {
    constexpr auto b = static_cast<int64_t>(bytes.value);
    Walk outer = places.outer;
    outer.seek(begin / n);
    int64_t i = begin % n;
    char* out = to + begin * inner.count * b;
    for (int64_t row = begin; row < end; ++row) {
      const char* source = from + (outer.offset() + places.picked[static_cast<size_t>(i)]) * b;
      if (inner.count == 1) {
        std::memcpy(out, source, bytes.value);
        out += b;
      } else {
        Walk rest = inner.rest;
        rest.seek(0);
        for (int64_t k = 0; k < rest.count(); ++k, rest.next(), out += inner.size * b)
          copy_run<bytes.value>(out, b, source + rest.offset() * b, inner.step * b, inner.size);
      }
      if (++i == n) {
        i = 0;
        outer.next();
      }
    }
  });
}

void put(char* to, const char* from, bool single, const Places& places, const PlacesPart& part,
         size_t size) {
  by_size(size, [&](auto bytes) {
    constexpr auto b = static_cast<int64_t>(bytes.value);
    const int64_t step = single ? 0 : b;
    for_each_place(places, part, [&](int64_t place, int64_t position) {
      std::memcpy(to + place * b, from + position * step, bytes.value);
    });
  });
}

void gather(char* to, int64_t to_step, const char* from, int64_t from_step, const char* index,
            int64_t index_step, int64_t dim_step, int64_t n, size_t size) {
  by_size(size, [&](auto bytes) {
    for (int64_t k = 0; k < n; ++k) {
      int64_t at;
      std::memcpy(&at, index + k * index_step, sizeof at);
      std::memcpy(to + k * to_step, from + k * from_step + at * dim_step, bytes.value);
    }
  });
}

void masked_fill(char* to, int64_t to_step, const char* from, int64_t from_step, const char* mask,
                 int64_t mask_step, const void* value, int64_t n, size_t size) {
  by_size(size, [&](auto bytes) {
    std::array<char, bytes.value> fill, element;
    std::memcpy(fill.data(), value, bytes.value);
    for (int64_t k = 0; k < n; ++k) {
      // Through a local, because to and from may be the same place.
      std::memcpy(element.data(), from + k * from_step, bytes.value);
      if (mask[k * mask_step] != 0) element = fill;
      std::memcpy(to + k * to_step, element.data(), bytes.value);
    }
  });
}

int64_t count_nonzero(const char* mask, int64_t n) { return n - std::count(mask, mask + n, 0); }

void compress(char* to, const char* from, const char* mask, int64_t n, size_t size) {
  by_size(size, [&](auto bytes) {
    for (int64_t k = 0; k < n; ++k) {
      if (mask[k] == 0) continue;
      std::memcpy(to, from + k * static_cast<int64_t>(bytes.value), bytes.value);
      to += bytes.value;
    }
  });
}

}  // namespace wick::kernels
