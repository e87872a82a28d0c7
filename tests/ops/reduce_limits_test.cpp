// Reductions, sorting and selections around every size at which they are cut into blocks.
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/softmax.h"
#include "ops/reduce/reduced.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// Whole numbers whose sums are exact and whose places can be told from their values.
Tensor places(const Shape& shape, DType dtype = float64) {
  return (arange(shape.numel()) * 7).remainder(11).sub(5).view(shape).to(dtype);
}

/// x's lines along `dim` as rows of a contiguous matrix [lines, n], and the shape of a result.
Tensor rows(const Tensor& x, int64_t dim) {
  const Tensor last = x.transpose(dim, -1).contiguous();
  return last.view({-1, x.size(dim)});
}

/// Compares reductions along `dim` with plain loops.
void check(const Shape& shape, int64_t dim, DType dtype) {
  const Tensor x = places(shape, dtype);
  CAPTURE(shape.to_string(), dim, name(dtype));
  const Tensor lines = rows(x.to(float64), dim);
  const auto flat = [&](const Tensor& y) {  // a result in the order of `lines`
    return y.unsqueeze(dim).transpose(dim, -1).contiguous().view({-1}).to_vector<double>();
  };
  const auto sums = flat(x.sum(dim)), high = flat(x.amax(dim)), low = flat(x.amin(dim)),
             at = flat(x.argmax(dim)), last = flat(x.flip(dim).argmin(dim)),
             any_five = flat((x == 5).any(dim)), counts = flat((x == 5).sum(dim));
  const auto means = flat(x.to(float64).mean(dim)), squares = flat(x.to(float64).norm(2, dim)),
             deviations = flat(x.to(float64).var(dim, 0)),
             threes = flat(x.to(float64).norm(3, dim));
  const int64_t n = shape[dim];
  for (int64_t i = 0; i < lines.size(0); ++i) {
    const std::vector<double> line = lines[i].to_vector<double>();
    const auto k = static_cast<size_t>(i);
    double sum = 0, square = 0, cube = 0, count = 0;
    int64_t first_high = 0, last_low = 0;
    for (int64_t j = 0; j < n; ++j) {
      const double v = line[static_cast<size_t>(j)];
      sum += v;
      square += v * v;
      cube += std::fabs(v * v * v);
      count += v == 5;
      if (v > line[static_cast<size_t>(first_high)]) first_high = j;
      if (v <= line[static_cast<size_t>(last_low)]) last_low = j;
    }
    REQUIRE(sums[k] == sum);
    REQUIRE(high[k] == line[static_cast<size_t>(first_high)]);
    REQUIRE(low[k] == line[static_cast<size_t>(last_low)]);
    REQUIRE(at[k] == static_cast<double>(first_high));
    REQUIRE(last[k] == static_cast<double>(n - 1 - last_low));
    REQUIRE(any_five[k] == (count > 0 ? 1 : 0));
    REQUIRE(counts[k] == count);
    const double mean = sum / static_cast<double>(n);
    REQUIRE(means[k] == Approx(mean).margin(1e-12));
    REQUIRE(squares[k] == Approx(std::sqrt(square)));
    REQUIRE(deviations[k] == Approx(square / static_cast<double>(n) - mean * mean).margin(1e-9));
    REQUIRE(threes[k] == Approx(std::cbrt(cube)));
  }
}

}  // namespace

TEST_CASE("reductions of lines around the size of a block", "[ops][limits]") {
  const int64_t block = kernels::sum_block;
  for (const int64_t n :
       {int64_t{1}, int64_t{2}, int64_t{511}, int64_t{512}, int64_t{513}, block - 1, block,
        block + 1, 2 * block - 1, 2 * block, 2 * block + 1, 3 * block + 1})
    for (const DType dtype : {float64, float32, int64}) {
      check({n}, 0, dtype);
      check({2, n}, 1, dtype);
    }
}

TEST_CASE("reductions of columns around the sizes of their blocks", "[ops][limits]") {
  const int64_t block = compute::block_rows;
  for (const int64_t n : {int64_t{1}, block - 1, block, block + 1, 2 * block, 3 * block + 1})
    for (const DType dtype : {float64, float32, int32}) {
      check({n, 3}, 0, dtype);
      check({2, n, 5}, 1, dtype);
    }
  for (const int64_t inner :
       {compute::block_columns - 1, compute::block_columns, compute::block_columns + 1})
    for (const DType dtype : {float32, int64}) {
      check({3, inner}, 0, dtype);
      check({2, 257, inner}, 1, dtype);
    }
}

TEST_CASE("short rows, many at once", "[ops][limits]") {
  for (const int64_t n : {1, 3, 15, 16, 17, 33})
    for (const int64_t count : {255, 256, 257, 513}) check({count, n}, 1, float32);
  for (const int64_t count : {7, 8, 9, 16, 17}) check({count, 20}, 1, float64);
}

TEST_CASE("running sums around the width of their parts", "[ops][limits]") {
  for (const int64_t inner : {1, 2, 255, 256, 257, 512, 513})
    for (const DType dtype : {float32, int64, float16}) {
      const Tensor x = places({2, 5, inner}, dtype);
      const Tensor y = x.cumsum(1);
      CAPTURE(inner, name(dtype));
      Tensor running = zeros({2, inner}, y.dtype());
      for (int64_t i = 0; i < 5; ++i) {
        running = running + x.select(1, i).to(y.dtype());
        REQUIRE(equal(y.select(1, i), running));
      }
    }
  const Tensor bools = tensor({true, true, false, true});
  CHECK(bools.cumsum(0).to_vector<int64_t>() == std::vector<int64_t>{1, 2, 2, 3});
  CHECK(bools.cumsum(0).dtype() == int64);
}

TEST_CASE("softmax and logsumexp of columns around the widths of their tiles", "[ops][limits]") {
  std::vector<int64_t> widths;
  for (const int64_t tile : {compute::tile_columns, kernels::softmax_columns_at_once})
    for (const int64_t by : {-1, 0, 1}) {
      widths.push_back(tile + by);
      widths.push_back(2 * tile + by);
    }
  manual_seed(0);
  for (const int64_t inner : widths)
    for (const DType dtype : {float32, float64, bfloat16}) {
      const Tensor x = randn({2, 3, inner}).to(dtype);
      const double near = dtype == float64 ? 1e-13 : dtype == float32 ? 1e-5 : 0.02;
      CAPTURE(inner, name(dtype));
      const Tensor wide = x.to(float64);
      const Tensor total = wide.exp().sum(1, true);
      CHECK(allclose(x.softmax(1).to(float64), wide.exp() / total, near, near));
      CHECK(allclose(x.log_softmax(1).to(float64), wide - total.log(), near, near));
      CHECK(allclose(x.logsumexp(1).to(float64), total.log().squeeze(1), near, near));
      const Tensor in = x.clone().requires_grad_();
      const Tensor g = randn({2, 3, inner}).to(dtype), dy = g.to(float64);
      const Tensor y = wide.exp() / total;
      const Tensor soft = autograd::grad({in.softmax(1)}, {in}, {.grad_outputs = {g}})[0];
      CHECK(allclose(soft.to(float64), y * (dy - (dy * y).sum(1, true)), near, near));
      const Tensor log = autograd::grad({in.log_softmax(1)}, {in}, {.grad_outputs = {g}})[0];
      CHECK(allclose(log.to(float64), dy - y * dy.sum(1, true), near, 2 * near));
    }
}

TEST_CASE("layer_norm's parameters sum over blocks of rows", "[ops][limits]") {
  manual_seed(1);
  for (const auto& [count, n] : {std::pair<int64_t, int64_t>{63, 3},
                                 {64, 64},
                                 {65, 64},
                                 {1365, 3},
                                 {1366, 3},
                                 {128, 65},
                                 {129, 63},
                                 {130, 4096},
                                 {1, 5},
                                 {2, 1}})
    for (const DType dtype : {float32, float64, bfloat16}) {
      if (count * n > 100000 && dtype != float32) continue;
      const Shape features{n};  // no lambda takes a structured binding on every compiler
      const Tensor x = randn({count, n}).to(dtype), w = randn({n}).to(dtype),
                   g = randn({count, n}).to(dtype);
      CAPTURE(count, n, name(dtype));
      const auto gradients = [&](const Tensor& in, const Tensor& weight, const Tensor& given,
                                 bool composed) {
        const Tensor a = in.clone().requires_grad_(), b = weight.clone().requires_grad_(),
                     c = zeros(features, in.dtype()).requires_grad_();
        const Tensor y = layer_norm(a, features, b, c, 0.1);
        return autograd::grad({y}, {a, b, c}, {.grad_outputs = {given}, .create_graph = composed});
      };
      const auto truth = gradients(x.to(float64), w.to(float64), g.to(float64), true);
      const auto got = gradients(x, w, g, false);
      const double near = dtype == float64 ? 1e-10 : dtype == float32 ? 1e-4 : 0.03;
      for (size_t i = 0; i < 3; ++i) {
        const double scale = truth[i].abs().max().item<double>() + 1;
        CHECK((got[i].to(float64) - truth[i]).abs().max().item<double>() <= near * scale);
      }
    }
}

TEST_CASE("masks longer than a thread's part", "[ops][limits]") {
  for (const int threads : {1, 3}) {
    const NumThreadsGuard guard(threads);
    for (const int64_t n : {65535, 65536, 65537, 131072, 131073}) {
      const Tensor x = arange(n), mask = (x.remainder(3) == 0);
      CAPTURE(threads, n);
      const Tensor expected = arange(0, n, 3);
      CHECK(equal(nonzero(mask).view({-1}), expected));
      CHECK(equal(masked_select(x, mask), expected));
      CHECK(equal(x(mask), expected));
      CHECK(nonzero(x).size(0) == n - 1);
      CHECK(nonzero(zeros({n})).size(0) == 0);
      CHECK(masked_select(x, ones({n}, bool_)).numel() == n);
    }
  }
}

TEST_CASE("the k largest around an eighth of all", "[ops][limits]") {
  manual_seed(2);
  for (const DType dtype : {float32, float64, int64, bfloat16})
    for (const int64_t n : {8, 15, 16, 17, 64, 100}) {
      const Tensor x = dtype == int64 ? randint(0, 50, {3, n}) : randn({3, n}).to(dtype);
      for (const int64_t k : {int64_t{0}, int64_t{1}, n / 8 - 1, n / 8, n / 8 + 1, n - 1, n})
        for (const bool largest : {false, true}) {
          if (k < 0) continue;
          CAPTURE(name(dtype), n, k, largest);
          const ValuesIndices top = x.topk(k, -1, largest), sorted = x.sort(-1, largest);
          REQUIRE(equal(top.indices, sorted.indices.slice(1, 0, k)));
          REQUIRE(equal(top.values, sorted.values.slice(1, 0, k)));
          REQUIRE(equal(x.gather(1, top.indices), top.values));
        }
    }
  CHECK_THROWS_WITH(ones({4}).topk(5), "selected index k out of range: 5 of the 4 in dimension 0");
  CHECK_THROWS_WITH(ones({4}).topk(-1),
                    "selected index k out of range: -1 of the 4 in dimension 0");
  CHECK_THROWS_WITH(tensor(1.).topk(2), ContainsSubstring("selected index k out of range: 2 of "));
  CHECK(tensor(1.).topk(1).values.item<float>() == 1);
}

TEST_CASE("long sums of halves, and their means, are rounded once", "[ops][limits]") {
  for (const int64_t n : {4096, 4097, 70000}) {
    const Tensor x = full({n}, 0.1, float16);
    const double each = x[0].item<double>();
    CHECK(x.mean().item<double>() == each);
    CHECK(x.sum().item<float>() ==
          static_cast<float>(Half(static_cast<float>(each * static_cast<double>(n)))));
  }
  CHECK(std::isinf(full({70000}, 10., float16).sum().item<float>()));
}
