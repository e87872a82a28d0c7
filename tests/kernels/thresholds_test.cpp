// The sizes at which another way of computing begins: which way is taken at, below and above each.
// The numbers are alike on both sides, so that only these tests tell.
#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "catch.h"
#include "compute/elementwise.h"
#include "compute/linear.h"
#include "compute/product.h"
#include "core/iterate.h"
#include "core/team.h"
#include "kernels/gemm/few_rows.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/gemm_policy.h"
#include "kernels/simd/stream.h"
#include "ops/reduce/reduced.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

TEST_CASE("results are streamed from 6 MiB on, 32 MiB with what is read", "[kernels][limits]") {
  using kernels::Stores;
  constexpr int64_t mib = int64_t{1} << 20;
  CHECK(kernels::stores_for(6 * mib - 1) == Stores::cached);
  CHECK(kernels::stores_for(6 * mib) == Stores::streaming);
  CHECK(kernels::stores_for_all(32 * mib - 1) == Stores::cached);
  CHECK(kernels::stores_for_all(32 * mib) == Stores::streaming);
  const auto on_meta = [](int64_t n, DType dtype) {
    return empty({n}, {.dtype = dtype, .device = Device::meta});
  };
  CHECK(compute::stores_for(on_meta(6 * mib / 4 - 1, float32)) == Stores::cached);
  CHECK(compute::stores_for(on_meta(6 * mib / 4, float32)) == Stores::streaming);
  CHECK(compute::stores_for(on_meta(6 * mib / 8, float64)) == Stores::streaming);
  CHECK(compute::stores_for(on_meta(6 * mib - 1, uint8)) == Stores::cached);
  CHECK_FALSE(compute::exceeds_caches(on_meta(16 * mib / 4 - 1, float32)));
  CHECK(compute::exceeds_caches(on_meta(16 * mib / 4, float32)));
  CHECK(compute::exceeds_caches(on_meta(16 * mib / 2, float16)));
}

TEST_CASE("up to 16 rows of more than 64 x 64 weights are multiplied as they lie",
          "[kernels][limits]") {
  const auto by_features = [](int64_t rows, int64_t in, int64_t out, bool turned = false) {
    const Tensor w = turned ? ones({in, out}).t() : ones({out, in}), none_given;
    return compute::Layer(w, none_given, rows).by_features();
  };
  REQUIRE(kernels::most_few_rows == 16);
  CHECK(by_features(16, 100, 100));
  CHECK_FALSE(by_features(17, 100, 100));
  CHECK(by_features(1, 100, 100));
  CHECK_FALSE(by_features(1, 64, 64));
  CHECK(by_features(1, 4097, 1));
  CHECK_FALSE(by_features(1, 4096, 1));
  CHECK_FALSE(by_features(1, 100, 100, true));  // not along the rows
}

TEST_CASE("64 x 64 weights are kept plain, larger ones in oneDNN's layout", "[kernels][limits]") {
  // oneDNN pads to whole vectors, which shows in the bytes where the sizes are odd.
  const std::vector<float> w(80 * 80, 1);
  const auto bytes = [&](int64_t n, int64_t k) {
    return kernels::pack_weights(w.data(), n, k, k, 1)->bytes();
  };
  CHECK(bytes(64, 64) == 64 * 64 * 4);
  CHECK(bytes(1, 4096) == 4096 * 4);
  CHECK(bytes(63, 65) == 63 * 65 * 4);
  CHECK(bytes(3, 5) == 3 * 5 * 4);
}

TEST_CASE("row blocks: the table", "[kernels][limits]") {
  struct Row {
    int64_t m, n, k, block;
  };
  for (const auto& [m, n, k, block] : std::initializer_list<Row>{
           {0, 5, 5, 1},          {1, 512, 512, 1},     {2, 512, 512, 2},
           {16, 512, 512, 16},    {17, 512, 512, 9},    {32, 512, 512, 16},
           {33, 512, 512, 9},     {64, 512, 512, 16},   {65, 512, 512, 9},
           {100, 512, 512, 13},   {256, 512, 512, 16},  {257, 512, 512, 17},
           {512, 512, 512, 32},   {1000, 512, 512, 63}, {1536, 512, 512, 96},
           {1537, 512, 512, 65},  {3200, 512, 512, 80}, {100000, 512, 512, 96},
           {64, 64, 64, 64},      {65, 64, 64, 64},     {1000, 64, 64, 64},
           {1537, 64, 64, 65},    {3200, 64, 64, 80},   {3200, 1, 1, 3200},
           {100000, 1, 1, 100000}}) {
    CAPTURE(m, n, k);
    CHECK(kernels::preferred_row_block(m, n, k) == block);
  }
  // Enough work for a thread each: at most 96 rows, and a number of blocks that divides well.
  for (int64_t m = 2; m < 4000; m += 13) {
    const int64_t block = kernels::preferred_row_block(m, 512, 512), blocks = (m - 1) / block + 1;
    CAPTURE(m, block);
    CHECK(block <= 96);
    CHECK((blocks <= 2 || blocks == 4 || blocks % 8 == 0 || blocks % 8 == 7));
  }
  // Too little: whole.
  for (const int64_t m : {2, 63, 64}) CHECK(kernels::preferred_row_block(m, 64, 64) == m);
}

TEST_CASE("blocks of a product cover its rows, on threads where that pays", "[ops][limits]") {
  const core::AlwaysTeams teams;
  const NumThreadsGuard threads(3);
  for (const int64_t m : {0, 1, 16, 17, 100, 1000})
    for (const int64_t n : {0, 1, 300})
      for (const int64_t batches : {0, 1, 3}) {
        std::vector<std::atomic<int>> met(static_cast<size_t>(batches * m));
        compute::for_each_block(batches, m, n, 300, [&](int64_t batch, int64_t row, int64_t rows) {
          for (int64_t i = row; i < row + rows; ++i) ++met[static_cast<size_t>(batch * m + i)];
        });
        CAPTURE(m, n, batches);
        int wrong = 0;
        for (const auto& count : met) wrong += count != (n == 0 ? 0 : 1);
        CHECK(wrong == 0);
      }
}

TEST_CASE("pointwise work is shared out from 16384 elements on", "[core][limits]") {
  const core::AlwaysTeams teams;
  const NumThreadsGuard threads(2);
  const auto parts = [](const Tensor& x, const Tensor& y) {
    std::atomic<int64_t> calls = 0, elements = 0;
    compute::elementwise(x, {y}, [&](char* const*, const int64_t*, int64_t n) {
      ++calls;
      elements += n;
    });
    CHECK(elements == x.numel());
    return calls.load();
  };
  const auto flat = [&](int64_t n) { return parts(zeros({n}), zeros({n})); };
  CHECK(flat(0) == 0);
  CHECK(flat(1) == 1);
  CHECK(flat(16384) == 1);
  CHECK(flat(16385) == 2);
  const auto strided = [&](int64_t n) {
    return parts(zeros({2 * n})(slice(none, none, 2)), zeros({n}));
  };
  CHECK(strided(16384) == 1);
  CHECK(strided(16385) == 2);
  // Transposed operands go tile by tile, of 64 rows and columns for floats.
  const auto tiled = [&](int64_t rows, int64_t cols) {
    return parts(zeros({rows, cols}), zeros({cols, rows}).t());
  };
  CHECK(tiled(7, 100) == 7);   // one side of fewer than 8 is walked as it lies
  CHECK(tiled(64, 64) == 64);  // a run for each row of a tile
  CHECK(tiled(128, 64) == 128);
  CHECK(tiled(65, 65) == 65 * 2);
}

TEST_CASE("integer products around their blocks", "[kernels][limits]") {
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{2, 255, 63},
                                {2, 256, 64},
                                {3, 257, 65},
                                {1, 513, 129},
                                {2, 512, 128},
                                {1, 1, 200},
                                {5, 300, 1}}) {
    const Tensor a = randint(-9, 9, {m, k}), b = randint(-9, 9, {k, n});
    CAPTURE(m, n, k);
    const Tensor truth = mm(a.to(float64), b.to(float64)).to(int64);
    CHECK(equal(mm(a, b), truth));
    CHECK(equal(mm(a, b.t().contiguous().t()), truth));
    CHECK(equal(mm(a.to(int32), b.to(int32)).to(int64), truth));
    CHECK(equal(mm(a.to(uint8), b.to(uint8)), truth.to(uint8)));  // wraps
  }
}

TEST_CASE("combining in pairs keeps the order, for any count", "[ops][limits]") {
  struct Join {
    std::string combine(const std::string& a, const std::string& b) const { return a + b; }
  };
  for (const int64_t count : {1, 2, 3, 4, 5, 7, 8, 9}) {
    std::vector<std::string> parts;
    for (int64_t i = 0; i < count; ++i)
      for (const char* column : {"a", "b"}) parts.push_back(column + std::to_string(i));
    std::string a, b;
    for (int64_t i = 0; i < count; ++i) a += "a" + std::to_string(i), b += "b" + std::to_string(i);
    compute::combine_pairs(Join(), parts.data(), count, 2);
    CHECK(parts[0] == a);
    CHECK(parts[1] == b);
  }
}
