// Runs of MT19937's words, taken from the one stream in order, on which several threads can work.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "kernels/random.h"

namespace wick::kernels::random_words {

/// Words that one piece of work takes: they fit in the first-level cache, and are many enough that
/// handing the state from thread to thread does not count. A multiple of 128: pieces of 64 elements
/// that take two words each.
inline constexpr int64_t chunk = 8192;

/// Words of the stream, in memory of one's own.
class RawWords {
 public:
  /// The next n <= chunk words, before tempering; valid, and free to be written to, until the next
  /// call.
  uint32_t* take(RandomState& state, int64_t n);

 private:
  static constexpr int64_t block = RandomState::word_count;
  // The present block, and what follows.
  alignas(64) uint32_t words_[static_cast<size_t>(block + (chunk + block - 1) / block * block)];
};

/// Calls body(words, begin, count) for pieces that make up [0, n); words are the `each` * count of
/// the stream that belong to elements [begin, begin + count). Pieces are a multiple of 64 elements,
/// but for the last. With a team they run at once; which words an element gets is the same.
template <class Body>
void share_out(RandomState& state, int64_t n, int64_t each, Team team, const Body& body) {
  if (n <= 0) return;
  const int64_t piece = chunk / each;
  std::mutex mutex;
  int64_t next = 0;
  const auto work = [&] {
    RawWords mine;
    while (true) {
      int64_t begin = 0, count = 0;
      uint32_t* words = nullptr;
      {
        // Making the words is the one thing that has an order, and the lesser part of the work.
        const std::lock_guard<std::mutex> lock(mutex);
        if (next == n) return;
        begin = next;
        count = std::min(piece, n - begin);
        next += count;
        words = mine.take(state, count * each);
      }
      body(words, begin, count);
    }
  };
  const int64_t pieces = (n - 1) / piece + 1;
  if (!team || pieces < 4) return work();
  team(
      pieces, [](const void* object) { (*static_cast<decltype(&work)>(object))(); }, &work);
}

}  // namespace wick::kernels::random_words
