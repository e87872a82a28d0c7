// Elements read and written at places that other tensors name. Operations check the positions; in a
// replay `check` does.
#pragma once

#include <optional>

#include "compute/primitive.h"

namespace wick::compute {

/// out[..., i, ...] = x[..., index[i], ...] where all other coordinates stay and `dim` gets what
/// index, int64 and of out's shape, has there. All of it is in range; a 0-d x has one element along
/// its `dim`.
struct Gather {
  static constexpr std::string_view name = "gather";
  int64_t dim;
  void check(std::span<const Tensor> tensors) const;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& index) const;
};

/// The rows of x along `dim` that index, int64 or int32 and of at most one dimension, names; all of
/// it is in range. A 0-d x is one row. out is contiguous.
struct IndexSelect {
  static constexpr std::string_view name = "index_select";
  int64_t dim;
  void check(std::span<const Tensor> tensors) const;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& index) const;
};

/// Where an index stands among the dimensions of what it picks from: the dimensions in front that
/// stay where they are. Those that are picked are replaced there if they stand side by side, and at
/// the front if not. `positions` are int64, one for each dimension, undefined where all are meant.
size_t kept_in_front(std::span<const Tensor> positions);

/// out = x[positions...] for positions as above, which broadcast to each other and count from the
/// end if negative; all are in range. out is contiguous and of x's dtype.
struct Index {
  static constexpr std::string_view name = "index";
  void check(std::span<const Tensor> tensors) const;
  void operator()(const Tensor& out, const Tensor& x, std::span<const Tensor> positions) const;
};

/// x[positions...] = value, or += value, in the order of the positions where they name a place
/// twice; what they do not name stays. value broadcasts to the shape that Index would give and is
/// converted; it may be a part of x.
struct IndexPut {
  static constexpr std::string_view name = "index_put";
  bool accumulate;
  void check(std::span<const Tensor> tensors) const;
  void operator()(const Tensor& x, const Tensor& value, std::span<const Tensor> positions) const;
};

/// Throws IndexError for a position that is not in [low, size) of dimension `dim`; index is int64
/// or int32 and on the cpu.
void check_positions(const Tensor& index, int64_t low, int64_t size, int64_t dim);

/// The first of `index` (int64 or int32, on the cpu), in its own order, that is not in [low, high).
std::optional<int64_t> first_outside(const Tensor& index, int64_t low, int64_t high);

}  // namespace wick::compute
