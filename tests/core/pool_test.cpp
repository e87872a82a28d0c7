#include "core/pool.h"

#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "core/child_process.h"
#include "wick/memory.h"
#include "wick/wick.h"

#ifdef __linux__
#include <malloc.h>
#include <unistd.h>
#endif

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

#ifdef __linux__

namespace {

/// Memory of this process that is in use, in bytes.
int64_t resident() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, pages = 0;
  file >> total >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

/// Makes `count` tensors of `bytes`, each written and with something of the heap after it, and
/// frees them; returns the rest.
std::vector<std::string> fill_and_free(int count, int64_t bytes) {
  std::vector<wick::Tensor> large;
  std::vector<std::string> rest;
  for (int i = 0; i < count; ++i) {
    large.push_back(wick::ones({bytes / 4}));
    rest.emplace_back(300'000, 'x');
  }
  return rest;
}

}  // namespace

TEST_CASE("what is given back goes to the system", "[core][pool]") {
  const DefaultLimit restore;
  wick::empty_cache();
  { const wick::Tensor x = wick::ones({7 * mib}); }  // glibc then takes such sizes from its heap
  wick::empty_cache();
  const int64_t before = resident();
  const auto rest = fill_and_free(32, 8 * mib);
  wick::empty_cache();
  CHECK(resident() < before + 16 * mib);
}

TEST_CASE("with a limit of 0 threads keep nothing either", "[core][pool]") {
  const DefaultLimit restore;
  wick::set_cache_limit(0);
  const int64_t before = resident();
  // 15 blocks of 512 KiB, which a thread would keep; glibc gives such blocks back, or reuses them.
  fill_and_free(15, mib / 2);
  malloc_trim(0);
  CHECK(resident() < before + 3 * mib);
}

TEST_CASE("scratch memory is limited and given back as tensors' memory is", "[core][pool]") {
  const DefaultLimit restore;
  const wick::Tensor x = wick::rand({4'000'000}), wide = wick::rand({40'000, 50});
  const wick::Tensor a = wick::rand({1500, 3000}).slice(1, 0, {}, 2),
                     ints = x.mul(1e6).to(wick::int64);
  const std::vector<std::function<void()>> calls{
      [&] { x.topk(1); },
      [&] { x.argsort(); },
      [&] { ints.sort(); },
      [&] { x.to(wick::float64).sort(0, true); },
      [&] { wide.softmax(0); },
      [&] { wide.to(wick::float64).softmax(0); },
      [&] { wide.logsumexp(0); },
      [&] { wide.log_softmax(0); },
      [&] { wide.cumsum(0); },
      [&] { a.matmul(a.t()); },
      [&] {
        a.matmul(wick::ones({1500, 1}));
      },
      [&] { a.to(wick::float64).matmul(a.t().to(wick::float64)); },
      [&] { static_cast<void>(wick::randn({3'000'000})); },
  };
  for (size_t i = 0; i < calls.size(); ++i) {
    INFO("call " << i);
    calls[i]();  // what is made once stays
    wick::empty_cache();
    const int64_t before = resident();
    calls[i]();
    wick::empty_cache();
    CHECK(wick::cached_memory() == 0);
    CHECK(resident() < before + 6 * mib);
    wick::set_cache_limit(0);
    calls[i]();
    malloc_trim(0);
    CHECK(wick::cached_memory() == 0);
    CHECK(resident() < before + 6 * mib);
    wick::set_cache_limit(512 * mib);
  }
}

TEST_CASE("a forked child can make tensors, whatever other threads were doing", "[core][pool]") {
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) {
      const wick::Tensor x = wick::empty({mib}), y = wick::empty({3 * mib});
    }
  });
  int finished = 0;
  constexpr int children = 40;
  for (int i = 0; i < children; ++i) {
    finished += child_does([] {
      const wick::Tensor x = wick::empty({mib});
      return true;
    });
  }
  done = true;
  other.join();
  CHECK(finished == children);
}

#endif  // __linux__

#endif

TEST_CASE("set_cache_limit refuses negative numbers", "[core][pool]") {
  CHECK_THROWS_WITH(wick::set_cache_limit(-1), "set_cache_limit expects at least 0 bytes, got -1");
}
