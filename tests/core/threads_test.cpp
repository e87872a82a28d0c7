// NumThreadsGuard.
#include "wick/threads.h"

#include <thread>

#include "catch.h"
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
