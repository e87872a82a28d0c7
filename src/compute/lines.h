// What the reductions share: which elements make up a line, and how lines are cut into blocks,
// given to threads, and put together again. The cuts depend on the sizes only, and blocks are
// combined in pairs, so that the bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "compute/copy.h"
#include "core/dispatch.h"
#include "core/threads.h"
#include "kernels/memory/scratch.h"
#include "kernels/reduce/reduce.h"

namespace wick::compute {

/// x arranged in memory as [outer, n, inner], to be reduced over n: `outer * inner` lines.
struct Lines {
  Tensor x;
  int64_t outer = 1;
  int64_t n = 1;
  int64_t inner = 1;
};

/// The lines of x along the dimensions in `mask`, in row-major order of the others; copies x where
/// its layout does not fit. Records nothing.
Lines lines_of(const Tensor& x, uint32_t mask);

/// The shape of x without the dimensions in `mask`, or with 1 in their place.
Shape reduced_shape(const Shape& shape, uint32_t mask, bool keepdim);

/// The number of elements that each element of a reduction's result comes from.
int64_t reduced_count(const Shape& shape, uint32_t mask);

/// True if a dimension in `mask` is empty, so that lines have no elements.
bool reduces_nothing(const Shape& shape, uint32_t mask);

/// `value` in the type of a result, rounded once (a half type must not be reached through float
/// with two roundings); integers wrap around.
template <class T>
T rounded(double value) {
  if constexpr (sizeof(T) == 2) {
    auto near = static_cast<float>(value);
    const double error = value - static_cast<double>(near);
    if (error != 0 && near - near == 0) {
      // Round to odd: the last bit says that something was cut off, so no false tie is left.
      auto bits = std::bit_cast<uint32_t>(near);
      // By the sign of value: near may be 0.
      if ((error > 0) != (value > 0)) --bits;
      near = std::bit_cast<float>(bits | 1U);
    }
    return T(near);
  } else {
    return core::convert<T>(value);
  }
}
template <class T>
T rounded(uint64_t value) {
  if constexpr (std::is_same_v<T, bool>)
    return value != 0;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(value);
  else
    return rounded<T>(static_cast<double>(static_cast<int64_t>(value)));
}

/// True for results larger than the caches: what is written past them is written faster, and would
/// not be found there anyway.
inline bool exceeds_caches(const Tensor& x) {
  constexpr int64_t bytes = 16 << 20;
  return x.numel() * static_cast<int64_t>(element_size(x.dtype())) >= bytes;
}

/// At least this many elements are worth a thread.
inline constexpr int64_t reduce_grain = 32768;
inline constexpr int64_t block_rows = 256;
inline constexpr int64_t block_columns = 1024;

/// Combines part[i * width + c] over i in pairs; the results stand in the first `width`.
template <class Kernel, class State>
void combine_pairs(const Kernel& kernel, State* part, int64_t count, int64_t width) {
  for (; count > 1; count = (count + 1) / 2) {
    for (int64_t i = 0; i < count; i += 2) {
      State* to = part + i / 2 * width;
      const State* a = part + i * width;
      if (i + 1 == count)
        std::copy_n(a, width, to);
      else
        for (int64_t c = 0; c < width; ++c) to[c] = kernel.combine(a[c], a[width + c]);
    }
  }
}

/// Not a vector: one of bools would pack them.
template <class State>
std::unique_ptr<State[]> partial_states(int64_t count) {
  return std::unique_ptr<State[]>(new State[static_cast<size_t>(count)]);
}

/// Whole lines [begin, end): many at once where the kernel can, for short lines.
template <class T, class Kernel, class Emit>
void emit_rows(const T* x, int64_t n, int64_t begin, int64_t end, const Kernel& kernel,
               const Emit& emit) {
  using State = typename Kernel::State;
  if constexpr (requires(State * to) { kernel.rows(x, end, n, begin, to); }) {
    constexpr int64_t most = 256;
    State states[most];
    for (int64_t i = begin; i < end; i += most) {
      const int64_t count = std::min(most, end - i);
      kernel.rows(x + i * n, count, n, i, states);
      for (int64_t j = 0; j < count; ++j) emit(i + j, states[j]);
    }
  } else {
    for (int64_t i = begin; i < end; ++i) emit(i, kernel.row(x + i * n, n, i, 0));
  }
}

template <class T, class Kernel, class Emit>
void reduce_rows(const T* x, const Lines& lines, const Kernel& kernel, const Emit& emit) {
  using State = typename Kernel::State;
  const int64_t n = lines.n;
  const int64_t blocks = (n + kernels::sum_block - 1) / kernels::sum_block;
  if (blocks == 1) {
    core::parallel_for(
        lines.outer, std::max<int64_t>(1, reduce_grain / n),
        [&](int64_t begin, int64_t end) { emit_rows(x, n, begin, end, kernel, emit); });
    return;
  }
  const auto part = partial_states<State>(lines.outer * blocks);
  core::parallel_for(
      lines.outer * blocks, reduce_grain / kernels::sum_block, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t line = i / blocks;
          const int64_t at = i % blocks * kernels::sum_block;
          part[static_cast<size_t>(i)] =
              kernel.row(x + line * n + at, std::min(kernels::sum_block, n - at), line, at);
        }
      });
  for (int64_t line = 0; line < lines.outer; ++line) {
    State* first = part.get() + line * blocks;
    combine_pairs(kernel, first, blocks, 1);
    emit(line, *first);
  }
}

template <class T, class Kernel, class Emit>
void reduce_columns(const T* x, const Lines& lines, const Kernel& kernel, const Emit& emit) {
  using State = typename Kernel::State;
  const int64_t n = lines.n, inner = lines.inner;
  const int64_t blocks = (n + block_rows - 1) / block_rows;
  const int64_t chunks = (inner + block_columns - 1) / block_columns;
  const int64_t tasks = lines.outer * blocks * chunks;
  const auto part = partial_states<State>(blocks > 1 ? lines.outer * blocks * inner : 0);
  const int64_t work = std::min(n, block_rows) * std::min(inner, block_columns);
  core::parallel_for(
      tasks, std::max<int64_t>(1, reduce_grain / work), [&](int64_t begin, int64_t end) {
        kernels::Scratch scratch;  // not on the stack, which may be small
        auto* chunk =
            blocks > 1
                ? nullptr
                : scratch.reserve_for<State>(static_cast<size_t>(std::min(inner, block_columns)));
        for (int64_t task = begin; task < end; ++task) {
          const int64_t c = task % chunks * block_columns;
          const int64_t block = task / chunks % blocks;
          const int64_t outer = task / chunks / blocks;
          const int64_t at = block * block_rows;
          const int64_t cols = std::min(block_columns, inner - c);
          State* to = blocks > 1 ? part.get() + (outer * blocks + block) * inner + c : chunk;
          kernel.columns(x + (outer * n + at) * inner + c, std::min(block_rows, n - at), cols,
                         inner, outer * inner + c, at, to);
          for (int64_t i = 0; blocks == 1 && i < cols; ++i) emit(outer * inner + c + i, chunk[i]);
        }
      });
  if (blocks == 1) return;
  core::parallel_for(lines.outer, 1, [&](int64_t begin, int64_t end) {
    for (int64_t outer = begin; outer < end; ++outer) {
      State* first = part.get() + outer * blocks * inner;
      combine_pairs(kernel, first, blocks, inner);
      for (int64_t c = 0; c < inner; ++c) emit(outer * inner + c, first[c]);
    }
  });
}

/// Reduces every line of x (elements of type T) and calls emit(line, state) for each, from any
/// thread. A kernel has a default-constructible State and
///   State identity() const;                           // of a line without elements
///   State combine(State a, State b) const;            // a stands before b
///   State row(const T* x, int64_t n, int64_t line, int64_t at) const;
///   void columns(const T* x, int64_t rows, int64_t cols, int64_t stride, int64_t line, int64_t at,
///                State* to) const;
/// and, if there is a faster way than row by row for whole lines from `line` on,
///   void rows(const T* x, int64_t rows, int64_t n, int64_t line, State* to) const;
/// row() reduces positions at .. at + n of one line; columns() does so for `cols` lines from `line`
/// on, whose elements are `stride` apart.
template <class T, class Kernel, class Emit>
void reduce(const Lines& lines, const Kernel& kernel, const Emit& emit) {
  if (lines.outer == 0 || lines.inner == 0) return;
  if (lines.n == 0) {
    for (int64_t i = 0; i < lines.outer * lines.inner; ++i) emit(i, kernel.identity());
    return;
  }
  const T* x = reinterpret_cast<const T*>(core::bytes(lines.x));
  if (lines.inner == 1)
    reduce_rows(x, lines, kernel, emit);
  else
    reduce_columns(x, lines, kernel, emit);
}

/// Elements of neighbouring columns that share a cache line.
inline constexpr int64_t tile_columns = 16;

/// For functions that need whole lines: calls f(rows, count, at) with `count` lines as contiguous
/// rows of n elements; the first line starts at element `at` of x, the next ones stand beside it.
template <class T, class F>
void for_each_tile(const Lines& lines, const F& f) {
  const T* x = reinterpret_cast<const T*>(core::bytes(lines.x));
  const int64_t n = lines.n, inner = lines.inner;
  const int64_t tiles = (inner + tile_columns - 1) / tile_columns;
  const int64_t work = 4 * n * std::min(inner, tile_columns);
  core::parallel_for(lines.outer * tiles, std::max<int64_t>(1, reduce_grain / work),
                     [&](int64_t begin, int64_t end) {
                       if (inner == 1) return f(x + begin * n, end - begin, begin * n);
                       kernels::Scratch scratch;
                       T* rows = scratch.reserve_for<T>(static_cast<size_t>(n * tile_columns));
                       for (int64_t tile = begin; tile < end; ++tile) {
                         const int64_t c = tile % tiles * tile_columns;
                         const int64_t cols = std::min(tile_columns, inner - c);
                         const int64_t at = tile / tiles * n * inner + c;
                         kernels::gather_columns(x + at, n, cols, inner, rows);
                         f(rows, cols, at);
                       }
                     });
}

/// Calls f(at, cols) for tiles of at most `width` columns of [outer, n, inner], which start at the
/// element `at`, from any thread.
template <class F>
void for_column_tiles(int64_t outer, int64_t n, int64_t inner, int64_t width, const F& f) {
  const int64_t tiles = (inner + width - 1) / width;
  const int64_t work = 4 * n * std::min(inner, width);
  core::parallel_for(outer * tiles, std::max<int64_t>(1, reduce_grain / work),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t tile = begin; tile < end; ++tile) {
                         const int64_t c = tile % tiles * width;
                         f(tile / tiles * n * inner + c, std::min(width, inner - c));
                       }
                     });
}

/// The sum of a Term over floats or doubles; `centers` has one number for each line.
template <class T>
struct SumKernel {
  using State = double;
  kernels::Term term = kernels::Term::value;
  const double* centers = nullptr;

  State identity() const { return 0; }
  State combine(State a, State b) const { return a + b; }
  State row(const T* x, int64_t n, int64_t line, int64_t) const {
    return kernels::sum(term, x, n, centers ? centers[line] : 0.0);
  }
  void rows(const T* x, int64_t count, int64_t n, int64_t line, State* to) const {
    kernels::sum_rows(term, x, count, n, centers ? centers + line : nullptr, to);
  }
  void columns(const T* x, int64_t rows, int64_t cols, int64_t stride, int64_t line, int64_t,
               State* to) const {
    std::fill_n(to, cols, 0.0);
    kernels::sum_columns(term, x, rows, cols, stride, centers ? centers + line : nullptr, to);
  }
};

/// Any fold of mapped elements.
template <class T, class S, class Map, class Op>
struct FoldKernel {
  using State = S;
  S start;
  Map map;
  Op op;

  State identity() const { return start; }
  State combine(State a, State b) const { return op(a, b); }
  State row(const T* x, int64_t n, int64_t, int64_t) const {
    return kernels::fold(x, n, start, map, op);
  }
  void columns(const T* x, int64_t rows, int64_t cols, int64_t stride, int64_t, int64_t,
               State* to) const {
    std::fill_n(to, cols, start);
    kernels::fold_columns(x, rows, cols, stride, map, op, to);
  }
};
template <class T, class S, class Map, class Op>
FoldKernel<T, S, Map, Op> fold_kernel(core::Type<T>, S start, Map map, Op op) {
  return {start, map, op};
}

}  // namespace wick::compute
