// nn::init: what is drawn stays within its bounds, arguments at their limits, tensors of every
// dtype and layout.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/nn/init.h"
#include "wick/wick.h"

namespace {

namespace init = wick::nn::init;
using wick::empty;
using wick::Shape;
using wick::Tensor;
using wick::ValueError;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double tiny = std::numeric_limits<double>::denorm_min();

double largest(const Tensor& x) { return x.max().item<double>(); }
double smallest(const Tensor& x) { return x.min().item<double>(); }
double deviation(const Tensor& x) { return x.to(wick::float64).std().item<double>(); }

/// Every function that draws, on any tensor of two dimensions.
const std::vector<std::function<const Tensor&(const Tensor&)>>& drawing() {
  static const std::vector<std::function<const Tensor&(const Tensor&)>> all{
      [](const Tensor& t) -> const Tensor& { return init::uniform_(t); },
      [](const Tensor& t) -> const Tensor& { return init::normal_(t); },
      [](const Tensor& t) -> const Tensor& { return init::trunc_normal_(t); },
      [](const Tensor& t) -> const Tensor& { return init::xavier_uniform_(t); },
      [](const Tensor& t) -> const Tensor& { return init::xavier_normal_(t); },
      [](const Tensor& t) -> const Tensor& { return init::kaiming_uniform_(t); },
      [](const Tensor& t) -> const Tensor& { return init::kaiming_normal_(t); },
      [](const Tensor& t) -> const Tensor& { return init::orthogonal_(t); },
      [](const Tensor& t) -> const Tensor& { return init::sparse_(t, 0.5); }};
  return all;
}

}  // namespace

TEST_CASE("init: numbers stay within their bounds and fill them", "[init]") {
  wick::manual_seed(1);
  const auto within = [](const Tensor& x, double low, double high) {
    CHECK(smallest(x) >= low);
    CHECK(largest(x) <= high);
    CHECK(smallest(x) < low + 0.02 * (high - low));
    CHECK(largest(x) > high - 0.02 * (high - low));
  };
  const auto t = [] { return empty({64, 100}, wick::float64); };
  within(init::uniform_(t()), 0, 1);
  within(init::uniform_(t(), -3, 5), -3, 5);
  within(init::trunc_normal_(t(), 0, 5), -2, 2);
  within(init::trunc_normal_(t(), 1, 2, 0, 3), 0, 3);
  const auto root = [](double x) { return std::sqrt(x); };
  within(init::xavier_uniform_(t()), -root(6. / 164), root(6. / 164));
  within(init::xavier_uniform_(t(), 2), -2 * root(6. / 164), 2 * root(6. / 164));
  within(init::kaiming_uniform_(t()), -root(6. / 100), root(6. / 100));
  within(init::kaiming_uniform_(t(), 0, "fan_out"), -root(6. / 64), root(6. / 64));
  within(init::kaiming_uniform_(t(), 2), -root(6. / 5 / 100), root(6. / 5 / 100));
  within(init::kaiming_uniform_(t(), 2, "fan_in", "relu"), -root(6. / 100), root(6. / 100));
  within(init::kaiming_uniform_(t(), 0, "Fan_Out", "linear"), -root(3. / 64), root(3. / 64));
  CHECK(deviation(init::normal_(t(), 5, 3)) == Approx(3).epsilon(0.05));
  CHECK(deviation(init::xavier_normal_(t())) == Approx(root(2. / 164)).epsilon(0.05));
  CHECK(deviation(init::kaiming_normal_(t())) == Approx(root(2. / 100)).epsilon(0.05));
  CHECK(deviation(init::kaiming_normal_(t(), 1, "fan_out")) == Approx(root(1. / 64)).epsilon(0.05));
  CHECK(deviation(init::sparse_(t(), 0, 3)) == Approx(3).epsilon(0.05));
  CHECK(init::normal_(t(), 5, 3).mean().item<double>() == Approx(5).epsilon(0.05));
}

TEST_CASE("init: arguments at their limits", "[init][errors]") {
  const Tensor t = empty({3, 4});
  CHECK(equal(init::normal_(t, 2, 0), wick::full({3, 4}, 2.)));
  CHECK(equal(init::uniform_(t, 2, 2), wick::full({3, 4}, 2.)));
  CHECK(equal(init::trunc_normal_(t, 0, 1, 0.5, 0.5), wick::full({3, 4}, 0.5)));
  CHECK_NOTHROW(init::trunc_normal_(empty({3}, wick::float64), 0, 1e-300));
  for (const double bad : {-tiny, -1.0, not_a_number})
    CHECK_THROWS_AS(init::normal_(t, 0, bad), ValueError);
  for (const double bad : {0.0, -tiny, -1.0, not_a_number})
    CHECK_THROWS_AS(init::trunc_normal_(t, 0, bad), ValueError);
  CHECK_THROWS_AS(init::trunc_normal_(t, 0, 1, 1, 0.5), wick::Error);
  CHECK_THROWS_AS(init::uniform_(t, std::nextafter(2.0, 3.0), 2), wick::Error);
  for (const double bad : {-tiny, std::nextafter(1.0, 2.0), infinity, not_a_number})
    CHECK_THROWS_AS(init::sparse_(t, bad), ValueError);
  for (const char* bad : {"", "fan", "fan_ins", "fan_in "})
    CHECK_THROWS_AS(init::kaiming_uniform_(t, 0, bad), ValueError);
  CHECK_THROWS_WITH(init::kaiming_normal_(t, 0, "FAN"),
                    "Mode fan not supported, please use one of ['fan_in', 'fan_out']");
  CHECK(equal(init::xavier_uniform_(t, 0), wick::zeros({3, 4})));
  // Dimensions: at least 2, exactly 2, 3 to 5.
  for (const Shape& bad : {Shape{}, Shape{3}}) {
    CHECK_THROWS_AS(init::calculate_fan_in_and_fan_out(empty(bad)), ValueError);
    CHECK_THROWS_AS(init::orthogonal_(empty(bad)), ValueError);
    CHECK_THROWS_AS(init::xavier_uniform_(empty(bad)), ValueError);
  }
  for (const Shape& bad : {Shape{}, Shape{3}, Shape{2, 2, 2}}) {
    CHECK_THROWS_AS(init::eye_(empty(bad)), ValueError);
    CHECK_THROWS_AS(init::sparse_(empty(bad), 0.5), ValueError);
  }
  for (const Shape& bad : {Shape{2, 2}, Shape{2, 2, 2, 2, 2, 2}})
    CHECK_THROWS_AS(init::dirac_(empty(bad)), ValueError);
  for (const Shape& good : {Shape{2, 2, 1}, Shape{2, 2, 1, 1}, Shape{2, 2, 1, 1, 1}})
    CHECK(init::dirac_(empty(good)).sum().item<double>() == 2);
  CHECK(init::calculate_gain("leaky_relu") == std::sqrt(2.0 / (1 + 0.01 * 0.01)));
  CHECK(init::calculate_gain("leaky_relu", 0) == std::sqrt(2.0));
  CHECK(init::calculate_gain("leaky_relu", -1) == 1);
}

TEST_CASE("init: sparse_ leaves so many zeros in each column, at places of its own", "[init]") {
  struct Case {
    double sparsity;
    int64_t zeros;
  };
  for (const Case& c : {Case{0, 0}, Case{tiny, 1}, Case{0.25, 2}, Case{0.26, 3}, Case{0.875, 7},
                        Case{0.876, 8}, Case{1, 8}}) {
    wick::manual_seed(2);
    const Tensor t = init::sparse_(empty({8, 40}), c.sparsity, 1);
    const Tensor zeros = (t == 0).sum(0);
    CAPTURE(c.sparsity);
    CHECK(equal(zeros, wick::full({40}, c.zeros, {.dtype = wick::int64})));
    if (c.zeros == 0 || c.zeros == 8) continue;
    CHECK(smallest((t == 0).sum(1).to(wick::float64)) > 0);  // in every row some
    CHECK(largest((t == 0).sum(1).to(wick::float64)) < 40);
  }
}

TEST_CASE("init: dirac_ hands the channels of each group through", "[init]") {
  const auto channels = [](const Shape& shape, int64_t groups) {
    const Tensor t = init::dirac_(empty(shape), groups);
    return t.select(2, shape.begin()[2] / 2);
  };
  CHECK(equal(channels({2, 3, 3}, 1), wick::tensor({{1., 0., 0.}, {0., 1., 0.}})));
  CHECK(equal(channels({3, 2, 4}, 1), wick::tensor({{1., 0.}, {0., 1.}, {0., 0.}})));
  CHECK(equal(channels({4, 3, 1}, 2),
              wick::tensor({{1., 0., 0.}, {0., 1., 0.}, {1., 0., 0.}, {0., 1., 0.}})));
  CHECK(equal(channels({4, 1, 1}, 4), wick::ones({4, 1})));
  CHECK(init::dirac_(empty({2, 2, 4})).sum().item<double>() == 2);  // once, in the middle
  CHECK(init::dirac_(empty({1, 1, 4}))(0, 0, 2).item<double>() == 1);
  CHECK(init::dirac_(empty({1, 1, 3, 4}))(0, 0, 1, 2).item<double>() == 1);
  for (const int64_t bad : {3, 8, 0, -1})
    CHECK_THROWS_AS(init::dirac_(empty({4, 2, 3}), bad), ValueError);
}

TEST_CASE("init: orthogonal_ of a few rows more and less than are worked on together", "[init]") {
  for (const int64_t rows : {1, 2, 31, 32, 33, 64, 65})
    for (const int64_t columns : {1, 7, 32, 66}) {
      wick::manual_seed(rows * 100 + columns);
      const Tensor q = init::orthogonal_(empty({rows, columns}, wick::float64), 3);
      const Tensor a = rows <= columns ? q : q.t();
      CAPTURE(rows, columns);
      const Tensor product = matmul(a, a.t()) / 9;
      CHECK((product - wick::eye(a.size(0), {}, {.dtype = wick::float64}))
                .abs()
                .max()
                .item<double>() < 1e-13);
    }
  // Of higher rank, as a matrix with a row for each of the first dimension.
  wick::manual_seed(3);
  const Tensor matrix = init::orthogonal_(empty({4, 15}));
  wick::manual_seed(3);
  CHECK(equal(init::orthogonal_(empty({4, 3, 5})).view({4, 15}), matrix));
}

TEST_CASE("init: every dtype that can be drawn, and the others are refused", "[init]") {
  for (const auto& draw : drawing()) {
    for (const wick::DType dtype : {wick::float64, wick::bfloat16, wick::float16}) {
      wick::manual_seed(4);
      const Tensor t = draw(empty({8, 8}, dtype));
      CHECK(t.dtype() == dtype);
      CHECK(wick::isfinite(t).all().item<bool>());
      CHECK(deviation(t) > 0.001);
    }
    for (const wick::DType dtype : {wick::int64, wick::int32, wick::uint8, wick::bool_})
      CHECK_THROWS_AS(draw(empty({8, 8}, dtype)), wick::TypeError);
    // Into a part of a larger tensor, with any strides; nothing beside it is touched.
    const Tensor large = wick::full({16, 20}, 7.);
    const Tensor view = large.slice(0, 1, 16, 2).slice(1, 0, 20, 2).t();
    CHECK(draw(view).is_same(view));
    CHECK(large.slice(0, 0, 16, 2).eq(7.).all().item<bool>());
    CHECK(large.slice(1, 1, 20, 2).eq(7.).all().item<bool>());
    CHECK(view.ne(7.).all().item<bool>());
    // A leaf that requires gradients may be filled, and records nothing.
    const Tensor leaf = wick::zeros({4, 4}).requires_grad_();
    CHECK_NOTHROW(draw(leaf));
    CHECK((leaf.is_leaf() && leaf.requires_grad()));
    CHECK_THROWS_AS(draw(Tensor()), wick::Error);
  }
  for (const wick::DType dtype : {wick::int64, wick::int32, wick::uint8, wick::bool_}) {
    CHECK(equal(init::ones_(empty({3}, dtype)), wick::ones({3}, dtype)));
    CHECK(equal(init::zeros_(empty({3}, dtype)), wick::zeros({3}, dtype)));
    CHECK(equal(init::constant_(empty({3}, dtype), 1), wick::ones({3}, dtype)));
    CHECK(init::dirac_(empty({2, 2, 2}, dtype)).sum().item<int64_t>() == 2);
    CHECK(init::eye_(empty({2, 3}, dtype)).sum().item<int64_t>() == 2);
  }
}
