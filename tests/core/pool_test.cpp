#include "core/pool.h"

#include <cstring>
#include <thread>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "wick/memory.h"
#include "wick/wick.h"

namespace {

constexpr int64_t mib = int64_t{1} << 20;

/// Sizes around every change of what the pool does.
std::vector<int64_t> sizes() {
  std::vector<int64_t> result;
  for (const int64_t size : {int64_t{1}, int64_t{64}, int64_t{1024}, int64_t{1152}, int64_t{2048},
                             int64_t{3000}, int64_t{65536}, mib, mib + mib / 8, 4 * mib, 5 * mib})
    for (const int64_t by : {-1, 0, 1}) result.push_back(size + by);
  return result;
}

/// Leaves the cache as it was found.
struct DefaultLimit {
  ~DefaultLimit() { wick::set_cache_limit(512 * mib); }
};

}  // namespace

TEST_CASE("blocks are aligned, apart, and as large as asked for", "[core][pool]") {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::pair<char*, int64_t>> blocks;
    for (const int64_t size : sizes())
      for (int copy = 0; copy < 3; ++copy) {
        auto* block = static_cast<char*>(wick::core::allocate(size));
        REQUIRE(block != nullptr);
        CHECK(reinterpret_cast<uintptr_t>(block) % 64 == 0);
        std::memset(block, static_cast<int>(blocks.size()), static_cast<size_t>(size));
        blocks.emplace_back(block, size);
      }
    for (size_t i = 0; i < blocks.size(); ++i) {
      const auto [block, size] = blocks[i];
      bool whole = true;
      for (int64_t j = 0; j < size; ++j) whole = whole && block[j] == static_cast<char>(i);
      CHECK(whole);
    }
    for (const auto& [block, size] : blocks) wick::core::deallocate(block, size);
  }
  wick::core::deallocate(nullptr, 100);
}

TEST_CASE("blocks go from thread to thread", "[core][pool]") {
  std::vector<void*> blocks(200);
  std::thread([&] {
    for (void*& block : blocks) block = wick::core::allocate(4000);
  }).join();
  for (void* block : blocks) std::memset(block, 1, 4000);
  std::thread([&] {
    for (void* block : blocks) wick::core::deallocate(block, 4000);
    // Still there after the thread's own memory is gone:
    static thread_local wick::Tensor late;
    late = wick::zeros({100});
  }).join();
  CHECK(wick::zeros({1000}).sum().item<float>() == 0);
}

#if !WICK_TEST_SANITIZED  // under which nothing is kept

TEST_CASE("a freed block is used again", "[core][pool]") {
  for (const int64_t size : {int64_t{100}, 5000 * int64_t{4}, 2 * mib}) {
    void* block = wick::core::allocate(size);
    wick::core::deallocate(block, size);
    void* again = wick::core::allocate(size);
    CHECK(again == block);
    wick::core::deallocate(again, size);
  }
}

TEST_CASE("memory that is kept can be seen, limited and given back", "[core][pool]") {
  const DefaultLimit restore;
  wick::empty_cache();
  CHECK(wick::cached_memory() == 0);
  { const wick::Tensor x = wick::empty({2 * mib}); }
  CHECK(wick::cached_memory() == 8 * mib);
  { const wick::Tensor x = wick::empty({2 * mib}); }
  CHECK(wick::cached_memory() == 8 * mib);  // the same block once more
  wick::set_cache_limit(10 * mib);
  CHECK(wick::cached_memory() == 8 * mib);
  { const wick::Tensor x = wick::empty({mib}); }
  CHECK(wick::cached_memory() == 4 * mib);  // the newest stay
  { const wick::Tensor x = wick::empty({4 * mib}); }
  CHECK(wick::cached_memory() == 4 * mib);  // larger than the limit: not kept
  wick::set_cache_limit(0);
  CHECK(wick::cached_memory() == 0);
  { const wick::Tensor x = wick::empty({2 * mib}); }
  CHECK(wick::cached_memory() == 0);
}

#endif

TEST_CASE("set_cache_limit refuses negative numbers", "[core][pool]") {
  CHECK_THROWS_WITH(wick::set_cache_limit(-1), "set_cache_limit expects at least 0 bytes, got -1");
}
