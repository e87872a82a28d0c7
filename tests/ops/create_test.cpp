// Creations: from lists, from memory, ranges, and in the likeness of others.
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.h"
#include "core/tensor_impl.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
using I = std::vector<int64_t>;
const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

V numbers(const Tensor& t) { return t.to_vector<double>(); }
I integers(const Tensor& t) { return t.to_vector<int64_t>(); }

}  // namespace

TEST_CASE("lists become tensors of the widest kind of number in them", "[ops][create]") {
  CHECK(tensor({true, false}).dtype() == bool_);
  CHECK(tensor({true, 2}).dtype() == int64);
  CHECK(tensor({2, true}).dtype() == int64);
  CHECK(tensor({1, 2.5}).dtype() == float32);
  CHECK(tensor({2.5, 1}).dtype() == float32);
  CHECK(tensor({true, 2.5}).dtype() == float32);
  CHECK(tensor({{1, 2}, {3, 4.5}}).dtype() == float32);
  CHECK(tensor({1, 2}, float64).dtype() == float64);
  CHECK(integers(tensor({2.7, -2.7}, int64)) == I{2, -2});
  CHECK(tensor(std::initializer_list<detail::NestedList>{}).shape() == Shape{0});
  CHECK(tensor(std::initializer_list<detail::NestedList>{}).dtype() == float32);
  CHECK(tensor({{{1, 2, 3}, {4, 5, 6}}}).shape() == Shape{1, 2, 3});
  CHECK(integers(tensor({{{1, 2, 3}, {4, 5, 6}}})) == I{1, 2, 3, 4, 5, 6});
  CHECK(tensor(2.5).shape() == Shape{});
  CHECK(tensor(2.5).dtype() == float32);
  CHECK(tensor(2).dtype() == int64);
  CHECK(tensor(true).dtype() == bool_);
  CHECK(tensor(2, float16).dtype() == float16);
  CHECK(tensor(std::vector<float>{1, 2}).dtype() == float32);
  CHECK(tensor(std::vector<double>{1, 2}).dtype() == float64);
  CHECK(tensor(std::vector<int32_t>{1, 2}).dtype() == int32);
  CHECK(tensor(std::vector<uint8_t>{1, 2}).dtype() == uint8);
  CHECK(tensor(std::vector<BFloat16>{1.0F}).dtype() == bfloat16);
  CHECK(tensor(std::vector<bool>{true, false, true}).to_vector<bool>() ==
        std::vector<bool>{true, false, true});
  CHECK(tensor(std::vector<float>{1.5F}, {.dtype = int64}).dtype() == int64);
  CHECK(tensor(std::vector<float>{}).shape() == Shape{0});
}

TEST_CASE("ragged lists are refused", "[ops][create]") {
  using List = detail::NestedList;
  CHECK_THROWS_AS(tensor({{1, 2}, {3}}), ValueError);
  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}), "expected sequence of length 2 at dim 1 (got 1)");
  CHECK_THROWS_WITH(tensor({{1, 2}, {3, 4, 5}}), "expected sequence of length 2 at dim 1 (got 3)");
  CHECK_THROWS_AS((tensor({List{1, 2}, List(3)})), ValueError);
  CHECK_THROWS_AS((tensor({List(3), List{1, 2}})), ValueError);
  CHECK_THROWS_AS((tensor({{{1}, {2}}, {{3}, {4}, {5}}})), ValueError);
}

TEST_CASE("memory of the caller is used as it is", "[ops][create]") {
  std::array<float, 6> memory{0, 1, 2, 3, 4, 5};
  const Tensor x = from_blob(memory.data(), {2, 3});
  CHECK(x.data_ptr<const float>() == memory.data());
  CHECK(x.dtype() == float32);
  x.add_(1);
  CHECK(memory[5] == 6);
  memory[0] = -7;
  CHECK(x(0, 0).item<float>() == -7);
  CHECK(from_blob(memory.data(), {2, 2}, {1, 3}, float32)(1, 1).item<float>() == memory[4]);
  CHECK(from_blob(memory.data(), {3, 2}, {0, 1}, float32).shape() == Shape{3, 2});  // repeated
  CHECK_NOTHROW(from_blob(nullptr, {0}));
  CHECK_NOTHROW(from_blob(nullptr, {3, 0}));
  CHECK_NOTHROW(from_blob(nullptr, {0}, {5}, float32));
  CHECK(from_blob(memory.data(), {}).item<float>() == -7);
  CHECK_FALSE(x.impl().storage->owned());
}

TEST_CASE("memory that cannot be a tensor is refused", "[ops][create]") {
  std::array<double, 4> memory{};
  auto* const bytes = reinterpret_cast<char*>(memory.data());
  CHECK_THROWS_WITH(from_blob(nullptr, {2}),
                    "from_blob expects memory for shape [2], got a null pointer");
  CHECK_THROWS_AS(from_blob(nullptr, {}), ValueError);
  CHECK_THROWS_WITH(from_blob(bytes + 2, {1}),
                    "from_blob expects memory aligned to the 4 bytes of a float32");
  CHECK_NOTHROW(from_blob(bytes + 4, {1}));
  CHECK_THROWS_AS(from_blob(bytes + 4, {1}, float64), ValueError);
  CHECK_NOTHROW(from_blob(bytes + 8, {1}, float64));
  CHECK_THROWS_AS(from_blob(bytes + 1, {1}, float16), ValueError);
  CHECK_NOTHROW(from_blob(bytes + 1, {1}, uint8));
  CHECK_THROWS_AS(from_blob(bytes + 2, {0}), ValueError);
  CHECK_THROWS_WITH(from_blob(bytes, {2}, {-1}, float32),
                    "from_blob expects strides >= 0, got [-1]");
  CHECK_THROWS_WITH(from_blob(bytes, {2, 3}, {1}, float32),
                    "from_blob expects one stride per dimension, got 1 strides for shape [2, 3]");
  CHECK_THROWS_AS(from_blob(bytes, {2, -3}), ShapeError);
  CHECK_THROWS_WITH(from_blob(bytes, {2}, {INT64_MAX}, uint8),
                    "shape [2] with strides [9223372036854775807] reaches beyond 64-bit offsets");
  CHECK_THROWS_AS(from_blob(bytes, {2}, {INT64_MAX / 4}, float32), ShapeError);
  CHECK_THROWS_AS(from_blob(bytes, {INT64_MAX / 2, 2}), ShapeError);
}

TEST_CASE("full takes its dtype from the number", "[ops][create]") {
  CHECK(full({2}, 1).dtype() == int64);
  CHECK(full({2}, 1.).dtype() == float32);
  CHECK(full({2}, true).dtype() == bool_);
  CHECK(full({2}, 1, float16).dtype() == float16);
  CHECK(full({2}, 1.7, int32).to_vector<int32_t>() == std::vector<int32_t>{1, 1});
  CHECK(zeros({2}).dtype() == float32);
  CHECK(ones({2}).dtype() == float32);
  CHECK(ones({2}, bool_).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK(zeros({2, 0, 3}).shape() == Shape{2, 0, 3});
  CHECK(empty({300}, bool_).any().item<bool>() == false);  // every byte is a bool
  CHECK(empty({7}, bool_).empty_like().any().item<bool>() == false);
}

TEST_CASE("arange counts by steps up to, not including, its end", "[ops][create]") {
  CHECK(integers(arange(4)) == I{0, 1, 2, 3});
  CHECK(arange(4).dtype() == int64);
  CHECK(arange(0).shape() == Shape{0});
  CHECK(integers(arange(2, 7, 2)) == I{2, 4, 6});
  CHECK(integers(arange(2, 8, 2)) == I{2, 4, 6});
  CHECK(integers(arange(2, 9, 2)) == I{2, 4, 6, 8});
  CHECK(integers(arange(5, 0, -2)) == I{5, 3, 1});
  CHECK(integers(arange(5, -1, -2)) == I{5, 3, 1});
  CHECK(integers(arange(5, -2, -2)) == I{5, 3, 1, -1});
  CHECK(arange(3, 3).numel() == 0);
  CHECK(arange(3, 3, -1).numel() == 0);
  CHECK(arange(4.).dtype() == float32);
  CHECK(arange(0, 4, 1.).dtype() == float32);
  CHECK(arange(0, 4., 1).dtype() == float32);
  CHECK(numbers(arange(1., 2., 0.25)) == V{1, 1.25, 1.5, 1.75});
  CHECK(numbers(arange(1., 2.01, 0.25)) == V{1, 1.25, 1.5, 1.75, 2});
  CHECK(numbers(arange(1., 0., -0.5)) == V{1, 0.5});
  CHECK(arange(0, 5, 2, {.dtype = float16}).dtype() == float16);
  CHECK(integers(arange(0., 2., 0.5, {.dtype = int64})) == I{0, 0, 1, 1});
  CHECK(arange(true).numel() == 1);
}

TEST_CASE("arange of integers is exact over all of int64", "[ops][create]") {
  const int64_t odd = (int64_t{1} << 53) + 1;
  CHECK(integers(arange(odd, odd + 3)) == I{odd, odd + 1, odd + 2});
  CHECK(integers(arange(INT64_MIN, INT64_MAX, INT64_MAX)) == I{INT64_MIN, -1, INT64_MAX - 1});
  CHECK(integers(arange(INT64_MAX, INT64_MIN, INT64_MIN)) == I{INT64_MAX, -1});
  CHECK(integers(arange(INT64_MAX - 2, INT64_MAX)) == I{INT64_MAX - 2, INT64_MAX - 1});
  CHECK(integers(arange(INT64_MIN, INT64_MIN + 2)) == I{INT64_MIN, INT64_MIN + 1});
}

TEST_CASE("what arange, linspace and eye refuse", "[ops][create]") {
  CHECK_THROWS_WITH(arange(0, 3, 0), "step must be nonzero, got 0");
  CHECK_THROWS_AS(arange(0, 3, 0.), ValueError);
  CHECK_THROWS_WITH(arange(3, 0),
                    "upper bound and larger bound inconsistent with step sign: 3 -> 0 by 1");
  CHECK_THROWS_WITH(arange(0, 3, -1),
                    "upper bound and larger bound inconsistent with step sign: 0 -> 3 by -1");
  CHECK_THROWS_AS(arange(0., infinity), ValueError);
  CHECK_THROWS_AS(arange(-infinity, 0.), ValueError);
  CHECK_THROWS_AS(arange(0., not_a_number), ValueError);
  CHECK_THROWS_AS(arange(not_a_number, 1.), ValueError);
  CHECK_THROWS_AS(arange(0., 1., not_a_number), ValueError);
  CHECK(arange(0., 1., infinity).numel() == 0);
  CHECK_THROWS_AS(arange(0, int64_t{1} << 62), ShapeError);
  CHECK_THROWS_AS(arange(0., 1e19), ShapeError);
  CHECK_THROWS_WITH(linspace(0, 1, -1), "number of steps must be non-negative, got -1");
  CHECK_THROWS_WITH(eye(-1), "eye expects sizes >= 0, got -1 and -1");
  CHECK_THROWS_WITH(eye(2, -3), "eye expects sizes >= 0, got 2 and -3");
}

TEST_CASE("linspace meets both of its ends, and the middle", "[ops][create]") {
  CHECK(linspace(0, 1, 0).numel() == 0);
  CHECK(numbers(linspace(3, 7, 1)) == V{3});
  CHECK(numbers(linspace(3, 7, 2)) == V{3, 7});
  CHECK(numbers(linspace(3, 7, 3)) == V{3, 5, 7});
  CHECK(numbers(linspace(7, 3, 5)) == V{7, 6, 5, 4, 3});
  CHECK(linspace(-4, 4, 21)[10].item<float>() == 0);
  for (const int64_t n : {2, 3, 10, 11, 101}) {
    const V x = numbers(linspace(-0.3, 0.7, n, {.dtype = float64}));
    CHECK(x.front() == -0.3);
    CHECK(x.back() == 0.7);
    for (size_t i = 1; i < x.size(); ++i) CHECK(x[i] > x[i - 1]);
    const V mirrored = numbers(linspace(-1.1, 1.1, n, {.dtype = float64}));
    for (size_t i = 0; i < mirrored.size(); ++i)
      CHECK(mirrored[i] == -mirrored[mirrored.size() - 1 - i]);
  }
  CHECK(integers(linspace(0, 3, 4, {.dtype = int64})) == I{0, 1, 2, 3});
  CHECK(linspace(0, 1, 3).dtype() == float32);
}

TEST_CASE("eye has ones on its diagonal", "[ops][create]") {
  CHECK(integers(eye(2)) == I{1, 0, 0, 1});
  CHECK(integers(eye(2, 3)) == I{1, 0, 0, 0, 1, 0});
  CHECK(integers(eye(3, 2)) == I{1, 0, 0, 1, 0, 0});
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK(eye(2, 0).shape() == Shape{2, 0});
  CHECK(eye(0, 2).shape() == Shape{0, 2});
  CHECK(eye(2).dtype() == float32);
  CHECK(eye(2, {}, {.dtype = bool_}).to_vector<bool>() ==
        std::vector<bool>{true, false, false, true});
  CHECK(eye(2, 3, {.device = Device::meta}).shape() == Shape{2, 3});
}

TEST_CASE("*_like takes shape, layout, dtype and device over", "[ops][create]") {
  const Tensor turned = ones({2, 3}, int32).t(), gaps = ones({2, 6})(all, slice(none, none, 2));
  for (const Tensor& y :
       {zeros_like(turned), ones_like(turned), full_like(turned, 7), empty_like(turned)}) {
    CHECK(y.shape() == Shape{3, 2});
    CHECK(y.strides() == Strides{1, 3});
    CHECK(y.dtype() == int32);
    CHECK(y.version() == 0);
    CHECK_FALSE(y.requires_grad());
  }
  CHECK(integers(full_like(turned, 7.9)) == I(6, 7));
  CHECK(zeros_like(gaps).is_contiguous());
  CHECK(zeros_like(ones({1, 3}).expand({2, 3})).is_contiguous());
  CHECK(zeros_like(empty({2}, {.device = Device::meta})).is_meta());
  CHECK(ones_like(tensor(1.).requires_grad_()).requires_grad() == false);
}
