// Storage, and which tensors share elements.
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.h"
#include "core/pool.h"
#include "core/tensor_impl.h"
#include "wick/wick.h"

using namespace wick;
using core::overlaps;

TEST_CASE("a storage is aligned, counts its writes and its exposures", "[core][storage]") {
  Storage storage(100, Device::cpu);
  CHECK(reinterpret_cast<uintptr_t>(storage.data()) % 64 == 0);
  CHECK(storage.bytes() == 100);
  CHECK(storage.owned());
  CHECK(storage.version() == 0);
  storage.bump();
  storage.bump();
  CHECK(storage.version() == 2);
  storage.restart();
  CHECK(storage.version() == 0);
  CHECK(storage.exposures() == 0);
  storage.expose();
  CHECK(storage.exposures() == 1);
}

TEST_CASE("storages without memory", "[core][storage]") {
  CHECK(Storage(0, Device::cpu).data() == nullptr);
  CHECK(Storage(100, Device::meta).data() == nullptr);
  CHECK(Storage(100, Device::meta).bytes() == 100);
  // A meta tensor may be larger than the machine.
  CHECK(empty({int64_t{1} << 50}, {.device = Device::meta}).numel() == int64_t{1} << 50);
}

TEST_CASE("the caller's memory is not owned, a keeper's is, and is let go", "[core][storage]") {
  std::vector<char> memory(64);
  CHECK_FALSE(Storage(memory.data(), 64).owned());
  auto keeper = std::make_shared<int>(1);
  {
    Storage kept(memory.data(), 64, keeper);
    CHECK(kept.owned());
    CHECK(keeper.use_count() == 2);
  }
  CHECK(keeper.use_count() == 1);
}

TEST_CASE("check_memory refuses more than the machine has, exactly", "[core][storage]") {
  const int64_t memory = core::physical_memory();
  REQUIRE(memory > 0);
  CHECK_NOTHROW(core::check_memory(memory, 1));
  CHECK_THROWS_WITH(
      core::check_memory(memory + 1, 1),
      "can't allocate memory: you tried to allocate " + std::to_string(memory + 1) + " bytes");
  CHECK_NOTHROW(core::check_memory(memory / 8, 8));
  CHECK_THROWS_AS(core::check_memory(memory / 8 + 1, 8), Error);
  // A product that does not fit in 64 bits is not a small number.
  CHECK_THROWS_AS(core::check_memory(std::numeric_limits<int64_t>::max(), 8), Error);
  CHECK_THROWS_AS(core::check_memory(int64_t{1} << 62, 4), Error);
}

TEST_CASE("overlaps: one element in common is enough, and none is none", "[core][storage]") {
  const Tensor x = arange(10., {.dtype = float32});
  CHECK(overlaps(x(slice(0, 5)), x(slice(4, 9))));
  CHECK(overlaps(x(slice(4, 9)), x(slice(0, 5))));
  CHECK_FALSE(overlaps(x(slice(0, 5)), x(slice(5, 10))));
  CHECK_FALSE(overlaps(x(slice(5, 10)), x(slice(0, 5))));
  CHECK(overlaps(x, x(slice(9, 10))));
  CHECK(overlaps(x[3], x));
  CHECK_FALSE(overlaps(x[3], x[4]));
  CHECK_FALSE(overlaps(x, x));  // the same view: each element meets itself
  CHECK_FALSE(overlaps(x, x.view({10})));
  CHECK(overlaps(x.view({2, 5}), x));  // another shape
  CHECK(overlaps(x(slice(0, 9)).view({3, 3}), x(slice(0, 9)).view({3, 3}).t()));
  CHECK_FALSE(overlaps(x, x.clone()));
  CHECK_FALSE(overlaps(x(slice(0, 0)), x));
  CHECK_FALSE(overlaps(x, zeros({10}, {.device = Device::meta})));
}

TEST_CASE("overlaps looks at addresses, not at storages", "[core][storage]") {
  std::vector<float> memory(10);
  const Tensor a = from_blob(memory.data(), {6}), b = from_blob(memory.data() + 5, {5}),
               c = from_blob(memory.data() + 6, {4});
  CHECK(overlaps(a, b));
  CHECK_FALSE(overlaps(a, c));
}

TEST_CASE("writing where an operand is read, with one element in common", "[core][storage]") {
  for (const int64_t n : {2, 5, 40, 5000}) {
    Tensor x = arange(2 * n - 1, {.dtype = float32});
    Tensor expected = x.clone();
    expected(slice(n - 1, none)) = x(slice(n - 1, none)) + x(slice(n));
    x(slice(n - 1, none)) += x(slice(n));
    CAPTURE(n);
    CHECK(equal(x, expected));

    Tensor y = arange(2 * n - 1, {.dtype = float32});
    Tensor shifted = y.clone();
    shifted(slice(n - 1, none)) = y(slice(n)).clone();
    y(slice(n - 1, none)).copy_(y(slice(n)));
    CHECK(equal(y, shifted));
  }
}

TEST_CASE("copying a matrix onto its transpose", "[core][storage]") {
  for (const int64_t n : {2, 3, 17, 130}) {
    const Tensor m = arange(n * n, {.dtype = float32}).view({n, n});
    const Tensor expected = m.t().clone();
    m.copy_(m.t());
    CAPTURE(n);
    CHECK(equal(m, expected));
  }
}
