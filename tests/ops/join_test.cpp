#include <random>

#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace {

using namespace wick;
using Values = std::vector<int64_t>;

Values values(const Tensor& t) { return t.to_vector<int64_t>(); }

template <class E, class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "no error";
}

/// Random integers, in a random order of dimensions.
class Source {
 public:
  int64_t draw(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  Shape shape(int64_t low_rank, int64_t high_rank) {
    Shape s;
    for (int64_t d = draw(low_rank, high_rank); d > 0; --d)
      s.push_back(draw(0, 9) ? draw(1, 4) : 0);
    return s;
  }
  Tensor tensor(const Shape& shape) {
    Shape order, stored;
    for (int64_t d = 0; d < static_cast<int64_t>(shape.size()); ++d)
      order.insert(static_cast<size_t>(draw(0, d)), d);
    for (const int64_t d : order) stored.push_back(shape[d]);
    Shape back = order;
    for (size_t i = 0; i < order.size(); ++i) back[order.begin()[i]] = static_cast<int64_t>(i);
    next_ += 1000;
    return arange(next_, next_ + stored.numel()).view(stored).permute(back);
  }

 private:
  std::mt19937 random_{3};
  int64_t next_ = 0;
};

int64_t element(const Tensor& x, const Values& at) {
  Tensor t = x;
  for (const int64_t i : at) t = t.select(0, i);
  return t.item<int64_t>();
}

/// The values of a tensor of `shape` whose elements are f(position).
template <class F>
Values model(const Shape& shape, F f) {
  Values result, at(shape.size(), 0);
  for (int64_t flat = 0; flat < shape.numel(); ++flat) {
    int64_t rest = flat;
    for (size_t d = shape.size(); d-- > 0; rest /= shape.begin()[d])
      at[d] = rest % shape.begin()[d];
    result.push_back(f(at));
  }
  return result;
}

int64_t modulo(int64_t a, int64_t n) { return ((a % n) + n) % n; }

}  // namespace

TEST_CASE("cat and stack against a loop", "[join]") {
  Source source;
  for (int round = 0; round < 200; ++round) {
    Shape shape = source.shape(1, 4);
    const int64_t rank = static_cast<int64_t>(shape.size()), dim = source.draw(0, rank - 1);
    std::vector<Tensor> parts;
    std::vector<std::pair<size_t, int64_t>> rows;  // of the result: part and row in it
    for (int64_t k = source.draw(1, 4); k > 0; --k) {
      shape[dim] = source.draw(rank == 1 ? 1 : 0, 3);
      for (int64_t row = 0; row < shape[dim]; ++row) rows.emplace_back(parts.size(), row);
      parts.push_back(source.tensor(shape));
    }
    shape[dim] = static_cast<int64_t>(rows.size());
    const Tensor joined = cat(parts, dim - (round % 2 ? rank : 0));
    REQUIRE(joined.shape() == shape);
    REQUIRE(joined.is_contiguous());
    REQUIRE(values(joined) == model(shape, [&](Values at) {
              auto& row = at[static_cast<size_t>(dim)];
              const auto [part, inner] = rows[static_cast<size_t>(row)];
              row = inner;
              return element(parts[part], at);
            }));

    const Shape each = source.shape(0, 3);
    const int64_t place = source.draw(0, static_cast<int64_t>(each.size()));
    parts = {source.tensor(each), source.tensor(each), source.tensor(each)};
    Shape stacked = each;
    stacked.insert(static_cast<size_t>(place), 3);
    const Tensor s = stack(parts, place);
    REQUIRE(s.shape() == stacked);
    REQUIRE(values(s) == model(stacked, [&](Values at) {
              const auto part = static_cast<size_t>(at[static_cast<size_t>(place)]);
              at.erase(at.begin() + place);
              return element(parts[part], at);
            }));
  }
}

TEST_CASE("cat promotes, skips old-style empties, and stays on meta", "[join]") {
  CHECK(cat({tensor({1, 2}), tensor({0.5})}).to_vector<float>() == std::vector<float>{1, 2, 0.5F});
  CHECK(cat({zeros({0}, float64), ones({2})}).dtype() == float64);
  CHECK(cat({ones({2, 3}), zeros({0}), ones({1, 3})}).shape() == Shape{3, 3});
  CHECK(cat({zeros({0}), ones({2, 3})}, 1).shape() == Shape{2, 3});
  CHECK(cat({zeros({0}), zeros({0})}).shape() == Shape{0});
  CHECK(stack({tensor(1), tensor(2.5)}).dtype() == float32);
  CHECK(cat({ones({2}), empty({3}, {.device = meta})}).shape() == Shape{5});
  CHECK(stack({ones({2}), empty({2}, {.device = meta})}, -1).shape() == Shape{2, 2});
  const Tensor x = ones({2});
  CHECK_FALSE(cat({x}).shares_storage(x));
  const Tensor big = arange(100000);
  const Tensor twice = cat({big.view({100, 1000}), big.view({100, 1000}).flip({0})}, 1);
  CHECK(twice.slice(1, 0, 1000).equal(big.view({100, 1000})));
  CHECK(twice(0, 1000).item<int64_t>() == 99000);
}

TEST_CASE("what cannot be joined", "[join]") {
  const auto text = [](auto f) { return error_of<ShapeError>(f); };
  CHECK(text([] {
          cat({ones({2, 3}), ones({4})});
        }) == "Tensors must have same number of dimensions: got 2 and 1");
  CHECK(text([] {
          cat({ones({2, 2}), ones({2, 3})});
        }) ==
        "Sizes of tensors must match except in dimension 0. Expected size 2 but got size 3 for "
        "tensor number 1 in the list.");
  CHECK(text([] {
          cat({tensor(1), tensor(2)});
        }) == "zero-dimensional tensor (at position 0) cannot be concatenated");
  CHECK(text([] {
          stack({ones({2}), ones({3})});
        }) ==
        "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1");
  CHECK(error_of<ValueError>([] { cat({}); }) == "cat(): expected a non-empty list of Tensors");
  CHECK(error_of<ValueError>([] { stack({}); }) == "stack expects a non-empty TensorList");
  CHECK(error_of<IndexError>([] { cat({ones({3})}, 1); }) ==
        "Dimension out of range (expected to be in range of [-1, 0], but got 1)");
  CHECK_THROWS_AS(stack({ones({2})}, 3), IndexError);
  CHECK_THROWS_AS(cat({ones({2}), Tensor()}), Error);
  CHECK_THROWS_AS(stack({Tensor()}), Error);
  CHECK_THROWS_AS(stack({ones(Shape::filled(16, 1))}), ShapeError);
  const Tensor huge = empty({INT64_MAX / 8}, {.dtype = int64, .device = meta});
  CHECK_THROWS_AS(cat({huge, huge, huge, huge, huge, huge, huge, huge, huge}), ShapeError);
}

TEST_CASE("repeat, flip and roll against a loop", "[join]") {
  Source source;
  for (int round = 0; round < 200; ++round) {
    const Tensor x = source.tensor(source.shape(0, 4));
    const Shape& shape = x.shape();
    const int64_t rank = x.dim(), extra = source.draw(0, 2);
    Shape repeats, repeated;
    for (int64_t d = -extra; d < rank; ++d) {
      repeats.push_back(source.draw(0, 9) ? source.draw(1, 3) : 0);
      repeated.push_back(repeats.back() * (d < 0 ? 1 : shape[d]));
    }
    const Tensor r = repeat(x, repeats);
    REQUIRE(r.shape() == repeated);
    REQUIRE(values(r) == model(repeated, [&](Values at) {
              at.erase(at.begin(), at.begin() + extra);
              for (size_t d = 0; d < at.size(); ++d) at[d] %= shape.begin()[d];
              return element(x, at);
            }));
    REQUIRE_FALSE(r.shares_storage(x));

    Dims dims;
    Shape shifts, total = Shape::filled(shape.size(), 0);
    for (int64_t d = 0; d < rank; ++d) {
      if (source.draw(0, 1)) continue;
      dims.push_back(round % 2 ? d : d - rank);
      shifts.push_back(source.draw(-9, 9));
      total[d] = shifts.back();
    }
    REQUIRE(values(flip(x, dims)) == model(shape, [&](Values at) {
              for (const int64_t d : dims) {
                auto& i = at[static_cast<size_t>(modulo(d, rank))];
                i = shape[d] - 1 - i;
              }
              return element(x, at);
            }));
    if (dims.empty()) continue;
    REQUIRE(values(roll(x, shifts, dims)) == model(shape, [&](Values at) {
              for (size_t d = 0; d < at.size(); ++d)
                at[d] = modulo(at[d] - total.begin()[d], shape.begin()[d]);
              return element(x, at);
            }));
  }
}

TEST_CASE("repeat, flip and roll at their edges", "[join]") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(tensor(1).repeat({3})) == Values{1, 1, 1});
  CHECK(x.repeat(Shape::filled(16, 1)).dim() == 16);
  CHECK(ones(Shape::filled(16, 1)).repeat(Shape::filled(16, 2)).numel() == 65536);
  CHECK(x.to(meta).repeat({2, 2, 2}).shape() == Shape{2, 4, 6});
  CHECK(values(roll(x, {1})) == Values{5, 0, 1, 2, 3, 4});
  CHECK(values(roll(x, {1, 1}, {0, 0})) == values(x));
  CHECK(values(roll(x, {INT64_MIN}, {1})) == values(roll(x, {1}, {1})));
  CHECK(roll(tensor(1), {1}).item<int64_t>() == 1);
  CHECK(roll(zeros({0, 3}), {1}, {0}).shape() == Shape{0, 3});
  CHECK(values(flip(x, {})) == values(x));
  CHECK(values(flip(x, {0, -1})) == Values{5, 4, 3, 2, 1, 0});
  CHECK(flip(tensor(1), {0}).item<int64_t>() == 1);

  CHECK(error_of<ShapeError>([&] { repeat(x, {2}); }) ==
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
        "tensor");
  CHECK(error_of<ShapeError>([&] {
          repeat(x, {-1, 2});
        }) == "Trying to create tensor with negative dimension -2: [-2, 6]");
  CHECK_THROWS_AS(repeat(zeros({0}), {-1}), ShapeError);
  CHECK_THROWS_AS(repeat(x, {INT64_MAX, 2}), ShapeError);
  CHECK_THROWS_AS(repeat(x, {int64_t{1} << 50, 1}), Error);
  CHECK(error_of<ValueError>([&] {
          flip(x, {0, 0});
        }) == "dim 0 appears multiple times in the list of dims");
  CHECK(error_of<IndexError>([&] { flip(x, {2}); }) ==
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)");
  CHECK(error_of<ValueError>([&] {
          roll(x, {1, 2});
        }) == "shifts and dimensions must align. shifts: 2, dims:0");
  CHECK(error_of<ValueError>([&] {
          roll(x, {1}, {0, 1});
        }) == "shifts and dimensions must align. shifts: 1, dims:2");
  CHECK(error_of<ValueError>([&] { roll(x, {}); }) == "`shifts` required");
  CHECK(error_of<IndexError>([&] { roll(tensor(1), {1}, {0}); }) ==
        "Dimension specified as 0 but tensor has no dimensions");
  CHECK_THROWS_AS(roll(x, {1}, {3}), IndexError);
}

TEST_CASE("tril and triu against a loop", "[join]") {
  Source source;
  for (int round = 0; round < 100; ++round) {
    const Tensor x = source.tensor(source.shape(2, 4));
    const int64_t diagonal = source.draw(-5, 5);
    for (const bool lower : {true, false}) {
      const Tensor out = lower ? tril(x, diagonal) : triu(x, diagonal);
      REQUIRE(out.shape() == x.shape());
      REQUIRE(values(out) == model(x.shape(), [&](const Values& at) {
                const int64_t past = at.end()[-1] - at.end()[-2] - diagonal;
                return (lower ? past <= 0 : past >= 0) ? element(x, at) : 0;
              }));
    }
  }
  const Tensor x = ones({3, 3});
  CHECK(values(triu(x, INT64_MAX)) == Values(9, 0));
  CHECK(values(tril(x, INT64_MIN)) == Values(9, 0));
  CHECK(values(tril(x, INT64_MAX)) == Values(9, 1));
  CHECK(tril(ones({2, 2}, bool_)).dtype() == bool_);
  CHECK(triu(x.to(meta)).shape() == Shape{3, 3});
  CHECK(error_of<ShapeError>([] { tril(ones({3})); }) ==
        "tril: input tensor must have at least 2 dimensions");
}

TEST_CASE("joining and rearranging is recorded", "[join][autograd]") {
  const Tensor x = ones({2, 2}).requires_grad_();
  CHECK(cat({x, ones({1, 2})}).grad_fn() == "CatBackward0");
  CHECK(stack({ones({2, 2}), x}).grad_fn() == "StackBackward0");
  CHECK(x.repeat({2, 2}).grad_fn() == "RepeatBackward0");
  CHECK(x.flip({0}).grad_fn() == "FlipBackward0");
  CHECK(x.roll({1}).grad_fn() == "RollBackward0");
  CHECK(x.tril().grad_fn() == "TrilBackward0");
  CHECK(x.triu().grad_fn() == "TriuBackward0");
  CHECK(x.gather(0, zeros({1, 1}, int64)).grad_fn() == "GatherBackward0");
  CHECK(x.index_select(0, tensor({0})).grad_fn() == "IndexSelectBackward0");
  CHECK(x.masked_select(x.gt(0)).grad_fn() == "MaskedSelectBackward0");
  CHECK(x.masked_fill(x.gt(0), 2).grad_fn() == "MaskedFillBackward0");
  CHECK_THROWS_AS(x.masked_fill_(x.gt(0), 2), Error);
}

TEST_CASE("rearranging a tensor of 16 dimensions is differentiable", "[join][autograd]") {
  Shape shape = Shape::filled(16, 1), repeats = Shape::filled(16, 1);
  shape[0] = shape[7] = shape[15] = 2;
  repeats[0] = 3;
  repeats[1] = repeats[7] = 2;
  const Tensor x = arange(8, {.dtype = float64}).view(shape).requires_grad_();
  const Tensor y = x.repeat(repeats);
  const Tensor weight = arange(y.numel(), {.dtype = float64}).view(y.shape());
  (y * weight).sum().backward();
  // By hand: y has [3, 2] in front, [2] before dimension 7's 2, and 2 at the end.
  const Tensor parts = weight.reshape({3, 2, 2, 2, 2, 2});
  CHECK(x.grad().reshape({2, 2, 2}).equal(parts.sum({0, 2, 3})));

  const auto differentiable = [&](const char* name, auto f) {
    INFO(name);
    const Tensor leaf = randn(shape).requires_grad_();
    f(leaf).sum().backward();
    CHECK(leaf.grad().shape() == shape);
  };
  differentiable("repeat nothing", [&](const Tensor& t) { return t.repeat(Shape::filled(16, 0)); });
  differentiable("flip", [](const Tensor& t) { return t.flip({0, 15}); });
  differentiable("roll", [](const Tensor& t) { return t.roll({1, 1}, {0, 15}); });
  differentiable("cat", [](const Tensor& t) { return cat({t, t}, 15); });
  differentiable("expand", [&](const Tensor& t) { return t.expand(shape); });
  differentiable("sum", [](const Tensor& t) { return t.sum({0, 3}, true); });
  differentiable("max", [](const Tensor& t) { return t.max(15).values; });
  differentiable("sort", [](const Tensor& t) { return t.sort(7).values; });
  differentiable("softmax", [](const Tensor& t) { return t.softmax(7); });
  differentiable("cumsum", [](const Tensor& t) { return t.cumsum(7); });
  differentiable("prod", [](const Tensor& t) { return t.prod(7); });
  differentiable("norm", [](const Tensor& t) { return t.norm(2, 15); });
  differentiable("std", [](const Tensor& t) { return t.std({0, 7}); });
  differentiable("index", [](const Tensor& t) { return t(tensor({1, 0, 1})); });
  differentiable("a mask", [](const Tensor& t) { return t(t > 0); });
  differentiable("tril", [](const Tensor& t) { return t.tril(); });
  differentiable("matmul", [](const Tensor& t) { return t.matmul(t.transpose(-1, -2)); });
  differentiable("linear", [](const Tensor& t) { return linear(t, ones({3, 2})); });
  differentiable("layer_norm", [](const Tensor& t) { return layer_norm(t, {1, 2}); });
}

TEST_CASE("repeats of nothing, and shifts at the end of int64, have gradients",
          "[join][autograd]") {
  const Tensor x = arange(6, {.dtype = float64}).view({2, 3}).requires_grad_();
  for (const Shape& repeats : {Shape{0, 2}, Shape{2, 0}, Shape{0, 0}, Shape{3, 0, 2}}) {
    x.set_grad({});
    x.repeat(repeats).sum().backward();
    CHECK(x.grad().equal(zeros({2, 3}, float64)));
  }
  for (const int64_t shift : {INT64_MIN, INT64_MAX}) {
    x.set_grad({});
    const Tensor weight = arange(6, {.dtype = float64}).view({2, 3});
    (x.roll({shift}) * weight).sum().backward();
    CHECK(x.detach().roll({shift}).mul(weight).sum().equal((x.grad() * x.detach()).sum()));
    x.set_grad({});
    (x.roll({shift, shift}, {1, 1}) * weight).sum().backward();
    CHECK(x.detach()
              .roll({shift, shift}, {1, 1})
              .mul(weight)
              .sum()
              .equal((x.grad() * x.detach()).sum()));
  }
  CHECK(autograd::gradgradcheck(
      [](const auto& in) {
        return in[0].repeat({2, 2, 3}).pow(2);
      },
      {x}));
}

TEST_CASE("picking many parts adds up their gradients in one place", "[join][autograd]") {
  const Tensor x = randn({50, 4}, {.dtype = float64}).requires_grad_();
  const auto gradient = [&](auto f) {
    x.set_grad({});
    f().backward();
    return x.grad();
  };
  const Tensor wanted = full({50, 4}, 2, float64);
  const auto check = [&](const char* name, auto part) {
    INFO(name);
    CHECK(gradient([&] {
            Tensor sum = x.sum();
            for (int64_t i = 0; i < 50; ++i) sum = sum + part(i).sum();
            return sum;
          }).equal(wanted));
  };
  check("numbers", [&](int64_t i) { return Tensor(x[i]); });
  check("tensors", [&](int64_t i) { return Tensor(x(tensor({i}))); });
  check("masks", [&](int64_t i) { return Tensor(x(arange(50) == i)); });
  check("index_select", [&](int64_t i) { return x.index_select(0, tensor({i})); });
  check("gather", [&](int64_t i) { return x.gather(0, full({1, 4}, i)); });
  check("sort", [&](int64_t i) { return x.slice(0, i, i + 1).sort(1).values; });
  check("chunk", [&](int64_t i) { return x.chunk(50)[static_cast<size_t>(i)]; });
}
