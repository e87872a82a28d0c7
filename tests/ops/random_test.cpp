// Random tensors: dtypes, ranges, generators, errors. Their bits: random_golden_test.cpp.
#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace {

using wick::DType;
using wick::Tensor;
using wick::TypeError;
using wick::ValueError;

/// True if `call` leaves the default generator as it was.
bool draws_nothing(const std::function<void()>& call) {
  const auto before = wick::default_generator().get_state();
  call();
  return wick::default_generator().get_state() == before;
}

constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
constexpr int64_t highest = std::numeric_limits<int64_t>::max();

}  // namespace

TEST_CASE("random tensors: dtypes, devices and options", "[random]") {
  CHECK(wick::rand({2}).dtype() == wick::float32);
  CHECK(wick::randint(5, {2}).dtype() == wick::int64);
  CHECK(wick::randint(5, {2}, wick::float32).dtype() == wick::float32);
  CHECK(wick::randint(2, 5, {2}, wick::uint8).dtype() == wick::uint8);
  CHECK(wick::randperm(3).dtype() == wick::int64);
  CHECK(wick::randperm(3, {.dtype = wick::float32}).dtype() == wick::float32);
  CHECK(wick::bernoulli(wick::ones({2}, wick::float64)).dtype() == wick::float64);
  CHECK(wick::rand_like(wick::ones({2}, wick::float64)).dtype() == wick::float64);
  CHECK(wick::randn_like(wick::ones({2}, wick::int64), {.dtype = wick::float16}).dtype() ==
        wick::float16);
  CHECK(wick::randint_like(wick::ones({2}), 7).dtype() == wick::float32);
  CHECK(wick::randn_like(wick::ones({4, 5}).t()).strides() == wick::Strides{1, 5});
  CHECK(wick::bernoulli(wick::ones({4, 5}).t()).is_contiguous());
  const Tensor leaf = wick::randn({2}, {.requires_grad = true});
  CHECK(leaf.requires_grad());
  CHECK(leaf.is_leaf());
  CHECK_THROWS_AS(wick::randint(5, {2}, {.requires_grad = true}), TypeError);
  CHECK(wick::rand({}).dim() == 0);
  CHECK_THROWS_AS(wick::rand({-1}), wick::ShapeError);
}

TEST_CASE("random tensors: every dtype stays within its range", "[random]") {
  for (const DType dtype : {wick::float32, wick::float64, wick::bfloat16, wick::float16}) {
    INFO(wick::name(dtype));
    for (const double x : wick::rand({500}, dtype).to_vector<double>()) CHECK((x >= 0 && x < 1));
    for (const double x : wick::empty({99}, dtype).exponential_().to_vector<double>())
      CHECK(x >= 0);
    CHECK_NOTHROW(wick::randn({40}, dtype));
  }
  for (int i = 0; i < wick::dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    INFO(wick::name(dtype));
    for (const int64_t x : wick::randint(2, {300}, dtype).to_vector<int64_t>())
      CHECK((x == 0 || x == 1));
    for (const double x : wick::empty({99}, dtype).random_().to_vector<double>()) CHECK(x >= 0);
    const Tensor coins = wick::empty({300}, dtype).bernoulli_(0.5);
    for (const int64_t x : coins.to_vector<int64_t>()) CHECK((x == 0 || x == 1));
  }
  CHECK(wick::randint(lowest, highest, {4}).shape() == wick::Shape{4});
  CHECK_NOTHROW(wick::randint(lowest, highest, {4}, wick::float32));
  std::set<int64_t> seen;
  for (const int64_t x : wick::randint(-3, 4, {500}).to_vector<int64_t>()) seen.insert(x);
  CHECK(seen == std::set<int64_t>{-3, -2, -1, 0, 1, 2, 3});
}

TEST_CASE("random tensors: permutations", "[random]") {
  for (const DType dtype : {wick::int64, wick::int32, wick::uint8, wick::float16, wick::float32}) {
    std::vector<int64_t> numbers = wick::randperm(256, {.dtype = dtype}).to_vector<int64_t>();
    std::sort(numbers.begin(), numbers.end());
    std::vector<int64_t> expected(256);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(numbers == expected);
  }
  CHECK(wick::randperm(0).numel() == 0);
  CHECK_THROWS_AS(wick::randperm(-1), wick::ShapeError);
  CHECK_THROWS_AS(wick::randperm(lowest, {.dtype = wick::uint8}), wick::ShapeError);
  CHECK_THROWS_WITH(wick::randperm(257, {.dtype = wick::uint8}),
                    "value cannot be converted to type uint8_t without overflow");
  CHECK_THROWS_WITH(wick::randperm(3000, {.dtype = wick::float16}),
                    "n cannot be greater than 2049 for Half type.");
  CHECK_THROWS_WITH(wick::randperm(300, {.dtype = wick::bfloat16}),
                    "n cannot be greater than 257 for BFloat16 type.");
  CHECK_THROWS_WITH(wick::randperm(2, {.dtype = wick::bool_}),
                    "\"randperm\" not implemented for 'Bool'");
}

TEST_CASE("random tensors: a generator of one's own", "[random]") {
  wick::Generator own(0);
  wick::manual_seed(0);
  const auto all = [](wick::Generator* g) {
    const Tensor x = wick::empty({9});
    std::vector<float> values;
    for (const Tensor& y :
         {wick::rand({3}, {}, g), wick::randn({17}, {}, g), wick::normal(1, 2, {3}, {}, g),
          wick::randint(9, {3}, {}, g), wick::randint(1, 9, {3}, {}, g), wick::randperm(5, {}, g),
          wick::bernoulli(wick::full({5}, 0.5), g), wick::rand_like(x, {}, g),
          wick::randn_like(x, {}, g), wick::randint_like(x, 4, {}, g),
          wick::randint_like(x, 4, 8, {}, g), wick::dropout(wick::ones({9}), 0.5, true, g),
          wick::dropout(wick::ones({3, 3}).t(), 0.5, true, g),
          wick::dropout_(wick::ones({9}), 0.5, true, g), wick::empty({3}).exponential_(1, g),
          wick::empty({3}).random_(g), wick::empty({3}).random_(0, 9, g),
          wick::empty({3}).bernoulli_(0.5, g)})
      for (const float value : y.to_vector<float>()) values.push_back(value);
    return values;
  };
  const auto before = wick::default_generator().get_state();
  const std::vector<float> values = all(&own);
  CHECK(wick::default_generator().get_state() == before);
  CHECK(values == all(nullptr));
  CHECK(own.get_state() == wick::default_generator().get_state());
}

TEST_CASE("random tensors: meta tensors and empty ones draw nothing", "[random]") {
  CHECK(draws_nothing([] {
    for (const Tensor& x : {wick::empty({2, 3}, {.device = wick::Device::meta}),
                            wick::empty({0, 3}), wick::empty({3, 0}).t()}) {
      x.uniform_();
      x.normal_();
      x.bernoulli_();
      x.random_();
      x.random_(0, 5);
      x.exponential_();
      wick::rand_like(x);
      wick::randn_like(x);
      wick::randint_like(x, 5);
      wick::bernoulli(x);
      CHECK(wick::dropout(x, 0.5).shape() == x.shape());
      wick::dropout_(x, 0.5);
    }
    CHECK(wick::randn({2}, {.device = wick::Device::meta}).is_meta());
    CHECK(wick::randperm(3, {.device = wick::Device::meta}).is_meta());
    CHECK(wick::bernoulli(wick::empty({2}, {.device = wick::Device::meta})).is_meta());
    CHECK(wick::rand_like(wick::empty({2}, {.device = wick::Device::meta})).is_meta());
    wick::rand({0});
    wick::randperm(0);
    wick::randperm(1);
  }));
  CHECK_THROWS_AS(wick::randint(5, 5, {0}), ValueError);
  CHECK_THROWS_AS(wick::empty({0}).uniform_(3, 2), ValueError);
  CHECK_THROWS_AS(wick::empty({2}, {.device = wick::Device::meta}).normal_(0, -1), ValueError);
}

TEST_CASE("random tensors: in place", "[random]") {
  const Tensor x = wick::zeros({4});
  const Tensor view = x.slice(0, 1, 3);
  const uint64_t version = x.version();
  CHECK(view.uniform_(1, 2).is_same(view));
  CHECK(x.version() > version);
  const std::vector<float> values = x.to_vector<float>();
  CHECK((values[0] == 0 && values[1] >= 1 && values[2] >= 1 && values[3] == 0));

  const Tensor leaf = wick::zeros({3}, {.requires_grad = true});
  CHECK(draws_nothing([&] {
    CHECK_THROWS_WITH(leaf.uniform_(),
                      "a leaf Variable that requires grad is being used in an in-place operation.");
    CHECK_THROWS_AS(leaf.slice(0, 1).normal_(), wick::Error);
    CHECK_THROWS_AS(wick::zeros({1}).expand({3}).random_(), wick::Error);
    CHECK_THROWS_AS(wick::dropout_(leaf, 0.5), wick::Error);
    CHECK_THROWS_AS(Tensor().normal_(), wick::Error);
    CHECK_THROWS_AS(wick::rand_like(Tensor()), wick::Error);
    CHECK_THROWS_AS(wick::bernoulli(Tensor()), wick::Error);
  }));
  CHECK(leaf.clone().uniform_().grad_fn() == "UniformBackward0");
  CHECK(leaf.clone().normal_().grad_fn() == "NormalBackward0");
  CHECK(wick::bernoulli(leaf).grad_fn() == "BernoulliBackward0");
  const wick::NoGradGuard guard;
  CHECK_NOTHROW(leaf.normal_());
}

TEST_CASE("random tensors: bad arguments", "[random][errors]") {
  const Tensor x = wick::zeros({3});
  const auto check = [](const std::function<void()>& call, const std::string& text) {
    CHECK(draws_nothing([&] {
      CHECK_THROWS_AS(call(), ValueError);
      CHECK_THROWS_WITH(call(), text);
    }));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const int64_t large = int64_t{1} << 40;
  check([&] { x.uniform_(3, 2); },
        "uniform_ expects to return a [from, to) range, but found from=3 > to=2");
  check([&] { x.uniform_(nan, 2); }, "from is out of bounds for float");
  check([&] { x.uniform_(0, 1e39); }, "to is out of bounds for float");
  check([&] { x.to(wick::float16).uniform_(0, 7e4); }, "to is out of bounds for c10::Half");
  check([&] { x.uniform_(-3e38, 3e38); },
        "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and "
        "from=-3e+38 which result in to-from to exceed the limit");
  check([&] { x.normal_(0, -1); }, "normal expects std >= 0.0, but found std -1");
  check([&] { x.normal_(0, nan); }, "normal expects std >= 0.0, but found std nan");
  check([&] { wick::normal(0, -1.5, {3}); }, "normal expects std >= 0.0, but found std -1.5");
  check([&] { x.bernoulli_(1.5); }, "bernoulli_ expects p to be in [0, 1], but got p=1.5");
  check([&] { x.bernoulli_(nan); }, "bernoulli_ expects p to be in [0, 1], but got p=nan");
  check([&] { x.exponential_(-1); }, "exponential_ expects lambda >= 0.0, but found lambda=-1");
  check([&] { wick::randint(5, 5, {3}); },
        "random_ expects 'from' to be less than 'to', but got from=5 >= to=5");
  check([&] { wick::randint(highest, lowest, {3}); },
        "random_ expects 'from' to be less than 'to', but got from=9223372036854775807 >= "
        "to=-9223372036854775808");
  check([&] { wick::randint(257, {3}, wick::uint8); }, "to - 1 is out of bounds for unsigned char");
  check([&] { wick::randint(-1, 5, {3}, wick::uint8); }, "from is out of bounds for unsigned char");
  check([&] { wick::randint(3, {3}, wick::bool_); }, "to - 1 is out of bounds for bool");
  check([&] { wick::randint(int64_t{1} << 32, {3}, wick::int32); },
        "to - 1 is out of bounds for int");
  check([&] { wick::randint(70000, {3}, wick::float16); }, "to - 1 is out of bounds for c10::Half");
  check([&] { wick::randint(large + 1, large + 3, {3}, wick::float32); },
        "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
        "from=1099511758848 >= to=1099511627779");
  check(
      [&] {
        wick::bernoulli(wick::tensor({0.5, nan}));
      },
      "Expected p_in >= 0 && p_in <= 1 to be true, but got false");

  const Tensor integers = wick::zeros({3}, wick::int64);
  CHECK_THROWS_WITH(integers.uniform_(), "\"check_uniform_bounds\" not implemented for 'Long'");
  CHECK_THROWS_WITH(integers.normal_(), "\"normal_kernel_cpu\" not implemented for 'Long'");
  CHECK_THROWS_WITH(integers.exponential_(), "\"exponential_cpu\" not implemented for 'Long'");
  CHECK_THROWS_WITH(wick::bernoulli(integers),
                    "\"bernoulli_tensor_cpu_p_\" not implemented for 'Long'");
  CHECK_THROWS_AS(wick::rand({3}, wick::int64), TypeError);
}
