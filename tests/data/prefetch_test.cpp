// The thread that makes batches ahead: errors, leaving early, and what it inherits.
#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#ifdef __linux__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "catch.h"
#include "wick/autograd.h"
#include "wick/data/data_loader.h"
#include "wick/device.h"
#include "wick/error.h"
#include "wick/ops.h"
#include "wick/threads.h"

using namespace wick;
using data::DataLoader;
using data::TensorDataset;

namespace {

/// Example i is i, but where it throws.
struct Faulty {
  int64_t bad;
  int64_t size() const { return 10; }
  int64_t get(int64_t index) const {
    if (index == bad) throw ValueError("example " + std::to_string(index) + " is broken");
    return index;
  }
};

/// Counts the examples that were asked for.
struct Counted {
  std::shared_ptr<std::atomic<int64_t>> calls = std::make_shared<std::atomic<int64_t>>(0);
  int64_t count = 1000;
  int64_t size() const { return count; }
  int64_t get(int64_t index) const {
    calls->fetch_add(1);
    return index;
  }
};

/// Runs `f` on every example.
template <class F>
struct Called {
  F f;
  int64_t size() const { return 4; }
  int64_t get(int64_t) const { return f(); }
};

int64_t threads_of_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Threads:")) return std::stoll(line.substr(8));
  return 0;
}

}  // namespace

TEST_CASE("prefetch: an error arrives where its batch would have", "[data][prefetch]") {
  for (const int64_t prefetch : {0, 1, 4, 100}) {
    INFO(prefetch);
    const DataLoader loader(Faulty{5}, {.batch_size = 2, .prefetch = prefetch});
    auto it = loader.begin();
    ++it;
    CHECK((*it).equal(tensor({2, 3})));
    CHECK_THROWS_WITH(++it, "example 5 is broken");
    CHECK_THROWS_AS(*it, Error);
    CHECK(it != loader.end());
    ++it;  // goes on behind it
    CHECK((*it).equal(tensor({6, 7})));
    ++it;
    ++it;
    CHECK(it == loader.end());

    CHECK_THROWS_AS(DataLoader(Faulty{0}, {.prefetch = prefetch}).begin(), ValueError);
    auto last = DataLoader(Faulty{9}, {.batch_size = 9, .prefetch = prefetch}).begin();
    CHECK_THROWS_AS(++last, ValueError);
    ++last;
    CHECK(last == std::default_sentinel);
  }
}

TEST_CASE("prefetch: what is not a wick::Error arrives as well", "[data][prefetch]") {
  struct Strange {
    int64_t size() const { return 2; }
    int64_t get(int64_t index) const {
      if (index == 1) throw std::string("text");
      return index;
    }
  };
  auto it = DataLoader(Strange(), {.prefetch = 2}).begin();
  CHECK_THROWS_AS(++it, std::string);
}

TEST_CASE("prefetch: so many batches are made ahead and no more", "[data][prefetch]") {
  const Counted dataset;
  const DataLoader loader(dataset, {.batch_size = 10, .prefetch = 3});
  auto it = loader.begin();
  const auto wait_for = [&](int64_t calls) {
    for (int i = 0; i < 5000 && *dataset.calls < calls; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return dataset.calls->load();
  };
  CHECK(wait_for(40) == 40);  // the first, and three ahead
  ++it;
  CHECK(wait_for(50) == 50);
  const int64_t before = *dataset.calls;
  it = {};
  CHECK(*dataset.calls == before);  // its thread is gone
}

TEST_CASE("prefetch: works on one thread, with the caller's modes", "[data][prefetch]") {
  const auto observe = [] {
    return (is_grad_enabled() ? 1 : 0) + (default_device() == meta ? 2 : 0) +
           (get_num_threads() == 1 ? 4 : 0);
  };
  const auto seen = [&](int64_t prefetch) {
    const DataLoader loader(Called<decltype(observe)>{observe},
                            {.batch_size = 4, .prefetch = prefetch});
    return (*loader.begin())[0].template item<int64_t>() & (prefetch > 0 ? 7 : 3);
  };
  CHECK(seen(0) == 1);
  CHECK(seen(2) == 5);
  {
    const NoGradGuard no_grad;
    const DeviceGuard guard(meta);
    CHECK(seen(0) == 2);
    CHECK(seen(2) == 6);
  }
}

TEST_CASE("prefetch: large batches have the same bits", "[data][prefetch]") {
  const Tensor x = rand({2000, 300});
  for (const bool shuffle : {false, true}) {
    const data::DataLoaderOptions options{.batch_size = 128, .shuffle = shuffle};
    auto ahead = options;
    ahead.prefetch = 2;
    manual_seed(1);
    auto one = DataLoader(TensorDataset(x), options).begin();
    manual_seed(1);
    for (const auto& [rows] : DataLoader(TensorDataset(x), ahead)) {
      CHECK(rows.equal((*one)[0]));
      ++one;
    }
    CHECK(one == std::default_sentinel);
  }
}

TEST_CASE("prefetch: ten thousand epochs, most left half way, leave no thread behind",
          "[data][prefetch]") {
  const DataLoader loader(TensorDataset(arange(20)),
                          {.batch_size = 4, .shuffle = true, .prefetch = 2});
  int64_t before = 0, batches = 0;
  for (int epoch = 0; epoch < 10000; ++epoch) {
    const int wanted = epoch % 6;
    int seen = 0;
    for ([[maybe_unused]] const auto& batch : loader)
      if (++seen == wanted) break;
    batches += seen;
    if (epoch == 10) before = threads_of_process();
  }
  CHECK(batches == 33331);
  CHECK(threads_of_process() == before);
}

TEST_CASE("prefetch: an epoch left while a batch is made waits for it", "[data][prefetch]") {
  std::atomic<bool> inside = false, left = false;
  const auto slow = [&] {
    inside = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    CHECK_FALSE(left);
    return 0;
  };
  {
    const DataLoader loader(Called<decltype(slow)>{slow}, {.prefetch = 1});
    auto it = loader.begin();
    inside = false;
    for (int i = 0; i < 1000 && !inside; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  left = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

#ifdef __linux__

TEST_CASE("prefetch: a child of fork() goes on without its parent's thread", "[data][prefetch]") {
  const DataLoader loader(TensorDataset(arange(40)), {.batch_size = 4, .prefetch = 2});
  auto it = loader.begin();
  ++it;  // the thread waits now, or makes the next batch
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    int64_t sum = 0;
    {
      auto here = std::move(it);
      for (; here != std::default_sentinel; ++here) sum += (*here)[0].sum().item<int64_t>();
    }
    int64_t again = 0;  // an epoch with a thread of the child's own
    for (const auto& [numbers] : loader) again += numbers.sum().item<int64_t>();
    _exit(sum == 780 - 6 && again == 780 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  int64_t sum = 0;
  for (; it != std::default_sentinel; ++it) sum += (*it)[0].sum().item<int64_t>();
  CHECK(sum == 780 - 6);
}

#endif
