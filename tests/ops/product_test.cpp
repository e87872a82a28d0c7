// Products of tensors: every pair of dimensions, what does not fit, large ones in tiles.
#include <cmath>
#include <vector>

#include "catch.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// a b for matrices, element by element from sums in float64.
Tensor by_sums(const Tensor& a, const Tensor& b) {
  return (a.to(float64).unsqueeze(-1) * b.to(float64).unsqueeze(-3)).sum(-2);
}

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.numel() == 0 ? 0 : (a.to(float64) - b.to(float64)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("matmul of every pair of dimensions", "[ops][matmul]") {
  manual_seed(0);
  for (const DType dtype : {float32, float64, int64, int32, uint8}) {
    const auto make = [&](const Shape& shape) { return randint(0, 5, shape, dtype); };
    const auto check = [&](const Shape& a, const Shape& b, const Shape& result) {
      const Tensor x = make(a), y = make(b);
      const Tensor z = matmul(x, y);
      CAPTURE(name(dtype), a.to_string(), b.to_string());
      REQUIRE(z.shape() == result);
      REQUIRE(z.dtype() == dtype);
      const Tensor left = a.size() == 1 ? x.unsqueeze(0) : x;
      const Tensor right = b.size() == 1 ? y.unsqueeze(1) : y;
      REQUIRE(distance(z, by_sums(left, right).view(result)) == 0);
      REQUIRE(equal(x.matmul(y), z));
      REQUIRE(matmul(x.to(Device::meta), y).shape() == result);
    };
    check({3}, {3}, {});
    check({1}, {1}, {});
    check({0}, {0}, {});
    check({2, 3}, {3}, {2});
    check({3}, {3, 2}, {2});
    check({2, 3}, {3, 4}, {2, 4});
    check({2, 0}, {0, 4}, {2, 4});
    check({0, 3}, {3, 4}, {0, 4});
    check({2, 3}, {3, 0}, {2, 0});
    check({5, 2, 3}, {3}, {5, 2});
    check({5, 2, 3}, {3, 4}, {5, 2, 4});
    check({3}, {5, 3, 4}, {5, 4});
    check({2, 3}, {5, 3, 4}, {5, 2, 4});
    check({5, 2, 3}, {5, 3, 4}, {5, 2, 4});
    check({1, 2, 3}, {5, 3, 4}, {5, 2, 4});
    check({5, 2, 3}, {1, 3, 4}, {5, 2, 4});
    check({6, 1, 2, 3}, {5, 3, 4}, {6, 5, 2, 4});
    check({6, 5, 2, 3}, {3}, {6, 5, 2});
    check({0, 2, 3}, {3, 4}, {0, 2, 4});
    check({5, 0, 3}, {5, 3, 4}, {5, 0, 4});
  }
}

TEST_CASE("products that do not fit", "[ops][matmul]") {
  const Tensor m = ones({2, 3}), v = ones({3}), b = ones({2, 2, 3});
  CHECK_THROWS_WITH(matmul(m, tensor(1.)),
                    "both arguments to matmul need to be at least 1D, but they are 2D and 0D");
  CHECK_THROWS_WITH(matmul(tensor(1.), m),
                    "both arguments to matmul need to be at least 1D, but they are 0D and 2D");
  CHECK_THROWS_WITH(matmul(m, m), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
  CHECK_THROWS_WITH(mm(v, m), "self must be a matrix, got shape [3]");
  CHECK_THROWS_WITH(mm(m, v), "mat2 must be a matrix, got shape [3]");
  CHECK_THROWS_WITH(bmm(m, b), "batch1 must be a 3D tensor, got shape [2, 3]");
  CHECK_THROWS_WITH(bmm(b, m), "batch2 must be a 3D tensor, got shape [2, 3]");
  CHECK_THROWS_WITH(bmm(b, ones({3, 3, 2})),
                    "Expected size for first two dimensions of batch2 tensor to be: [2, 3] but "
                    "got: [3, 3].");
  CHECK_THROWS_AS(bmm(b, ones({2, 2, 2})), ShapeError);
  CHECK_THROWS_WITH(mv(m, ones({2})), "size mismatch, got 2, 2x3,2");
  CHECK_THROWS_WITH(mv(v, v), "vector + matrix @ vector expected, got 1, 1, 1");
  CHECK_THROWS_AS(mv(m, m), ShapeError);
  CHECK_THROWS_WITH(dot(m, v), "1D tensors expected, but got 2D and 1D tensors");
  CHECK_THROWS_AS(dot(v, ones({4})), ShapeError);
  CHECK_THROWS_AS(dot(v, ones({3}, float64)), TypeError);
  CHECK_THROWS_WITH(outer(m, v), "outer: Expected 1-D argument self, but got 2-D");
  CHECK_THROWS_WITH(outer(v, m), "outer: Expected 1-D argument vec2, but got 2-D");
  CHECK_THROWS_AS(matmul(ones({3, 2, 3}), ones({2, 3, 4})), ShapeError);
  CHECK_THROWS_AS(matmul(v, ones({2, 4, 5})), ShapeError);
  CHECK_THROWS_AS(mm(m, ones({3, 2}, float64)), TypeError);
  CHECK_THROWS_AS(bmm(b, ones({2, 3, 2}, int64)), TypeError);
  CHECK_THROWS_AS(mv(m, ones({3}, int64)), TypeError);
  CHECK_THROWS_WITH(mm(m.to(bool_), m.t().to(bool_)),
                    "\"addmm_impl_cpu_\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(linear(m, v), "linear expects a weight with 2 dimensions, got [3]");
  CHECK_THROWS_WITH(linear(m, ones({4, 2})),
                    "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x4)");
  CHECK_THROWS_AS(linear(tensor(1.), m), ShapeError);
  CHECK_THROWS_AS(linear(m, m, ones({3})), ShapeError);
  CHECK_THROWS_AS(linear(m, m.to(float64)), TypeError);
  CHECK_THROWS_AS(linear(v, m.to(float64)), TypeError);
  CHECK_THROWS_AS(linear(m, m, ones({2}, float64)), TypeError);
}

TEST_CASE("large products, in tiles, agree with float64", "[ops][matmul]") {
  manual_seed(1);
  // Around 2^25 multiplications, from where on tiles are copied; more and fewer than 128 rows.
  struct Size {
    int64_t m, k, n;
  };
  for (const auto& [m, k, n] :
       {Size{256, 512, 256}, Size{255, 512, 256}, Size{257, 517, 261}, Size{128, 520, 520},
        Size{129, 520, 520}, Size{64, 1024, 513}, Size{700, 77, 700}}) {
    const Tensor a = randn({m, k}), b = randn({k, n});
    const Tensor truth = mm(a.to(float64), b.to(float64));
    const double near = 1e-5 * std::sqrt(static_cast<double>(k)) * 4;
    CAPTURE(m, k, n);
    for (const int threads : {1, 2}) {
      const NumThreadsGuard guard(threads);
      CHECK(distance(mm(a, b), truth) <= near);
    }
    CHECK(distance(mm(a.t().contiguous().t(), b), truth) <= near);
    CHECK(distance(mm(a, b.t().contiguous().t()), truth) <= near);
    const Tensor wide = zeros({k, 2 * n});
    wide(all, slice(none, none, 2)) = b;
    CHECK(distance(mm(a, wide(all, slice(none, none, 2))), truth) <= near);
  }
  const Tensor a = randn({3, 200, 300}), b = randn({3, 300, 190});
  CHECK(distance(bmm(a, b), bmm(a.to(float64), b.to(float64))) <= 1e-3);
  // The truth itself, against sums.
  const Tensor c = randn({20, 30}, float64), d = randn({30, 25}, float64);
  CHECK(distance(mm(c, d), by_sums(c, d)) <= 1e-12);
}

TEST_CASE("expanded operands are multiplied as what they show", "[ops][matmul]") {
  manual_seed(2);
  const Tensor a = randn({1, 40}).expand({50, 40}), b = randn({40, 1}).expand({40, 60});
  CHECK(distance(mm(a, b), mm(a.to(float64), b.to(float64))) <= 1e-4);
  const Tensor c = randn({4, 5}).expand({3, 4, 5}), d = randn({3, 5, 6});
  CHECK(distance(bmm(c, d), bmm(c.to(float64), d.to(float64))) <= 1e-5);
  CHECK(distance(mv(a, b.select(1, 0)), mm(a.to(float64), b.to(float64)).select(1, 0)) <= 1e-4);
  const Tensor x = randn({1}).expand({40});
  CHECK(distance(dot(x, x), by_sums(x.unsqueeze(0), x.unsqueeze(1)).view({})) <= 1e-4);
}

TEST_CASE("half products are summed in float32", "[ops][matmul]") {
  manual_seed(3);
  for (const DType dtype : {bfloat16, float16}) {
    const Tensor a = randn({7, 300}).to(dtype), b = randn({300, 9}).to(dtype);
    const Tensor truth = mm(a.to(float64), b.to(float64));
    CAPTURE(name(dtype));
    CHECK(mm(a, b).dtype() == dtype);
    const double unit = dtype == bfloat16 ? 0x1p-8 : 0x1p-11;
    CHECK(distance(mm(a, b), truth) <= unit * truth.abs().max().item<double>() + 1e-4);
    CHECK(distance(mv(a, b.select(1, 3)), truth.select(1, 3)) <=
          unit * truth.abs().max().item<double>() + 1e-4);
  }
}

TEST_CASE("linear with a bias of one element, and of other layouts", "[ops][linear]") {
  manual_seed(4);
  for (const DType dtype : {float32, float64, float16})
    for (const int64_t m : {1, 3, 40}) {
      const Tensor x = randn({m, 70}).to(dtype), w = randn({80, 70}).to(dtype);
      const Tensor plain = linear(x, w).to(float64);
      const double near = dtype == float16 ? 0.1 : 1e-4;
      CAPTURE(name(dtype), m);
      const Tensor one = tensor({3.}).to(dtype);
      CHECK(distance(linear(x, w, one), plain + 3) <= near);
      const Tensor spread = randn({80, 2}).to(dtype).select(1, 1);
      CHECK(distance(linear(x, w, spread), plain + spread.to(float64)) <= near);
      const Tensor repeated = one.expand({80});
      CHECK(distance(linear(x, w, repeated), plain + 3) <= near);
      const Tensor rows_apart = zeros({m, 100}, dtype);
      rows_apart(all, slice(70)) = x;
      CHECK(distance(linear(rows_apart(all, slice(70)), w), plain) <= near);
      const Tensor every_second = zeros({m, 140}, dtype);
      every_second(all, slice(none, none, 2)) = x;
      CHECK(distance(linear(every_second(all, slice(none, none, 2)), w), plain) <= near);
      CHECK(distance(linear(x.view({1, m, 1, 70}), w), plain.view({1, m, 1, 80})) <= near);
    }
}

TEST_CASE("products are recorded under PyTorch's names", "[ops][matmul]") {
  const Tensor m = ones({2, 3}).requires_grad_(), w = ones({4, 3}), v = ones({3}), bias = ones({4});
  CHECK(mm(m, w.t()).grad_fn() == "MmBackward0");
  CHECK(bmm(m.unsqueeze(0), w.t().unsqueeze(0)).grad_fn() == "BmmBackward0");
  CHECK(mv(m, v).grad_fn() == "MvBackward0");
  CHECK(dot(m[0], v).grad_fn() == "DotBackward0");
  CHECK(addmm(bias, m, w.t()).grad_fn() == "AddmmBackward0");
  CHECK(linear(m, w).grad_fn() == "MmBackward0");
  CHECK(linear(m, w, bias).grad_fn() == "AddmmBackward0");
  CHECK(linear(m[0], w).grad_fn() == "SqueezeBackward3");
  CHECK(linear(m[0], w, bias).grad_fn() == "AddBackward0");
  CHECK(linear(m.unsqueeze(0), w).grad_fn() == "UnsafeViewBackward0");
  CHECK(linear(m.unsqueeze(0), w, bias).grad_fn() == "ViewBackward0");
}
