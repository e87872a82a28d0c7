// Writing by index: every form of assignment, aliasing, history, and threads.
#include <vector>

#include "catch.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
V numbers(const Tensor& t) { return t.to_vector<double>(); }

}  // namespace

TEST_CASE("every assignment, to views and to picks, of tensors and of numbers", "[ops][index]") {
  const std::vector<Index> view{1}, picked{tensor({1})}, mask{tensor({false, true})};
  for (const auto& place : {view, picked, mask}) {
    const Tensor x = ones({2, 3}) * 4;
    const auto at = [&] { return x.index(place); };
    const auto row = [&] { return numbers(x[1]); };
    at() = tensor({1., 2., 3.});
    CHECK(row() == V{1, 2, 3});
    at() = 5;
    CHECK(row() == V{5, 5, 5});
    at() += 1;
    CHECK(row() == V{6, 6, 6});
    at() += tensor({1., 2., 3.});
    CHECK(row() == V{7, 8, 9});
    at() -= 1;
    CHECK(row() == V{6, 7, 8});
    at() -= tensor({1., 2., 3.});
    CHECK(row() == V{5, 5, 5});
    at() *= 2;
    CHECK(row() == V{10, 10, 10});
    at() *= tensor({1., 2., 3.});
    CHECK(row() == V{10, 20, 30});
    at() /= 10;
    CHECK(row() == V{1, 2, 3});
    at() /= tensor({1., 2., 3.});
    CHECK(row() == V{1, 1, 1});
    at() = x.index({0});  // an Indexed on both sides
    CHECK(row() == V{4, 4, 4});
    CHECK(numbers(x[0]) == V{4, 4, 4});
    CHECK(&x.index_put_(place, tensor({7., 8., 9.})) == &x);
    CHECK(row() == V{7, 8, 9});
    x.index_put_(place, tensor(1.), true);
    CHECK(row() == V{8, 9, 10});
    x.index_put_(place, ones({1, 1, 3}));  // leading sizes of 1 are dropped
    CHECK(row() == V{1, 1, 1});
  }
}

TEST_CASE("a name for what was indexed is a tensor of its own", "[ops][index]") {
  const Tensor x = ones({2, 3});
  auto picked = x(tensor({0}));
  picked = zeros({1, 3});
  CHECK(numbers(x) == V(6, 1));
  auto copy = picked;
  CHECK(copy.is_same(picked));
  auto from_mask = x(tensor({true, false}));
  from_mask = x(tensor({0}));
  from_mask.fill_(9);
  CHECK(numbers(x) == V(6, 1));
  auto row = x[0];
  row = x[1];
  row.fill_(5);
  CHECK(numbers(x) == V{1, 1, 1, 5, 5, 5});
}

TEST_CASE("values that do not fit are refused and nothing is written", "[ops][index]") {
  const Tensor x = zeros({2, 3});
  const uint64_t version = x.version();
  CHECK_THROWS_AS(x.index_put_({tensor({0})}, ones({2})), ShapeError);
  CHECK_THROWS_AS(x.index_put_({tensor({0})}, ones({2, 1, 3})), ShapeError);
  CHECK_THROWS_AS(x.index_put_({0}, ones({2})), ShapeError);
  CHECK_THROWS_AS(x.index_put_({0, tensor({0, 1})}, ones({3})), ShapeError);
  CHECK_THROWS_AS(x.index_put_({tensor({0, 2})}, ones({3})), IndexError);
  CHECK_THROWS_AS(x.index_put_({tensor({0, -3})}, ones({3})), IndexError);
  CHECK_NOTHROW(zeros({2, 3}).index_put_({tensor({1, -2})}, ones({3})));
  CHECK_THROWS_AS(x.index_put_({2}, ones({3})), IndexError);
  CHECK_THROWS_AS(x.index_put_({-3}, ones({3})), IndexError);
  CHECK_THROWS_AS(x.index_put_({tensor({0})}, empty({3}, {.device = Device::meta})), TypeError);
  CHECK_THROWS_AS(zeros({1}).expand({3}).index_put_({tensor({0})}, ones({1})), Error);
  CHECK(numbers(x) == V(6, 0));
  CHECK(x.version() == version);
  const Tensor on_meta = empty({2, 3}, {.device = Device::meta});
  CHECK_NOTHROW(on_meta.index_put_({tensor({0})}, ones({3})));
  CHECK_THROWS_AS(on_meta.index_put_({tensor({0})}, ones({4})), ShapeError);
}

TEST_CASE("what is written may be what is written to", "[ops][index]") {
  const Tensor x = arange(6.).view({2, 3});
  x.index_put_({tensor({0, 1})}, x.flip(0));
  CHECK(numbers(x) == V{3, 4, 5, 0, 1, 2});
  x.index_put_({tensor({1, 0})}, x);
  CHECK(numbers(x) == V{0, 1, 2, 3, 4, 5});
  x.index_put_({all, tensor({2, 0, 1})}, x);
  CHECK(numbers(x) == V{1, 2, 0, 4, 5, 3});
  x.index_put_({0}, x[1]);
  CHECK(numbers(x) == V{4, 5, 3, 4, 5, 3});
  const Tensor p = tensor({2, 0, 1});
  p.index_put_({p}, p);
  CHECK(p.to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2});
  x.index_put_({0}, x[0], true);
  CHECK(numbers(x[0]) == V{8, 10, 6});
}

TEST_CASE("sums at repeated places have the same bits for any number of threads", "[ops][index]") {
  manual_seed(4);
  struct Case {
    Shape shape;
    std::vector<Index> index;
    Shape values;
  };
  const Tensor few = randint(0, 3, {200}), columns = randint(0, 5, {200});
  for (const Case& c :
       {Case{{3, 700}, {few}, {200, 700}}, Case{{700, 5}, {all, columns}, {700, 200}},
        Case{{3, 5, 300}, {few, columns}, {200, 300}},
        Case{{300, 3, 5}, {all, few, columns}, {300, 200}}, Case{{3}, {few}, {200}}}) {
    const Tensor value = randn(c.values);
    CAPTURE(c.shape.to_string());
    std::vector<Tensor> results;
    for (const int threads : {1, 2, 5}) {
      const NumThreadsGuard guard(threads);
      results.push_back(zeros(c.shape).index_put_(c.index, value, true));
    }
    CHECK(equal(results[0], results[1]));
    CHECK(equal(results[0], results[2]));
    CHECK(results[0].sum().item<double>() == Approx(value.sum().item<double>()).margin(0.01));
  }
}

TEST_CASE("indices that were written to since are an error in backward", "[ops][index]") {
  const std::string modified = "has been modified by an inplace operation";
  const auto check = [&](auto f) {
    const Tensor x = ones({3}).requires_grad_(), index = tensor({0, 2});
    const Tensor y = f(x, index);
    index.fill_(1);
    CHECK_THROWS_WITH(y.sum().backward(), ContainsSubstring(modified));
  };
  check([](const Tensor& x, const Tensor& i) { return Tensor(x(i)); });
  check([](const Tensor& x, const Tensor& i) { return gather(x, 0, i); });
  check([](const Tensor& x, const Tensor& i) { return index_select(x, 0, i); });
  check([](const Tensor& x, const Tensor& i) { return (x * 1).index_put_({i}, ones({2})); });
  const Tensor x = ones({3}).requires_grad_(), mask = tensor({true, false, true});
  const Tensor filled = masked_fill(x, mask, 2), chosen = where(mask, x, 0);
  mask.fill_(true);
  CHECK_THROWS_WITH(filled.sum().backward(), ContainsSubstring(modified));
  CHECK_THROWS_WITH(chosen.sum().backward(), ContainsSubstring(modified));
}

TEST_CASE("writes by index are recorded for what was there and for the value", "[ops][index]") {
  for (const bool accumulate : {false, true}) {
    const Tensor x = ones({2, 3}).requires_grad_(), v = ones({3}).requires_grad_();
    const Tensor y = x * 2;
    y.index_put_({tensor({1, 1})}, v, accumulate);
    CHECK(y.grad_fn() == "IndexPutBackward0");
    (y * tensor({{1., 2., 3.}, {4., 5., 6.}})).sum().backward();
    CHECK(numbers(x.grad()) == (accumulate ? V{2, 4, 6, 8, 10, 12} : V{2, 4, 6, 0, 0, 0}));
    CHECK(numbers(v.grad()) == V{8, 10, 12});  // from both places
    // A constant takes the value's history.
    const Tensor constant = zeros({2, 3});
    constant.index_put_({0, slice(1, 3)}, v(slice(2)), accumulate);
    CHECK(constant.requires_grad());
    CHECK(numbers(autograd::grad({constant.sum()}, {v})[0]) == V{1, 1, 0});
  }
  const Tensor half = ones({2}, float16).requires_grad_(), x = zeros({3});
  x.index_put_({tensor({0, 1})}, half);
  x.sum().backward();
  CHECK(half.grad().dtype() == float16);
}
