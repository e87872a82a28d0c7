// Numbers as operands, at the bounds of the dtypes: what compares, what fits, what is refused; and
// that refusals leave nothing half-written.
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
using Bools = std::vector<bool>;
const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

V numbers(const Tensor& t) { return t.to_vector<double>(); }
Bools bools(const Tensor& t) { return t.to_vector<bool>(); }

}  // namespace

TEST_CASE("a number that the dtype cannot hold compares by its value", "[ops][numbers]") {
  struct Bounds {
    DType dtype;
    int64_t low, high;
  };
  for (const auto& [dtype, low, high] :
       {Bounds{uint8, 0, 255}, Bounds{int32, INT32_MIN, INT32_MAX}, Bounds{bool_, 0, 1}}) {
    const Tensor x = tensor({low, high}).to(dtype);
    CAPTURE(name(dtype));
    CHECK(bools(x == low) == Bools{true, false});
    CHECK(bools(x == high) == Bools{false, true});
    CHECK(bools(x == high + 1) == Bools{false, false});
    CHECK(bools(x == low - 1) == Bools{false, false});
    CHECK(bools(x != high + 1) == Bools{true, true});
    CHECK(bools(x < high + 1) == Bools{true, true});
    CHECK(bools(x <= high + 1) == Bools{true, true});
    CHECK(bools(x > high + 1) == Bools{false, false});
    CHECK(bools(x >= low - 1) == Bools{true, true});
    CHECK(bools(x < low - 1) == Bools{false, false});
    CHECK(bools(x < high) == Bools{true, false});
    CHECK(bools(x <= low) == Bools{true, false});
    CHECK(bools(x > low) == Bools{false, true});
    CHECK(bools(x >= high) == Bools{false, true});
  }
  CHECK(bools(tensor({INT64_MAX}) == INT64_MAX) == Bools{true});
  CHECK(bools(tensor({1, 2}) > 1.5) == Bools{false, true});
  CHECK(bools(tensor({1., not_a_number}) != not_a_number) == Bools{true, true});
  CHECK(bools(tensor({0., -0.}) == -0.0) == Bools{true, true});
}

TEST_CASE("masked_fill takes what the dtype holds, exactly", "[ops][numbers]") {
  const auto fills = [](DType dtype, Scalar value) {
    const Tensor x = zeros({2}, dtype);
    bool plain = true, in_place = true;
    try {
      masked_fill(x, tensor({true, false}), value);
    } catch (const ValueError& error) {
      CHECK_THAT(error.what(), ContainsSubstring("without overflow"));
      plain = false;
    }
    try {
      x.masked_fill_(tensor({true, false}), value);
    } catch (const ValueError&) {
      in_place = false;
      CHECK(x.version() == 0);
    }
    CHECK(plain == in_place);
    return plain;
  };
  CHECK(fills(uint8, 255));
  CHECK_FALSE(fills(uint8, 256));
  CHECK(fills(uint8, 255.9));
  CHECK_FALSE(fills(uint8, 256.));
  CHECK(fills(uint8, -255));
  CHECK_FALSE(fills(uint8, -256));
  CHECK(fills(int32, INT32_MAX));
  CHECK_FALSE(fills(int32, int64_t{INT32_MAX} + 1));
  CHECK(fills(int32, INT32_MIN));
  CHECK_FALSE(fills(int32, int64_t{INT32_MIN} - 1));
  CHECK(fills(int64, 0x1.fffffffffffffp62));
  CHECK_FALSE(fills(int64, 0x1p63));
  CHECK(fills(int64, -0x1p63));
  CHECK_FALSE(fills(int64, -0x1.0000000000001p63));
  CHECK_FALSE(fills(int64, not_a_number));
  CHECK_FALSE(fills(int64, infinity));
  CHECK(fills(int64, INT64_MIN));
  CHECK(fills(bool_, 1e300));
  CHECK(fills(bool_, not_a_number));
  CHECK(fills(float16, 65504.));
  CHECK_FALSE(fills(float16, 65519.));  // which would be rounded to 65504
  CHECK_FALSE(fills(float16, 65520.));
  CHECK(fills(float16, -65504));
  CHECK_FALSE(fills(float16, -70000));
  CHECK(fills(float16, infinity));
  CHECK(fills(float16, not_a_number));
  CHECK(fills(bfloat16, 3.38e38));
  CHECK_FALSE(fills(bfloat16, 3.4e38));
  CHECK(fills(float32, 3.4e38));
  CHECK_FALSE(fills(float32, 3.5e38));
  CHECK_FALSE(fills(float32, -1e300));
  CHECK(fills(float64, 1e308));
  CHECK(fills(float64, -infinity));
}

TEST_CASE("clamp of integers: a bound beyond the dtype bounds nothing, or is refused",
          "[ops][numbers]") {
  const Tensor x = tensor({0, 7, 255}, uint8);
  CHECK(numbers(clamp(x, -1, 256)) == V{0, 7, 255});
  CHECK(numbers(clamp(x, 0, 255)) == V{0, 7, 255});
  CHECK(numbers(clamp(x, 255)) == V{255, 255, 255});
  CHECK(numbers(clamp(x, {}, 0)) == V{0, 0, 0});
  CHECK_THROWS_AS(clamp(x, 256), ValueError);
  CHECK_THROWS_AS(clamp(x, {}, -1), ValueError);
  CHECK(clamp(x, 1.5).dtype() == float32);
  CHECK(numbers(clamp(x, 1.5, 100)) == V{1.5, 7, 100});
  const Tensor y = tensor({INT32_MIN, 5, INT32_MAX}, int32);
  CHECK(numbers(clamp(y, INT32_MIN, INT32_MAX)) == numbers(y));
  CHECK(numbers(clamp(y, int64_t{INT32_MIN} - 5)) == numbers(y));
  CHECK_THROWS_AS(clamp(y, int64_t{INT32_MAX} + 1), ValueError);
  CHECK_THROWS_AS(clamp(y, {}, int64_t{INT32_MIN} - 1), ValueError);
  CHECK(numbers(clamp(y, 9, 3)) == V{3, 3, 3});  // the upper bound wins
  CHECK_THROWS_AS(x.clamp_(1.5), TypeError);
  CHECK_THROWS_AS(x.clamp_({}), ValueError);
  CHECK_THROWS_AS(x.clamp_(256), ValueError);
  CHECK(numbers(x) == V{0, 7, 255});
  CHECK(numbers(x.clamp_(1, 8)) == V{1, 7, 8});
  CHECK(clamp(tensor({1., 2.}, float16), 1.5).dtype() == float16);
  CHECK(numbers(clamp(tensor({0.1}, float32), 0.1)) == numbers(tensor({0.1}, float32)));
}

TEST_CASE("integers are not divided by zero, wherever it stands", "[ops][numbers]") {
  const Tensor x = tensor({7, -7, 9});
  const auto text = ContainsSubstring("ZeroDivisionError: ");
  for (const Tensor& zero : {tensor({1, 2, 0}), tensor(0), tensor({{0}}), zeros({3}, int64),
                             tensor({false, true, true})}) {
    CHECK_THROWS_WITH(floor_divide(x, zero), text);
    CHECK_THROWS_WITH(x % zero, text);
    CHECK_THROWS_WITH(x.clone().unsqueeze(0).floor_divide_(zero), text);
    CHECK_THROWS_WITH(x.clone().unsqueeze(0).remainder_(zero), text);
  }
  CHECK_THROWS_AS(x.floor_divide_(tensor({1, 2, 0})), ValueError);
  CHECK_THROWS_AS(x.remainder_(0), ValueError);
  CHECK(numbers(x) == V{7, -7, 9});
  CHECK(x.version() == 0);
  CHECK_NOTHROW(floor_divide(zeros({0}, int64), tensor(0)));  // nothing is divided
  CHECK_NOTHROW(floor_divide(x.to(Device::meta), 0));
  CHECK(numbers(floor_divide(x, tensor({2, 2, -4}))) == V{3, -4, -3});
  CHECK(numbers(x % tensor({2, 2, -4})) == V{1, 1, -3});
  CHECK(numbers(x / 0) == V{infinity, -infinity, infinity});
  CHECK(floor_divide(x, 2.).dtype() == float32);
  CHECK(numbers(floor_divide(tensor({7., -7.}), 0)) == V{infinity, -infinity});
  for (const DType dtype : {int32, uint8})
    CHECK_THROWS_AS(floor_divide(ones({2}, dtype), zeros({2}, dtype)), ValueError);
}

TEST_CASE("powers of integers", "[ops][numbers]") {
  const Tensor x = tensor({-2, -1, 0, 1, 3});
  CHECK(numbers(pow(x, 0)) == V{1, 1, 1, 1, 1});
  CHECK(numbers(pow(x, 1)) == numbers(x));
  CHECK(numbers(pow(x, 2)) == V{4, 1, 0, 1, 9});
  CHECK(numbers(pow(x, 3)) == V{-8, -1, 0, 1, 27});
  CHECK(pow(x, 3).dtype() == int64);
  CHECK(pow(x, 2.).dtype() == float32);
  CHECK(numbers(pow(x, -1.))[4] == Approx(1. / 3));
  CHECK_THROWS_WITH(pow(x, -1), "Integers to negative integer powers are not allowed.");
  CHECK_THROWS_AS(x.clone().pow_(-1), ValueError);
  CHECK_NOTHROW(pow(tensor({true, false}), 1));
  CHECK(numbers(pow(x, tensor({-1, -1, 2, -5, -2}))) == V{0, -1, 0, 1, 0});
  CHECK(numbers(pow(2, x + 2)) == V{1, 2, 4, 8, 32});
  CHECK(pow(tensor({2}, int32), 3).dtype() == int32);
  CHECK(numbers(pow(tensor({16}, uint8), 2)) == V{0});
}

TEST_CASE("subtracting bools is refused in every form", "[ops][numbers]") {
  const Tensor b = tensor({true, false}), x = tensor({1., 2.});
  const std::string two = "with two bool tensors is not supported", one = "with a bool tensor is";
  CHECK_THROWS_WITH(b - b, ContainsSubstring(two));
  CHECK_THROWS_WITH(b - x, ContainsSubstring(one));
  CHECK_THROWS_WITH(x - b, ContainsSubstring(one));
  CHECK_THROWS_WITH(b - 1, ContainsSubstring(one));
  CHECK_THROWS_WITH(1.5 - b, ContainsSubstring(one));
  CHECK_THROWS_WITH(x.sub_(b), ContainsSubstring(one));
  CHECK(numbers(b + b) == V{1, 0});
  CHECK((b + b).dtype() == bool_);
  CHECK((b + 1).dtype() == int64);
  CHECK((b * b).dtype() == bool_);
  CHECK((b / b.logical_not().logical_or(b)).dtype() == float32);
}

TEST_CASE("in place, results have to be castable to the tensor", "[ops][numbers]") {
  const Tensor i = ones({2}, int64), u = ones({2}, uint8), b = ones({2}, bool_),
               h = ones({2}, float16);
  CHECK_THROWS_AS(i.add_(0.5), TypeError);
  CHECK_THROWS_AS(i.mul_(ones({2})), TypeError);
  CHECK_THROWS_AS(i.div_(1), TypeError);
  CHECK_THROWS_AS(u.exp_(), TypeError);
  CHECK_THROWS_AS(i.erfinv_(), TypeError);
  CHECK_THROWS_AS(i.gelu_(), TypeError);
  CHECK_THROWS_AS(b.add_(1), TypeError);
  CHECK_THROWS_AS(b.mul_(ones({2}, uint8)), TypeError);
  CHECK_THROWS_AS(dropout_(i, 0.5), TypeError);
  CHECK(numbers(i.add_(true)) == V{2, 2});
  CHECK(numbers(i.add_(ones({2}, uint8))) == V{3, 3});
  CHECK(numbers(u.add_(ones({2}, int64) * 300)) == V{45, 45});  // wraps
  CHECK(numbers(u.mul_(true)) == V{45, 45});
  CHECK(numbers(b.mul_(tensor({true, false}))) == V{1, 0});
  CHECK(numbers(h.add_(ones({2}, float64) * 0.5)) == V{1.5, 1.5});
  CHECK(h.dtype() == float16);
  CHECK(numbers(h.add_(tensor({1, 2}))) == V{2.5, 3.5});
  CHECK(numbers(ones({2}, bfloat16).mul_(ones({2}, float16) * 3)) == V{3, 3});
  CHECK(numbers(i.neg_()) == V{-3, -3});
  CHECK(numbers(i.abs_()) == V{3, 3});
  CHECK(numbers(i.square_()) == V{9, 9});
  CHECK(numbers(i.floor_()) == V{9, 9});
  CHECK_THROWS_AS(b.square_(), TypeError);
  CHECK_THROWS_AS(b.neg_(), TypeError);
}
