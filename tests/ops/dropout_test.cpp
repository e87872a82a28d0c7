// Dropout: golden/semantics.txt, and what a mask must be. Other layouts: random_test.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "golden_random.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"

using wick::Tensor;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool same(const Tensor& x, const std::vector<double>& expected) {
  const std::vector<double> values = x.to_vector<double>();
  if (values.size() != expected.size()) return false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i]) ? !std::isnan(values[i]) : values[i] != expected[i]) return false;
    if (!std::isnan(expected[i]) && std::signbit(values[i]) != std::signbit(expected[i]))
      return false;
  }
  return true;
}

}  // namespace

TEST_CASE("dropout: no change is the same tensor, and draws nothing", "[dropout]") {
  const auto before = wick::default_generator().get_state();
  const Tensor x = wick::ones({4}, {.requires_grad = true});
  CHECK(wick::dropout(x, 0).is_same(x));
  CHECK(wick::dropout(x, 0.5, false).is_same(x));
  CHECK(wick::dropout(x, 1, false).is_same(x));
  CHECK(wick::dropout_(x, 0).is_same(x));
  CHECK(wick::dropout_(x, 0.5, false).is_same(x));
  const Tensor none = wick::ones({0, 3});
  CHECK(wick::dropout(none, 0.5).is_same(none));
  CHECK(wick::dropout(none, 1).is_same(none));
  CHECK(wick::dropout(x, 1).requires_grad());
  CHECK(wick::default_generator().get_state() == before);
}

TEST_CASE("dropout: golden semantics", "[dropout][golden]") {
  CHECK(same(wick::dropout(wick::tensor({1.0, -2.0, inf, not_a_number}), 1),
             {0.0, -0.0, not_a_number, not_a_number}));
  wick::manual_seed(0);
  const Tensor x = wick::tensor({1.0, -1.0, inf, inf, not_a_number, -0.0, 2.0, 3.0});
  CHECK(same(wick::dropout(x, 0.5), {0.0, -0.0, inf, not_a_number, not_a_number, -0.0, 4.0, 6.0}));
  wick::manual_seed(0);
  CHECK(same(wick::dropout(wick::ones({6}), 0.5), {0, 0, 2, 0, 0, 0}));
  wick::manual_seed(0);
  const Tensor in_place = wick::ones({6});
  CHECK(wick::dropout_(in_place, 0.5).is_same(in_place));
  CHECK(same(in_place, {0, 0, 2, 0, 0, 0}));
  CHECK(in_place.version() > 0);
}

TEST_CASE("dropout: dtypes", "[dropout]") {
  wick::manual_seed(3);
  const std::vector<double> wide =
      wick::dropout(wick::ones({99}, wick::float64), 0.3).to_vector<double>();
  wick::manual_seed(3);
  const std::vector<double> narrow = wick::dropout(wick::ones({99}), 0.3).to_vector<double>();
  int kept = 0;
  for (size_t i = 0; i < wide.size(); ++i) {  // the same mask
    CHECK((wide[i] == 0) == (narrow[i] == 0));
    if (wide[i] != 0) CHECK(wide[i] == 1.0 / (1.0 - 0.3));
    if (wide[i] != 0) CHECK(narrow[i] == static_cast<double>(1.0F / 0.7F));
    kept += wide[i] != 0;
  }
  CHECK((kept > 50 && kept < 90));
  for (const wick::DType dtype : {wick::float16, wick::bfloat16}) {
    const Tensor y = wick::dropout(wick::ones({50}, dtype), 0.5);
    CHECK(y.dtype() == dtype);
    for (const float value : y.to_vector<float>()) CHECK((value == 0 || value == 2));
  }
  for (const wick::DType dtype : {wick::int64, wick::bool_}) {
    const Tensor x = wick::ones({4}, dtype);
    CHECK(wick::dropout(x, 0).is_same(x));
    const Tensor none = wick::dropout(x, 1);
    CHECK(none.dtype() == dtype);
    CHECK(none.to_vector<int64_t>() == std::vector<int64_t>(4, 0));
    CHECK_THROWS_AS(wick::dropout(x, 0.5), wick::TypeError);
    CHECK_THROWS_AS(wick::dropout_(x, 0.5), wick::TypeError);
  }
  CHECK_THROWS_WITH(wick::dropout(wick::ones({4}, wick::int64), 0.5),
                    "result type Float can't be cast to the desired output type Long");
}

TEST_CASE("dropout: layouts and views", "[dropout]") {
  const Tensor x = wick::ones({4, 5, 6});
  CHECK(wick::dropout(x.permute({2, 0, 1}), 0.5).strides() == wick::Strides{1, 30, 6});
  CHECK(wick::dropout(x.slice(2, {}, {}, 2), 0.5).is_contiguous());
  const Tensor repeated = wick::dropout(wick::ones({1}).expand({200}), 0.5);
  const std::vector<float> values = repeated.to_vector<float>();
  CHECK(std::count(values.begin(), values.end(), 0.0F) > 50);  // each element has its own coin
  CHECK(std::count(values.begin(), values.end(), 2.0F) > 50);
  CHECK_THROWS_AS(wick::dropout_(wick::ones({1}).expand({4}), 0.5), wick::Error);
  const Tensor base = wick::ones({10});
  wick::dropout_(base.slice(0, 2, 8, 3), 0.999999);
  const std::vector<float> left = base.to_vector<float>();
  CHECK(std::count(left.begin(), left.end(), 1.0F) == 8);
}

TEST_CASE("dropout: gradients are recorded", "[dropout]") {
  const Tensor x = wick::ones({2, 3}, {.requires_grad = true});
  CHECK(wick::dropout(x, 0.5).grad_fn() == "MulBackward0");
  CHECK(wick::dropout(x, 1).grad_fn() == "MulBackward0");
  CHECK(wick::dropout(x.t(), 0.5).grad_fn() == "MulBackward0");
  CHECK(wick::dropout_(x.clone(), 0.5).grad_fn() == "MulBackward0");
  CHECK_THROWS_AS(wick::dropout_(x, 1), wick::Error);
  const wick::NoGradGuard guard;
  CHECK(!wick::dropout(x, 0.5).requires_grad());
}

TEST_CASE("dropout: bad probabilities", "[dropout][errors]") {
  const Tensor x = wick::ones({3});
  const auto text = [](const std::string& p) {
    return "dropout probability has to be between 0 and 1, but got " + p;
  };
  CHECK_THROWS_WITH(wick::dropout(x, -0.1), text("-0.1"));
  CHECK_THROWS_WITH(wick::dropout(x, 1.5), text("1.5"));
  CHECK_THROWS_WITH(wick::dropout(x, 2), text("2.0"));
  CHECK_THROWS_WITH(wick::dropout(x, not_a_number), text("nan"));
  CHECK_THROWS_WITH(wick::dropout(x, -0.1, false), text("-0.1"));
  CHECK_THROWS_WITH(wick::dropout_(x, -0.1), text("-0.1"));
  CHECK_THROWS_AS(wick::dropout(x, 1.5), wick::ValueError);
  CHECK_THROWS_AS(wick::dropout(Tensor(), 0.5), wick::Error);
}
