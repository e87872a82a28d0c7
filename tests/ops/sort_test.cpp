#include <numeric>

#include "catch.h"
#include "ops/reduce_model.h"
#include "wick/autograd.h"

using namespace wick;
using namespace reduce_model;
using Line = std::vector<double>;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> dtypes = {float32, float64, bfloat16, float16, int64, int32, uint8, bool_};

/// The positions of the elements in stable order, nan largest.
std::vector<size_t> model(const Line& line, bool descending) {
  std::vector<size_t> order(line.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto less = [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return descending ? less(line[b], line[a]) : less(line[a], line[b]);
  });
  return order;
}

void check_sorted(const Tensor& x, const ValuesIndices& y, int64_t dim, bool descending) {
  REQUIRE(y.values.dtype() == x.dtype());
  REQUIRE(y.indices.dtype() == int64);
  REQUIRE(y.indices.shape() == y.values.shape());
  const auto from = lines(x, 1U << dim), values = lines(y.values, 1U << dim),
             indices = lines(y.indices, 1U << dim);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto order = model(from[i], descending);
    for (size_t j = 0; j < values[i].size(); ++j) {
      REQUIRE(indices[i][j] == static_cast<double>(order[j]));
      REQUIRE(same(values[i][j], from[i][order[j]]));
    }
  }
}

Tensor special(int64_t count) {
  const Line choice = {missing, inf, -inf, 0.0, -0.0, 1, -1, 1e-40, -1e-40, 3e38};
  Line values(static_cast<size_t>(count));
  for (auto& v : values) v = choice[static_cast<size_t>(pick(0, 9))];
  return tensor(values);
}

}  // namespace

TEST_CASE("sort, argsort and topk agree with a naive model", "[sort]") {
  for (const DType dtype : dtypes) {
    for (int i = 0; i < 50; ++i) {
      const Tensor x = random_view(dtype, pick(1, 4), 0);
      CAPTURE(name(dtype), x.shape().to_string(), x.strides().to_string());
      const int64_t dim = pick(0, x.dim() - 1);
      const bool descending = pick(0, 1) == 1;
      const ValuesIndices y = sort(x, dim - x.dim(), descending);
      REQUIRE(y.values.shape() == x.shape());
      check_sorted(x, y, dim, descending);
      REQUIRE(equal(argsort(x, dim, descending), y.indices));
      const int64_t k = pick(0, x.size(dim));
      const ValuesIndices top = topk(x, k, dim, descending);
      REQUIRE(top.values.size(dim) == k);
      check_sorted(x, top, dim, descending);
    }
  }
  for (const DType dtype : {float32, float64, float16, int64}) {
    const Tensor x = dtype == int64 ? tensor(numbers(20'000, int64)).to(int64)
                                    : cat({noise({10'000}, dtype), special(10'000).to(dtype)});
    for (const bool descending : {false, true}) {
      check_sorted(x, sort(x, 0, descending), 0, descending);
      check_sorted(x, topk(x, 100, 0, descending), 0, descending);
      const Tensor columns = x.view({200, 100});
      check_sorted(columns, sort(columns, 0, descending), 0, descending);
    }
  }
}

TEST_CASE("nan is the largest and equals keep their order", "[sort]") {
  const Tensor x = tensor({missing, 1., missing, inf});
  CHECK(x.argsort().to_vector<int64_t>() == std::vector<int64_t>{1, 3, 0, 2});
  CHECK(x.argsort(0, true).to_vector<int64_t>() == std::vector<int64_t>{0, 2, 3, 1});
  CHECK(x.topk(2).indices.to_vector<int64_t>() == std::vector<int64_t>{0, 2});
  CHECK(x.topk(2, 0, false).indices.to_vector<int64_t>() == std::vector<int64_t>{1, 3});
  const auto zeros = tensor({0., -0., 0.}).sort();
  CHECK(zeros.indices.to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2});
  CHECK(std::signbit(zeros.values.to_vector<double>()[1]));
}

TEST_CASE("sorting gives the same for any number of threads", "[sort]") {
  const Tensor x = special(30'000).view({100, 300});
  CHECK(same_for_any_threads([&] { return x.argsort(1); }));
  CHECK(same_for_any_threads([&] { return x.topk(7, 0).indices; }));
}

TEST_CASE("sorting nothing, one element, and by mistake", "[sort]") {
  const Tensor scalar = tensor(3.);
  CHECK(scalar.sort().values.item<float>() == 3);
  CHECK(scalar.argsort().shape() == Shape{});
  CHECK(scalar.topk(1).indices.item<int>() == 0);
  CHECK(scalar.topk(0).values.item<float>() == 3);  // as PyTorch
  CHECK_THROWS_AS(scalar.topk(2), IndexError);
  const Tensor nothing = ones({2, 0});
  CHECK(nothing.sort(1).values.shape() == Shape{2, 0});
  CHECK(nothing.sort(0).indices.shape() == Shape{2, 0});
  CHECK(nothing.topk(0).values.shape() == Shape{2, 0});
  CHECK(ones({2, 3}).topk(0, 0).values.shape() == Shape{0, 3});
  CHECK_THROWS_WITH(ones({2, 3}).topk(4),
                    "selected index k out of range: 4 of the 3 in dimension 1");
  CHECK_THROWS_WITH(ones({2, 3}).topk(-1),
                    "selected index k out of range: -1 of the 3 in dimension 1");
  CHECK_THROWS_AS(ones({2, 3}).topk(1, 2), IndexError);
  CHECK_THROWS_AS(ones({2, 3}).sort(-3), IndexError);
  CHECK_THROWS_AS(Tensor().sort(), Error);
  CHECK_THROWS_AS(Tensor().topk(1), Error);
}

TEST_CASE("sorting on meta and in the graph", "[sort]") {
  const Tensor on_meta = empty({2, 3}, {.device = meta});
  CHECK(on_meta.sort(0).values.is_meta());
  CHECK(on_meta.argsort().dtype() == int64);
  CHECK(on_meta.topk(2).indices.shape() == Shape{2, 2});
  CHECK_THROWS_AS(on_meta.topk(5), Error);
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(x.sort().values.grad_fn() == "SortBackward0");
  CHECK(x.topk(1).values.grad_fn() == "TopkBackward0");
  CHECK(x.sort().indices.grad_fn().empty());
}
