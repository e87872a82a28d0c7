// Products around every size at which another way of computing them begins, in every dtype.
#include <cmath>
#include <limits>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// a b + bias in double, element by element.
Tensor naive(const Tensor& a, const Tensor& b, const Tensor& bias = {}) {
  const auto x = a.to(float64).to_vector<double>(), y = b.to(float64).to_vector<double>();
  const auto start = bias.defined() ? bias.to_vector<double>() : std::vector<double>();
  const int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  std::vector<double> result;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = start.empty() ? 0 : start[static_cast<size_t>(j)];
      for (int64_t t = 0; t < k; ++t)
        sum += x[static_cast<size_t>(i * k + t)] * y[static_cast<size_t>(t * n + j)];
      result.push_back(sum);
    }
  return tensor(result, {.dtype = float64}).view({m, n});
}

/// Largest distance from the truth that rounding explains: a sum of k products of numbers near 1.
double tolerance(DType dtype, int64_t k) {
  const double eps = dtype == float64    ? 0x1p-52
                     : dtype == float32  ? 0x1p-23
                     : dtype == bfloat16 ? 0x1p-7
                                         : 0x1p-10;
  const double sums = dtype == bfloat16 || dtype == float16 ? 0x1p-23 : eps;
  return 8 * (sums * static_cast<double>(k) + eps * std::sqrt(static_cast<double>(k)));
}

double distance(const Tensor& a, const Tensor& b) {
  return a.numel() == 0 ? 0 : (a.to(float64) - b.to(float64)).abs().max().item<double>();
}

struct Size {
  int64_t m, k, n;
};

}  // namespace

TEST_CASE("linear with a bias agrees with float64 around every change of kernel",
          "[matmul][linear]") {
  // 64 * 64 weights, 16 and 17 rows, k n of 2^17 and one element on both sides, a single column.
  for (const auto& [m, k, n] :
       {Size{1, 1, 1}, Size{1, 64, 64}, Size{1, 64, 65}, Size{1, 256, 511}, Size{1, 256, 512},
        Size{1, 256, 513}, Size{1, 131071, 1}, Size{1, 131072, 1}, Size{1, 131073, 1},
        Size{1, 1, 131072}, Size{2, 300, 500}, Size{16, 100, 70}, Size{17, 100, 70}, Size{3, 0, 4},
        Size{0, 3, 4}, Size{3, 4, 0}, Size{97, 33, 1}}) {
    for (const DType dtype : {float32, float64, bfloat16, float16}) {
      manual_seed(1);
      const Tensor x = randn({m, k}).to(dtype), w = randn({n, k}).to(dtype);
      const Tensor bias = (randn({n}) * 1000).to(dtype);  // one that is left out is seen
      CAPTURE(m, k, n, name(dtype));
      const double near = tolerance(dtype, k) + (dtype == bfloat16  ? 32
                                                 : dtype == float16 ? 4
                                                 : dtype == float32 ? 1e-3
                                                                    : 1e-9);
      CHECK(distance(linear(x, w, bias), naive(x, w.t(), bias)) <= near);
      CHECK(distance(linear(x, w), naive(x, w.t())) <= tolerance(dtype, k));
      // The weight lies the other way, and as every second column of a wider one.
      const Tensor across = w.t().contiguous().t();
      CHECK(distance(linear(x, across, bias), naive(x, w.t(), bias)) <= near);
      const Tensor wide = zeros({n, 2 * k}, {.dtype = dtype});
      wide(all, slice(none, none, 2)) = w;
      CHECK(distance(linear(x, wide(all, slice(none, none, 2)), bias), naive(x, w.t(), bias)) <=
            near);
    }
  }
}

TEST_CASE("a row times a matrix, and addmm's bias, around 2^17 elements", "[matmul]") {
  for (const auto& [m, k, n] : {Size{1, 256, 511}, Size{1, 256, 512}, Size{1, 512, 257},
                                Size{511, 257, 1}, Size{512, 256, 1}, Size{9, 40, 80}}) {
    for (const DType dtype : {float32, float64}) {
      manual_seed(2);
      const Tensor a = randn({m, k}).to(dtype), b = randn({k, n}).to(dtype);
      const Tensor bias = (randn({n}) * 1000).to(dtype);
      CAPTURE(m, k, n, name(dtype));
      const double near = tolerance(dtype, k) + (dtype == float32 ? 1e-3 : 1e-9);
      CHECK(distance(matmul(a, b), naive(a, b)) <= tolerance(dtype, k));
      CHECK(distance(addmm(bias, a, b), naive(a, b, bias)) <= near);
      CHECK(distance(matmul(a, b.t().contiguous().t()), naive(a, b)) <= tolerance(dtype, k));
      CHECK(distance(matmul(a.t().contiguous().t(), b), naive(a, b)) <= tolerance(dtype, k));
    }
  }
}

TEST_CASE("addmm: a beta of 0 drops the input, nan and infinity included", "[matmul]") {
  for (const DType dtype : {float32, float64, bfloat16, float16}) {
    const Tensor a = ones({2, 3}, {.dtype = dtype}), b = ones({3, 2}, {.dtype = dtype});
    const Tensor expected = full({2, 2}, 3, {.dtype = dtype});
    CAPTURE(name(dtype));
    for (const double bad : {not_a_number, infinity, -infinity}) {
      const Tensor x = full({2, 2}, bad, {.dtype = dtype});
      CHECK(equal(addmm(x, a, b, 0), expected));
      CHECK(equal(addmm(x, a, b, 0.0, 1), expected));
      CHECK(equal(x.addmm(a, b, 0), expected));
      CHECK_FALSE(equal(addmm(x, a, b, 1), expected));
    }
    const Tensor two = full({2, 2}, 2, {.dtype = dtype});
    CHECK(equal(addmm(two, a, b, 2, 3), full({2, 2}, 13, {.dtype = dtype})));
    CHECK(equal(addmm(two, a, b, 1, 0), two));
  }
  // The gradient of what is dropped is 0.
  const Tensor x = full({2, 2}, not_a_number).requires_grad_();
  addmm(x, ones({2, 3}), ones({3, 2}), 0).sum().backward();
  CHECK(equal(x.grad(), zeros({2, 2})));
}

TEST_CASE("addmm of integers", "[matmul]") {
  const Tensor a = arange(6).view({2, 3}), b = arange(6).view({3, 2}),
               x = ones({2}, {.dtype = int64});
  CHECK(equal(addmm(x, a, b), matmul(a, b) + 1));
  CHECK(equal(addmm(x, a, b, 0, 2), matmul(a, b) * 2));
  CHECK_THROWS_AS(addmm(x, a, b, 0.5), TypeError);
  CHECK_THROWS_AS(addmm(x, a, b, 1, 0.5), TypeError);
  CHECK_THROWS_AS(addmm(ones({3}, {.dtype = int64}), a, b), ShapeError);
  CHECK_THROWS_AS(addmm(x, a[0], b), ShapeError);
  CHECK_THROWS_AS(addmm(x, a, b[0]), ShapeError);
  CHECK_THROWS_AS(addmm(x.to(float32), a, b), TypeError);
}

TEST_CASE("addmm of integers takes whole factors only", "[matmul]") {
  const Tensor x = ones({2, 2}, {.dtype = int64}), a = ones({2, 3}, {.dtype = int64}),
               b = ones({3, 2}, {.dtype = int64});
  const auto refused =
      "For integral input tensors, argument beta and alpha must not be a floating point number.";
  CHECK_THROWS_WITH(addmm(x, a, b, 1.0), refused);
  CHECK_THROWS_WITH(addmm(x, a, b, 1, 2.0), refused);
  CHECK(equal(addmm(x, a, b, 2, 3), full({2, 2}, 11, {.dtype = int64})));
  CHECK_NOTHROW(addmm(x.to(float32), a.to(float32), b.to(float32), 0.5, 1.5));
}
