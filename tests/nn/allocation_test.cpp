// How often the heap is asked for memory: not at all by a small model that has run once.
#include <wick/wick.h>

#include "autograd/sanitizers.h"
#include "catch.h"

#if defined(__GLIBC__) && !WICK_TEST_SANITIZED && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <errno.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>

namespace {
void* volatile seen = nullptr;  // or the compiler would leave allocations out
std::atomic<int64_t> allocations{0};
}  // namespace

// The C library's own functions, counted: operator new and oneDNN come through here too.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
}

namespace {

using namespace wick;

/// Heap allocations of 100 further calls of f.
template <class F>
int64_t allocations_of(F f) {
  for (int i = 0; i < 3; ++i) f();
  const int64_t before = allocations.load();
  for (int i = 0; i < 100; ++i) f();
  return allocations.load() - before;
}

}  // namespace

TEST_CASE("the heap is counted", "[nn][allocation]") {
  CHECK(allocations_of([] {
          void* block = std::malloc(100);
          seen = block;
          std::free(block);
        }) == 100);
  CHECK(allocations_of([] {
          auto* number = new int64_t(1);
          seen = number;
          delete number;
        }) == 100);
}

TEST_CASE("a small feed-forward block allocates nothing once it has run", "[nn][allocation]") {
  const NoGradGuard guard;
  const Tensor x = randn({1, 16});
  const auto quiet = [&](const nn::Module& module) { return allocations_of([&] { module(x); }); };
  nn::FeedForward block({.d_model = 16, .dim_feedforward = 64});
  block.eval();
  CHECK(quiet(block) == 0);
  nn::Sequential layers{nn::Linear(16, 64), nn::SiLU(), nn::Linear(64, 16), nn::Tanh()};
  layers.eval();
  CHECK(quiet(layers) == 0);
  const NoFusionGuard plain;
  CHECK(quiet(block) == 0);
  CHECK(quiet(layers) == 0);
}

TEST_CASE("operations allocate nothing once they have run", "[ops][allocation]") {
  const NoGradGuard guard;
  const Tensor x = randn({10, 100}), row = randn({100});
  CHECK(allocations_of([&] { x + row; }) == 0);
  CHECK(allocations_of([&] { gelu(x); }) == 0);
  CHECK(allocations_of([&] { x.t().contiguous(); }) == 0);
  CHECK(allocations_of([&] { softmax(x, -1); }) == 0);
  CHECK(allocations_of([&] { x.sum(1); }) == 0);
}

TEST_CASE("a feed-forward block in eval mode needs memory for its output and little else",
          "[nn][allocation]") {
  const NoGradGuard guard;
  const auto allocated = [] {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  };
  constexpr int64_t rows = 4000, features = 256, hidden = 2048;  // 31 MiB of hidden features
  constexpr int64_t for_a_thread = int64_t{4} << 20;
  nn::FeedForward block({.d_model = features, .dim_feedforward = hidden});
  block.eval();
  const Tensor x = randn({rows, features});
  const int threads = 2;
  const NumThreadsGuard two(threads);
  block(x(slice(0, 100)));  // packs the weights
  empty_cache();
  const int64_t before = allocated();
  const Tensor y = block(x);  // whatever it allocates and frees is kept for later, and counted
  CHECK(allocated() - before <= y.numel() * 4 + threads * for_a_thread);
  const NoFusionGuard plain;
  empty_cache();
  const int64_t before_plain = allocated();
  const Tensor z = block(x);
  CHECK(allocated() - before_plain > rows * hidden * 4);
}

#endif
