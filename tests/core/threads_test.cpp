// Teams of threads, and NumThreadsGuard.
#include "wick/threads.h"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.h"
#include "core/team.h"
#include "core/threads.h"
#include "wick/device.h"
#include "wick/error.h"

using namespace wick;

TEST_CASE("NumThreadsGuard counts for its thread and its life", "[core][threads]") {
  const int before = get_num_threads();
  {
    const NumThreadsGuard guard(3);
    CHECK(get_num_threads() == 3);
    {
      const NumThreadsGuard inner(1);
      CHECK(get_num_threads() == 1);
      int elsewhere = 0;
      std::thread([&] { elsewhere = get_num_threads(); }).join();
      CHECK(elsewhere == before);
    }
    CHECK_THROWS_AS(NumThreadsGuard(0), ValueError);
    CHECK_THROWS_AS(NumThreadsGuard(1025), ValueError);
    CHECK(get_num_threads() == 3);
  }
  CHECK(get_num_threads() == before);
}

TEST_CASE("parallel_for covers every index once, in parts of at least half the grain",
          "[core][threads]") {
  for (const int threads : {1, 2, 3, 8})
    for (const int64_t n : {0, 1, 2, 7, 8, 9, 64, 1000})
      for (const int64_t grain : {-1, 0, 1, 7, 8, 999, 1000, 1001}) {
        const NumThreadsGuard guard(threads);
        std::vector<std::atomic<int>> met(static_cast<size_t>(n));
        std::atomic<int> parts = 0, short_parts = 0;
        core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
          ++parts;
          if (end < n && 2 * (end - begin) < grain) ++short_parts;
          for (int64_t i = begin; i < end; ++i) ++met[static_cast<size_t>(i)];
        });
        CAPTURE(threads, n, grain);
        int wrong = 0;
        for (const auto& count : met) wrong += count != 1;
        CHECK(wrong == 0);
        CHECK(short_parts == 0);
        CHECK(parts <= threads);
        if (n > 0 && n <= grain) CHECK(parts == 1);
        if (n == 0) CHECK(parts == 0);
      }
}

TEST_CASE("parallel_tasks calls every index once", "[core][threads]") {
  for (const int threads : {1, 2, 3})
    for (const int64_t n : {0, 1, 2, 3, 100}) {
      const NumThreadsGuard guard(threads);
      std::vector<std::atomic<int>> met(static_cast<size_t>(n));
      core::parallel_tasks(n, [&](int64_t i) { ++met[static_cast<size_t>(i)]; });
      CAPTURE(threads, n);
      for (const auto& count : met) CHECK(count == 1);
    }
}

TEST_CASE("an exception in a part or a task is rethrown to the caller", "[core][threads]") {
  for (const int threads : {1, 2, 3}) {
    const NumThreadsGuard guard(threads);
    CAPTURE(threads);
    CHECK_THROWS_WITH(core::parallel_tasks(10,
                                           [](int64_t i) {
                                             if (i == 7) throw ValueError("task 7");
                                           }),
                      "task 7");
    CHECK_THROWS_WITH(core::parallel_for(10, 1,
                                         [](int64_t begin, int64_t end) {
                                           if (begin <= 7 && 7 < end) throw ValueError("part of 7");
                                         }),
                      "part of 7");
    // All of them throw: one arrives.
    CHECK_THROWS_AS(core::parallel_tasks(10, [](int64_t) { throw std::out_of_range("any"); }),
                    std::out_of_range);
    // And the next region is like new.
    std::atomic<int> calls = 0;
    CHECK_NOTHROW(core::parallel_tasks(10, [&](int64_t) { ++calls; }));
    CHECK(calls == 10);
  }
}

TEST_CASE("a region inside of a region is one part", "[core][threads]") {
  const core::AlwaysTeams teams;
  const NumThreadsGuard guard(2);
  std::atomic<int> whole = 0, cut = 0, tasks = 0;
  core::parallel_for(2, 1, [&](int64_t, int64_t) {
    core::parallel_for(
        100, 1, [&](int64_t begin, int64_t end) { ++(begin == 0 && end == 100 ? whole : cut); });
    core::parallel_tasks(5, [&](int64_t) { ++tasks; });
  });
  CHECK(whole == 2);
  CHECK(cut == 0);
  CHECK(tasks == 10);
}

TEST_CASE("set_num_threads takes 1 to 1024", "[core][threads]") {
  const int before = get_num_threads();
  set_num_threads(1024);
  CHECK(get_num_threads() == 1024);
  set_num_threads(1);
  CHECK(get_num_threads() == 1);
  CHECK_THROWS_WITH(set_num_threads(0), "set_num_threads expects 1 to 1024 threads, got 0");
  CHECK_THROWS_AS(set_num_threads(1025), ValueError);
  CHECK(get_num_threads() == 1);
  set_num_threads(before);
}
