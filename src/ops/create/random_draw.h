// What fills tensors with random numbers.
#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "core/generator.h"
#include "core/iterate.h"
#include "core/tensor_impl.h"
#include "core/threads.h"
#include "wick/threads.h"

namespace wick::ops {

/// For kernels::fill_...: the threads that parallel loops have.
inline void team(int64_t most, void (*work)(const void* context), const void* context) {
  // Beyond this many, threads wait for each other's words.
  constexpr int64_t useful = 8;
  const int64_t threads = std::min<int64_t>({most, useful, get_num_threads()});
  core::parallel_tasks(threads, most, [&](int64_t) { work(context); });
}

/// Fills x through fill(random, T*, n), in the order of its memory as PyTorch does; a contiguous x
/// in one call. A meta x draws nothing.
template <class T, class Fill>
void draw(const Tensor& x, Generator* generator, Fill fill) {
  if (x.is_meta() || x.numel() == 0) return;
  const core::GeneratorLock random(generator ? *generator : default_generator());
  if (x.is_contiguous()) return fill(*random, x.data_ptr<T>(), x.numel());
  constexpr int64_t serial = std::numeric_limits<int64_t>::max();  // a stream has one order
  const core::Operand operands[] = {core::operand(x, x.shape())};
  core::for_each_run(x.shape(), operands, serial,
                     [&](char* const* data, const int64_t* strides, int64_t n) {
                       if (strides[0] == static_cast<int64_t>(sizeof(T)))
                         return fill(*random, reinterpret_cast<T*>(data[0]), n);
                       std::array<T, 256> buffer;
                       constexpr auto room = static_cast<int64_t>(buffer.size());
                       char* at = data[0];
                       for (int64_t done = 0; done < n; done += room) {
                         const int64_t count = std::min(room, n - done);
                         fill(*random, buffer.data(), count);
                         for (int64_t i = 0; i < count; ++i, at += strides[0])
                           *reinterpret_cast<T*>(at) = buffer[static_cast<size_t>(i)];
                       }
                     });
}

}  // namespace wick::ops
