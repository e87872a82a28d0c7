// Runs of MT19937's words, taken from the one stream in order, on which several threads can work.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>

#include "hwy/cache_control.h"
#include "kernels/memory/scratch.h"
#include "kernels/random/random.h"
#include "kernels/random/random_simd.h"

namespace wick::kernels::random_words {

/// Words of the stream before tempering, in memory of one's own, `most` at a time.
template <int64_t most>
class RawWords {
 public:
  /// From where the state is.
  explicit RawWords(const RandomState& state)
      : words_(memory_.reserve_for<uint32_t>(static_cast<size_t>(room))) {
    const int64_t left = state.left - 1;
    std::copy(state.words.begin(), state.words.end(), words_);
    end_ = block;
    at_ = block - left;
    // PyTorch takes states whose last words are not at the end of their block.
    if (left == 0 || state.next + left == block) return;
    random_simd::generate(words_, block);
    end_ += block;
    made_ = true;
    std::memmove(words_ + at_, words_ + state.next, static_cast<size_t>(left) * sizeof(uint32_t));
  }

  /// The next n <= most words; valid until the next call.
  const uint32_t* take(int64_t n) {
    if (end_ - at_ < n) {
      const int64_t more = (n - (end_ - at_) + block - 1) / block * block;
      if (end_ + more > room) {  // to the front, with the block that the next one is made of
        const int64_t kept = std::max(block, end_ - at_);
        std::memmove(words_, words_ + end_ - kept, static_cast<size_t>(kept) * sizeof(uint32_t));
        at_ -= end_ - kept;
        end_ = kept;
      }
      random_simd::generate(words_ + end_ - block, more);
      end_ += more;
      made_ = true;
    }
    at_ += n;
    return words_ + at_ - n;
  }

  /// Moves the state, which is still as it was, behind the words that were taken; not for none.
  void finish(RandomState& state) const {
    // Blocks are made when they are needed: the last word is in the last one, or in the first.
    const bool in_last = at_ > end_ - block;
    const int64_t left = (in_last ? end_ : end_ - block) - at_;
    if (in_last) {
      if (made_) std::copy_n(words_ + end_ - block, block, state.words.data());
      state.next = static_cast<uint32_t>(block - left);
    } else {
      state.next += state.left - 1 - static_cast<uint32_t>(left);
    }
    state.left = static_cast<uint32_t>(left) + 1;
  }

 private:
  static constexpr int64_t block = RandomState::word_count;
  static constexpr int64_t room = most + 2 * block;
  Scratch memory_;  // not on the stack, which may be small
  uint32_t* words_;
  int64_t at_;         // the next word
  int64_t end_;        // the last block ends here
  bool made_ = false;  // the state has not got the last block yet
};

/// Few and far between are those who wait for it, and not for long.
class SpinLock {
 public:
  void lock() {
    for (int turns = 0; held_.test_and_set(std::memory_order_acquire); ++turns) {
      if (turns < 10000)
        hwy::Pause();
      else
        std::this_thread::yield();  // whoever holds it may have no core
    }
  }
  void unlock() { held_.clear(std::memory_order_release); }

 private:
  std::atomic_flag held_ = ATOMIC_FLAG_INIT;
};

/// Words that one piece of work takes, a multiple of 128: 64 elements that take two words each.
/// Serial: few, so that making words and writing elements to memory overlap.
inline constexpr int64_t serial_piece = 640;
/// In a team: many, so that handing the state from thread to thread does not count.
inline constexpr int64_t team_piece = 16384;

/// Calls body(words, begin, count) for pieces that make up [0, n); words are the `each` * count of
/// the stream that belong to elements [begin, begin + count). Pieces are a multiple of 64 elements,
/// but for the last. With a team they run at once; which words an element gets is the same.
template <class Body>
void share_out(RandomState& state, int64_t n, int64_t each, Team team, const Body& body) {
  if (n <= 0) return;
  if (n < state.left && n * each < state.left) {  // few: no need to copy the block
    body(state.words.data() + state.next, 0, n);
    state.next += static_cast<uint32_t>(n * each);
    state.left -= static_cast<uint32_t>(n * each);
    return;
  }
  const int64_t pieces = (n - 1) / (team_piece / each) + 1;
  if (!team || pieces < 4) {
    RawWords<serial_piece> words(state);
    for (int64_t begin = 0; begin < n; begin += serial_piece / each) {
      const int64_t count = std::min(serial_piece / each, n - begin);
      body(words.take(count * each), begin, count);
    }
    return words.finish(state);
  }
  SpinLock lock;
  int64_t next = 0;
  const auto work = [&] {
    while (true) {
      // Making the words is the one thing that has an order, and the lesser part of the work.
      std::unique_lock<SpinLock> order(lock);
      if (next == n) return;
      RawWords<team_piece> words(state);
      const int64_t begin = next;
      const int64_t count = std::min(team_piece / each, n - begin);
      next += count;
      const uint32_t* const mine = words.take(count * each);
      words.finish(state);
      order.unlock();
      body(mine, begin, count);
    }
  };
  team(
      pieces, [](const void* object) { (*static_cast<decltype(&work)>(object))(); }, &work);
}

}  // namespace wick::kernels::random_words
