// How much the pool keeps: at, below and above each of its limits.
#include <algorithm>
#include <thread>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "core/pool.h"
#include "wick/memory.h"
#include "wick/wick.h"

#if defined(__GLIBC__) && !WICK_TEST_SANITIZED  // under a sanitizer nothing is kept
#include <malloc.h>

namespace {

constexpr int64_t mib = int64_t{1} << 20;

/// Bytes that the C library has given out, to whichever thread.
int64_t in_use() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

/// Leaves the cache as it was found.
struct DefaultLimit {
  DefaultLimit() { wick::empty_cache(); }
  ~DefaultLimit() {
    wick::set_cache_limit(512 * mib);
    wick::empty_cache();
  }
};

std::vector<void*> take(int count, int64_t bytes) {
  std::vector<void*> blocks;
  for (int i = 0; i < count; ++i) blocks.push_back(wick::core::allocate(bytes));
  return blocks;
}

/// Frees the blocks and returns how many bytes went back to the C library.
int64_t give_back(const std::vector<void*>& blocks, int64_t bytes) {
  const int64_t before = in_use();
  for (void* block : blocks) wick::core::deallocate(block, bytes);
  return before - in_use();
}

}  // namespace

TEST_CASE("a thread keeps 8 MiB of small blocks, and no more", "[core][pool]") {
  std::thread([] {
    // Of the largest size that counts as small: eight of them are the limit exactly.
    CHECK(give_back(take(8, mib), mib) < mib / 2);
    // One more, and those that were kept go: their size is no longer asked for.
    const std::vector<void*> nine = take(9, mib);
    CHECK(give_back(nine, mib) > 7 * mib);
    void* again = wick::core::allocate(mib);
    CHECK(again == nine.back());  // which came after, and is kept
    wick::core::deallocate(again, mib);
    wick::empty_cache();
    // What is one byte larger belongs to all threads.
    const int64_t before = wick::cached_memory();
    void* large = wick::core::allocate(mib + 1);
    wick::core::deallocate(large, mib + 1);
    CHECK(wick::cached_memory() > before);
  }).join();
}

TEST_CASE("a thread gives what it kept back at its end", "[core][pool]") {
  const int64_t before = in_use();
  std::thread([] { give_back(take(7, mib), mib); }).join();
  CHECK(in_use() - before < mib);
}

TEST_CASE("a limit of 0 gives back what the thread kept", "[core][pool]") {
  const DefaultLimit restore;
  std::thread([] {
    const int64_t before = in_use();
    CHECK(give_back(take(6, mib), mib) < mib / 2);
    CHECK(in_use() - before > 5 * mib);
    wick::set_cache_limit(mib);  // which is about large blocks
    CHECK(in_use() - before > 5 * mib);
    wick::set_cache_limit(0);
    CHECK(in_use() - before < mib);
    CHECK(give_back(take(6, mib), mib) > 5 * mib);
  }).join();
}

TEST_CASE("256 large blocks are kept, the newest ones", "[core][pool]") {
  const DefaultLimit restore;
  wick::set_cache_limit(int64_t{1} << 40);  // never touched, they are addresses and no memory
  const int64_t size = mib + mib / 8;
  std::vector<void*> blocks = take(257, size);
  const int64_t start = wick::cached_memory();
  REQUIRE(start == 0);
  for (int i = 0; i < 255; ++i) wick::core::deallocate(blocks[static_cast<size_t>(i)], size);
  CHECK(wick::cached_memory() == 255 * size);
  wick::core::deallocate(blocks[255], size);
  CHECK(wick::cached_memory() == 256 * size);
  wick::core::deallocate(blocks[256], size);
  CHECK(wick::cached_memory() == 256 * size);  // in place of the oldest
  std::vector<void*> again = take(256, size);
  CHECK(wick::cached_memory() == 0);
  CHECK(again.front() == blocks.back());  // the last one freed comes first
  std::vector<void*> newest(blocks.begin() + 1, blocks.end());
  std::sort(newest.begin(), newest.end());
  std::vector<void*> sorted = again;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == newest);
  for (void* block : again) wick::core::deallocate(block, size);
}

TEST_CASE("a block of the limit's size is kept, a larger one is not", "[core][pool]") {
  const DefaultLimit restore;
  const auto pass = [](int64_t bytes) {
    wick::core::deallocate(wick::core::allocate(bytes), bytes);
    return wick::cached_memory();
  };
  wick::set_cache_limit(4 * mib);
  CHECK(pass(4 * mib + 1) == 0);
  CHECK(pass(4 * mib) == 4 * mib);
  CHECK(pass(2 * mib) == 2 * mib);  // together they are too much: the older one goes
  const int64_t two = 2 * mib;
  void* a = wick::core::allocate(two);
  void* b = wick::core::allocate(two);
  wick::core::deallocate(a, two);
  wick::core::deallocate(b, two);
  CHECK(wick::cached_memory() == 4 * mib);  // both fit exactly
  wick::set_cache_limit(4 * mib - 1);       // a byte less: the older one goes at once
  CHECK(wick::cached_memory() == 2 * mib);
  void* newer = wick::core::allocate(two);
  CHECK(newer == b);
  wick::core::deallocate(newer, two);
}

TEST_CASE("the cache is emptied and filled again after its limit has changed", "[core][pool]") {
  const DefaultLimit restore;
  const auto fill = [](int64_t bytes) {
    wick::core::deallocate(wick::core::allocate(bytes), bytes);
  };
  for (const int64_t limit : {100 * mib, 16 * mib, int64_t{0}, 64 * mib}) {
    wick::set_cache_limit(limit);
    CAPTURE(limit);
    fill(8 * mib);
    CHECK(wick::cached_memory() == (limit == 0 ? 0 : 8 * mib));
    wick::empty_cache();
    CHECK(wick::cached_memory() == 0);
    fill(8 * mib);
    CHECK(wick::cached_memory() == (limit == 0 ? 0 : 8 * mib));
    wick::empty_cache();
  }
  // And small blocks are kept again after a limit of 0.
  CHECK(give_back(take(4, mib), mib) < mib / 2);
  wick::set_cache_limit(0);  // lets go of them at once
  CHECK(give_back(take(4, mib), mib) > 3 * mib);
}

TEST_CASE("blocks of one size are not mistaken for another's", "[core][pool]") {
  std::thread([] {
    // Sizes of the classes around 1 KiB, and the eighths above.
    for (const int64_t bytes : {63, 64, 65, 960, 961, 1024, 1025, 1152, 1153, 2048, 2049, 2304}) {
      void* block = wick::core::allocate(bytes);
      wick::core::deallocate(block, bytes);
      void* next = wick::core::allocate(bytes + 1025);
      CHECK(next != block);
      CHECK(wick::core::allocate(bytes) == block);
      wick::core::deallocate(block, bytes);
      wick::core::deallocate(next, bytes + 1025);
    }
    wick::empty_cache();
  }).join();
}

#endif
