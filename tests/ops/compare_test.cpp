#include <cmath>
#include <limits>

#include "catch.h"
#include "wick/ops.h"

using namespace wick;

namespace {

using Bools = std::vector<bool>;
const double nan_value = std::nan("");

Bools bools(const Tensor& x) {
  CHECK(x.dtype() == bool_);
  return x.to_vector<bool>();
}

}  // namespace

TEST_CASE("Comparisons give bool tensors", "[compare]") {
  const Tensor a = tensor({1., 2., nan_value});
  const Tensor b = tensor({1., 3., nan_value});
  CHECK(bools(a == b) == Bools{true, false, false});
  CHECK(bools(a != b) == Bools{false, true, true});
  CHECK(bools(a < b) == Bools{false, true, false});
  CHECK(bools(a <= b) == Bools{true, true, false});
  CHECK(bools(a > b) == Bools{false, false, false});
  CHECK(bools(a >= b) == Bools{true, false, false});
  CHECK(bools(a > 1) == Bools{false, true, false});
  CHECK(bools(a.ge(2)) == Bools{false, true, false});
  CHECK(bools(tensor({0.1}) == 0.1) == Bools{true});
  CHECK(bools(tensor({16777217}) == 16777216.0) == Bools{true});
  CHECK((a == b.view({3, 1})).shape() == Shape{3, 3});
  CHECK((a == empty({0, 1})).shape() == Shape{0, 3});
  CHECK_THROWS_AS(tensor({1., 2.}) == tensor({1., 2., 3.}), ShapeError);
  CHECK_THROWS_AS(a == Tensor(), Error);
}

TEST_CASE("Numbers that a dtype cannot hold compare by their value", "[compare]") {
  const Tensor bytes = tensor({1, 255}).to(uint8);
  CHECK(bools(bytes == 257) == Bools{false, false});
  CHECK(bools(bytes == -1) == Bools{false, false});
  CHECK(bools(bytes < 1000) == Bools{true, true});
  CHECK(bools(bytes > -1) == Bools{true, true});
  CHECK(bools(tensor({0}).to(int32) < (int64_t{1} << 40)) == Bools{true});
  CHECK(bools(tensor({true, false}) == 1) == Bools{true, false});
  CHECK(bools(tensor({true, false}) == 2) == Bools{false, false});
}

TEST_CASE("isnan, isinf and isfinite", "[compare]") {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    const Tensor x = tensor({0., -1., inf, -inf, nan_value}).to(dtype);
    CHECK(bools(isnan(x)) == Bools{false, false, false, false, true});
    CHECK(bools(isinf(x)) == Bools{false, false, true, true, false});
    CHECK(bools(isfinite(x)) == Bools{true, true, false, false, false});
  }
  for (const DType dtype : {int64, uint8, bool_}) {
    const Tensor x = tensor({0, 1}).to(dtype);
    CHECK(bools(isnan(x)) == Bools{false, false});
    CHECK(bools(isinf(x)) == Bools{false, false});
    CHECK(bools(isfinite(x)) == Bools{true, true});
  }
}

TEST_CASE("Logic works on the truth of any dtype", "[compare]") {
  const Tensor f = tensor({1.5, -2., 0., nan_value});
  CHECK(bools(logical_not(f)) == Bools{false, false, true, false});
  CHECK(bools(logical_and(f, tensor({1, 0, 1, 2}))) == Bools{true, false, false, true});
  CHECK(bools(logical_or(f, tensor({1, 0, 0, 0}))) == Bools{true, true, false, true});
  CHECK(bools(logical_xor(f, tensor({true}))) == Bools{false, false, true, false});
  // A tiny 0-d number stays true although the other side could not hold it.
  CHECK(bools(logical_and(ones({1}, float16), full({}, 1e-300, float64))) == Bools{true});
  CHECK(bools(~tensor({true, false})) == Bools{false, true});
  CHECK((~tensor({1, -2})).to_vector<int64_t>() == std::vector<int64_t>{-2, 1});
  CHECK((~tensor({1}).to(uint8)).to_vector<int64_t>() == std::vector<int64_t>{254});
}

TEST_CASE("allclose", "[compare]") {
  const Tensor x = tensor({1., 2., 3.});
  CHECK(allclose(x, x + 1e-6));
  CHECK(!allclose(x, x + 1e-3));
  CHECK(allclose(x, x + 1e-3, 0, 0.01));
  CHECK(allclose(x, tensor({1., 2., 3.}).view({1, 3})));
  CHECK(!allclose(tensor({nan_value}), tensor({nan_value})));
  CHECK(allclose(tensor({nan_value}), tensor({nan_value}), 1e-5, 1e-8, true));
  CHECK(allclose(tensor({inf}), tensor({inf})));
  CHECK(!allclose(tensor({inf}), tensor({-inf})));
  CHECK(!allclose(tensor({1.}), tensor({inf})));
  CHECK(!allclose(tensor({inf}), tensor({1.})));
  CHECK(allclose(empty({0}), tensor({1.})));
  CHECK(allclose(tensor({1, 2}), tensor({1, 2})));
  CHECK(allclose(tensor({true}), tensor({true})));
  CHECK(!allclose(zeros({100000}), zeros({100000}).index_put_({99999}, ones({}))));
  CHECK_THROWS_AS(allclose(x, x.to(float64)), TypeError);
  CHECK_THROWS_WITH(allclose(x, tensor({1})), "Float did not match Long");
  CHECK_THROWS_AS(allclose(x, tensor({1., 2.})), ShapeError);
  CHECK_THROWS_WITH(allclose(x, x, -1), "rtol must be greater than or equal to zero, but got -1");
  CHECK_THROWS_AS(allclose(x, x, 0, nan_value), ValueError);
  CHECK_THROWS_AS(allclose(x, empty({3}, {.device = meta})), TypeError);
  CHECK_THROWS_AS(allclose(x, Tensor()), Error);
}

TEST_CASE("equal", "[compare]") {
  const Tensor x = arange(6.0).view({2, 3});
  CHECK(equal(x, x.t().contiguous().t()));
  CHECK(!equal(x, x + 1));
  CHECK(!equal(x, x.t()));
  CHECK(!equal(x, x.to(float64)));
  CHECK(!equal(x, x[0]));
  CHECK(!equal(tensor({nan_value}), tensor({nan_value})));
  CHECK(equal(tensor({0.}), tensor({-0.})));
  CHECK(equal(empty({0, 2}), empty({0, 2})));
  CHECK(x.equal(x.clone()));
  CHECK_THROWS_AS(equal(x, empty({2, 3}, {.device = meta})), TypeError);
  CHECK_THROWS_AS(equal(x, Tensor()), Error);
}
