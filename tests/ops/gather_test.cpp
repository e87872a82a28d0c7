#include <limits>
#include <random>

#include "catch.h"
#include "wick/ops.h"

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

/// The element of x at `at`, found through views of one element.
int64_t element(const Tensor& x, const Values& at) {
  Tensor t = x;
  for (const int64_t i : at) t = t.select(0, i);
  return t.item<int64_t>();
}

/// Calls f(position) for every position of `shape`, in row-major order.
template <class F>
void each_position(const Shape& shape, F f) {
  Values at(shape.size(), 0);
  for (int64_t flat = 0; flat < shape.numel(); ++flat) {
    int64_t rest = flat;
    for (size_t d = shape.size(); d-- > 0; rest /= shape.begin()[d])
      at[d] = rest % shape.begin()[d];
    f(at);
  }
}

}  // namespace

TEST_CASE("gather against a loop", "[gather]") {
  std::mt19937 random(1);
  const auto draw = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 200; ++round) {
    Shape shape, index_shape;
    const int64_t rank = draw(1, 4), dim = draw(0, rank - 1);
    for (int64_t d = 0; d < rank; ++d) {
      shape.push_back(draw(1, 4));
      index_shape.push_back(d == dim ? draw(0, 6) : draw(1, shape[d]));
    }
    const Tensor flat = arange(shape.numel()).view(shape);
    const Tensor x = rank > 1 && round % 2
                         ? flat.transpose(0, rank - 1).contiguous().transpose(0, rank - 1)
                         : flat;
    Values picks;
    for (int64_t k = 0; k < index_shape.numel(); ++k) picks.push_back(draw(0, shape[dim] - 1));
    const Tensor index = tensor(picks).view(index_shape);
    Values expected;
    each_position(index_shape, [&](const Values& at) {
      Values from = at;
      from[static_cast<size_t>(dim)] = element(index, at);
      expected.push_back(element(x, from));
    });
    const Tensor out = gather(x, dim - (round % 3 ? 0 : rank), index);
    REQUIRE(out.shape() == index_shape);
    REQUIRE(values(out) == expected);
    REQUIRE(gather(x.to(meta), dim, index).shape() == index_shape);
    if (index_shape[dim] == 0) continue;
    const Tensor one = index.select(dim, 0).flatten();
    expected.clear();
    Shape selected = shape;
    selected[dim] = one.numel();
    const Values rows = values(one.to(float32));
    each_position(selected, [&](const Values& at) {
      Values from = at;
      auto& i = from[static_cast<size_t>(dim)];
      i = element(one, {i}) % shape[dim];
      expected.push_back(element(x, from));
    });
    const Tensor picked = index_select(x, dim, round % 2 ? one : one.to(int32));
    REQUIRE(picked.shape() == selected);
    REQUIRE(values(picked) == expected);
  }
}

TEST_CASE("gather and index_select at their edges", "[gather]") {
  const Tensor x = ones({2, 3});
  CHECK(values(gather(tensor(5), 0, tensor({0, 0}))) == Values{5, 5});
  CHECK(gather(tensor(5), 0, tensor(0)).shape() == Shape{});
  CHECK(gather(arange(3), 0, tensor(2)).item<int64_t>() == 2);
  CHECK(gather(x, 1, zeros({0}, int64)).shape() == Shape{0});
  CHECK(index_select(tensor(5), 0, tensor({0})).shape() == Shape{});
  CHECK(index_select(x, 1, tensor(1)).shape() == Shape{2, 1});
  CHECK(index_select(x, 0, zeros({0}, int64)).shape() == Shape{0, 3});
  CHECK(x.gather(1, tensor({{0}, {1}})).dtype() == float32);
  CHECK(x.index_select(0, empty({7}, {.dtype = int64, .device = meta})).shape() == Shape{7, 3});

  const auto index_error = [](auto f) { return error_of<IndexError>(f); };
  CHECK(index_error([&] { gather(x, 1, tensor({{5}})); }) ==
        "index 5 is out of bounds for dimension 1 with size 3");
  CHECK(index_error([&] { gather(x, 1, tensor({{-1}})); }) ==
        "index -1 is out of bounds for dimension 1 with size 3");
  CHECK(index_error([&] {
          index_select(x, 1, tensor({0, 3}, int32));
        }) == "index 3 is out of bounds for dimension 1 with size 3");
  CHECK(index_error([&] { index_select(x, 1, tensor({{1}})); }) ==
        "index_select(): Index is supposed to be a vector");
  CHECK(index_error([&] { gather(x, 2, tensor({{0}})); }) ==
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)");
  CHECK_THROWS_AS(index_select(tensor(5), 0, tensor({0, 0})), IndexError);
  CHECK_THROWS_AS(index_select(zeros({0}), 0, tensor({0})), IndexError);
  CHECK(error_of<ShapeError>([&] { gather(x, 1, tensor({5})); }) ==
        "Index tensor must have the same number of dimensions as input tensor, got [1] and [2, 3]");
  CHECK(error_of<ShapeError>([&] {
          gather(x, 1, zeros({3, 1}, int64));
        }) ==
        "Size does not match at dimension 0 expected index [3, 1] to be smaller than self [2, 3] "
        "apart from dimension 1");
  CHECK(error_of<TypeError>([&] {
          gather(x, 1, zeros({2, 1}));
        }) == "gather(): Expected dtype int64 for index, got float32");
  CHECK(error_of<TypeError>([&] { index_select(x, 1, tensor({1.})); }) ==
        "index_select(): Expected dtype int32 or int64 for index, got float32");
}

TEST_CASE("a wrong index is named by its first place, on any number of threads", "[gather]") {
  const Tensor index = zeros({200000}, int64);
  index[150000] = 9;
  index[190000] = 8;
  CHECK(error_of<IndexError>([&] { index_select(ones({3}), 0, index); }) ==
        "index 9 is out of bounds for dimension 0 with size 3");
}

TEST_CASE("nonzero", "[mask]") {
  CHECK(values(nonzero(tensor({{0, 2}, {3, 0}, {0, 4}}))) == Values{0, 1, 1, 0, 2, 1});
  CHECK(nonzero(tensor(3)).shape() == Shape{1, 0});
  CHECK(nonzero(tensor(0)).shape() == Shape{0, 0});
  CHECK(nonzero(ones({2, 0})).shape() == Shape{0, 2});
  const float not_a_number = std::numeric_limits<float>::quiet_NaN();
  CHECK(values(nonzero(tensor({0.F, -0.F, not_a_number, 1e-40F}))) == Values{2, 3});
  CHECK(values(nonzero(tensor({{true, false}, {false, true}}).t()[1])) == Values{1});
  const Tensor big = arange(200000).remainder(3);
  const Tensor places = nonzero(big);
  REQUIRE(places.shape() == Shape{133333, 1});
  CHECK((places.remainder(3).ne(0).all().item<bool>() && places[133332].item<int64_t>() == 199999));
  CHECK_THROWS_AS(nonzero(empty({2}, {.device = meta})), TypeError);
}

TEST_CASE("masked_select", "[mask]") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(masked_select(x, x.gt(2))) == Values{3, 4, 5});
  CHECK(values(masked_select(x, tensor({true, false, true}))) == Values{0, 2, 3, 5});
  CHECK(values(masked_select(x.t(), tensor({true, false}))) == Values{0, 1, 2});
  CHECK(values(masked_select(tensor({7, 8, 9}), x.gt(1))) == Values{9, 7, 8, 9});
  CHECK(values(masked_select(x, tensor({1, 0, 0}, uint8))) == Values{0, 3});
  CHECK(masked_select(tensor(1.), tensor(true)).shape() == Shape{1});
  const Tensor big = arange(300000);
  CHECK(masked_select(big, big.ge(150000)).equal(arange(150000, 300000)));
  CHECK(error_of<TypeError>([&] { masked_select(x, ones({3})); }) ==
        "masked_select: expected BoolTensor or ByteTensor for mask");
  CHECK(
      error_of<ShapeError>([&] {
        masked_select(x, tensor({true, true}));
      }) ==
      "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1");
  CHECK_THROWS_AS(masked_select(x, empty({3}, {.dtype = bool_, .device = meta})), TypeError);
}

TEST_CASE("masked_fill", "[mask]") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(masked_fill(x, tensor({true, false, false}), 9)) == Values{9, 1, 2, 9, 4, 5});
  CHECK(values(masked_fill(x.t(), tensor({true, false}), 9.9)) == Values{9, 3, 9, 4, 9, 5});
  CHECK(masked_fill(ones({3}), x.gt(2), 0).shape() == Shape{2, 3});
  CHECK(masked_fill(x.to(meta), tensor({true, true, true}), 0).shape() == Shape{2, 3});
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(masked_fill(ones({1}, float16), tensor(true), -infinity)[0].item<float>() == -infinity);
  CHECK(masked_fill(zeros({1}, bool_), tensor(true), 0.5)[0].item<bool>());
  CHECK(masked_fill(zeros({1}, uint8), tensor(true), -1)[0].item<int64_t>() == 255);
  const Tensor y = x.clone();
  CHECK(&y.masked_fill_(y.lt(3), -1) == &y);
  y.t().masked_fill_(tensor({false, true}), 0);
  CHECK(values(y) == Values{-1, -1, -1, 0, 0, 0});
  const Tensor bytes = tensor({0, 1, 0}, uint8);
  bytes.slice(0, 1).masked_fill_(bytes.slice(0, 0, 2), 5);  // the mask is under the result
  CHECK(values(bytes) == Values{0, 1, 5});

  CHECK(error_of<ShapeError>([&] { ones({3}).masked_fill_(x.gt(2), 1); }) ==
        "output with shape [3] doesn't match the broadcast shape [2, 3]");
  CHECK(error_of<TypeError>([&] { masked_fill(x, x, 1); }) ==
        "masked_fill only supports boolean masks, but got mask with dtype int64");
  CHECK(error_of<ValueError>([&] { masked_fill(zeros({1}, uint8), tensor(true), 300); }) ==
        "value cannot be converted to type uint8_t without overflow");
  CHECK(error_of<ValueError>([&] { masked_fill(zeros({1}, float16), tensor(true), 1e6); }) ==
        "value cannot be converted to type Half without overflow");
  CHECK_THROWS_AS(masked_fill(zeros({1}, int32), tensor(true), int64_t{1} << 40), ValueError);
  CHECK_THROWS_AS(masked_fill(zeros({1}, int64), tensor(true), infinity), ValueError);
  CHECK_THROWS_AS(zeros({1}).expand({3}).masked_fill_(tensor(true), 1), Error);
}
