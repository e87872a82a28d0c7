// nn::init against torch.nn.init: golden/init.json, and its errors.
#include "wick/nn/init.h"

#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "golden_random.h"
#include "wick/nn/linear.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace {

namespace init = wick::nn::init;
using nlohmann::json;
using wick::empty;
using wick::Tensor;
using wick::ValueError;
using Calls = std::map<std::string, std::function<Tensor()>>;

const Calls& exact() {
  static const Calls calls = {
      {"uniform_([3,5],-1,2)",
       [] {
         return init::uniform_(empty({3, 5}), -1, 2);
       }},
      {"normal_([4,5],1,0.5)",
       [] {
         return init::normal_(empty({4, 5}), 1, 0.5);
       }},
      {"normal_([3,4].t())",
       [] {
         return init::normal_(empty({5, 4}).t());
       }},
      {"xavier_uniform_([5,7])",
       [] {
         return init::xavier_uniform_(empty({5, 7}));
       }},
      {"xavier_uniform_([4,3,2],tanh)",
       [] {
         return init::xavier_uniform_(empty({4, 3, 2}), init::calculate_gain("tanh"));
       }},
      {"xavier_normal_([5,7])",
       [] {
         return init::xavier_normal_(empty({5, 7}));
       }},
      {"xavier_normal_([2,3,3,3],0.5)",
       [] {
         return init::xavier_normal_(empty({2, 3, 3, 3}), 0.5);
       }},
      {"kaiming_uniform_([4,6])",
       [] {
         return init::kaiming_uniform_(empty({4, 6}));
       }},
      {"kaiming_uniform_([4,6],sqrt5)",
       [] {
         return init::kaiming_uniform_(empty({4, 6}), std::sqrt(5.0));
       }},
      {"kaiming_uniform_([4,6,3],0.2,FAN_OUT)",
       [] {
         return init::kaiming_uniform_(empty({4, 6, 3}), 0.2, "FAN_OUT");
       }},
      {"kaiming_normal_([4,6],relu)",
       [] {
         return init::kaiming_normal_(empty({4, 6}), 0, "fan_in", "relu");
       }},
      {"kaiming_normal_([6,4],fan_out,selu)",
       [] {
         return init::kaiming_normal_(empty({6, 4}), 0, "fan_out", "selu");
       }},
      {"sparse_([5,4],0.3)",
       [] {
         return init::sparse_(empty({5, 4}), 0.3);
       }},
      {"sparse_([3,2],1)",
       [] {
         return init::sparse_(empty({3, 2}), 1, 2);
       }},
      {"eye_([3,4])",
       [] {
         return init::eye_(empty({3, 4}));
       }},
      {"eye_([4,3].t())",
       [] {
         return init::eye_(empty({4, 3}).t());
       }},
      {"dirac_([4,2,3])",
       [] {
         return init::dirac_(empty({4, 2, 3}));
       }},
      {"dirac_([4,3,2,3],2)",
       [] {
         return init::dirac_(empty({4, 3, 2, 3}), 2);
       }},
      {"dirac_([2,2,1,2,3])",
       [] {
         return init::dirac_(empty({2, 2, 1, 2, 3}));
       }},
      {"constant_([3],2.5)", [] { return init::constant_(empty({3}), 2.5); }},
  };
  return calls;
}

const Calls& close() {
  static const Calls calls = {
      {"trunc_normal_([40])", [] { return init::trunc_normal_(empty({40})); }},
      {"trunc_normal_([5,5],1,3,-1,0.5)",
       [] {
         return init::trunc_normal_(empty({5, 5}), 1, 3, -1, 0.5);
       }},
      {"trunc_normal_([4],10)", [] { return init::trunc_normal_(empty({4}), 10); }},
      {"orthogonal_([3,5])",
       [] {
         return init::orthogonal_(empty({3, 5}));
       }},
      {"orthogonal_([5,3],2)",
       [] {
         return init::orthogonal_(empty({5, 3}), 2);
       }},
      {"orthogonal_([4,4])",
       [] {
         return init::orthogonal_(empty({4, 4}));
       }},
      {"orthogonal_([6,2,3])",
       [] {
         return init::orthogonal_(empty({6, 2, 3}));
       }},
      {"orthogonal_([5,3].t())",
       [] {
         return init::orthogonal_(empty({5, 3}).t());
       }},
      {"orthogonal_([40,33])",
       [] {
         return init::orthogonal_(empty({40, 33}));
       }},
  };
  return calls;
}

/// The largest entry of |A A^T - 1|, rows or columns whichever are fewer.
double distance_to_orthogonal(const Tensor& x) {
  const Tensor a = x.to(wick::float64).view({x.size(0), -1});
  const Tensor rows = a.size(0) <= a.size(1) ? a : a.t();
  return (matmul(rows, rows.t()) - wick::eye(rows.size(0), {}, {.dtype = wick::float64}))
      .abs()
      .max()
      .item<double>();
}

}  // namespace

TEST_CASE("init: the bits of torch.nn.init", "[init][golden]") {
  const json golden = read_golden("init.json").at("exact");
  CHECK(golden.size() == exact().size());
  for (const auto& [name, call] : exact()) {
    INFO(name);
    wick::manual_seed(0);
    CHECK(json(bits_of(call())) == golden.at(name));
  }
}

TEST_CASE("init: close to torch.nn.init where more is computed", "[init][golden]") {
  const json golden = read_golden("init.json").at("close");
  CHECK(golden.size() == close().size());
  for (const auto& [name, call] : close()) {
    INFO(name);
    wick::manual_seed(0);
    const auto expected = golden.at(name).get<std::vector<double>>();
    const std::vector<double> values = call().to_vector<double>();
    REQUIRE(values.size() == expected.size());
    const bool trunc = name.starts_with("trunc");
    for (size_t i = 0; i < values.size(); ++i)
      CHECK(std::abs(values[i] - expected[i]) <=
            (trunc ? 1e-6 * std::max(1.0, std::abs(expected[i])) : 1e-5));
  }
}

TEST_CASE("init: orthogonal_ of sizes beyond a block, and of every dtype", "[init]") {
  const wick::Shape shape =
      GENERATE(wick::Shape{1, 1}, wick::Shape{1, 70}, wick::Shape{70, 1}, wick::Shape{97, 130},
               wick::Shape{130, 97}, wick::Shape{64, 64}, wick::Shape{33, 5, 8});
  CHECK(distance_to_orthogonal(init::orthogonal_(empty(shape))) < 1e-6);
  CHECK(distance_to_orthogonal(init::orthogonal_(empty(shape, wick::float64))) < 1e-14);
  CHECK(distance_to_orthogonal(init::orthogonal_(empty(shape, wick::bfloat16))) < 0.02);
}

TEST_CASE("init: gains", "[init][golden]") {
  const json gains = read_golden("init.json").at("gains");
  for (const auto& [name, gain] : gains.items())
    CHECK(init::calculate_gain(name) == gain.get<double>());
  CHECK(init::calculate_gain("leaky_relu", 0.2) == std::sqrt(2.0 / (1 + 0.2 * 0.2)));
  CHECK(init::calculate_gain("relu", 3) == std::sqrt(2.0));
  CHECK_THROWS_WITH(init::calculate_gain("foo"), "Unsupported nonlinearity foo");
  CHECK_THROWS_AS(init::calculate_gain(""), ValueError);
}

TEST_CASE("init: fans", "[init]") {
  CHECK(init::calculate_fan_in_and_fan_out(empty({4, 6})) == std::pair<int64_t, int64_t>(6, 4));
  CHECK(init::calculate_fan_in_and_fan_out(empty({4, 6, 3, 2})) ==
        std::pair<int64_t, int64_t>(36, 24));
  CHECK(init::calculate_fan_in_and_fan_out(empty({0, 6})) == std::pair<int64_t, int64_t>(6, 0));
  CHECK_THROWS_AS(init::calculate_fan_in_and_fan_out(empty({4})), ValueError);
  const int64_t large = int64_t{1} << 40;
  CHECK_THROWS_AS(init::calculate_fan_in_and_fan_out(empty({0, large, large})), wick::ShapeError);
}

TEST_CASE("init: parameters, in place, without gradients", "[init]") {
  wick::nn::Linear layer(3, 4);
  CHECK(init::ones_(layer.weight).is_same(layer.weight));
  CHECK(init::zeros_(layer.bias).is_same(layer.bias));
  CHECK(layer.weight.is_leaf());
  CHECK(layer.weight.requires_grad());
  CHECK(layer.weight.sum().item<float>() == 12);
  for (const Tensor& t : {init::orthogonal_(layer.weight), init::sparse_(layer.weight, 0.5),
                          init::eye_(layer.weight), init::trunc_normal_(layer.weight),
                          init::kaiming_normal_(layer.weight), init::constant_(layer.weight, 2)}) {
    CHECK(t.is_same(layer.weight));
    CHECK(t.is_leaf());
  }
  CHECK(init::eye_(empty({2, 2}, wick::int64)).to_vector<int64_t>() ==
        std::vector<int64_t>{1, 0, 0, 1});
}

TEST_CASE("init: a generator of one's own", "[init]") {
  const auto before = wick::default_generator().get_state();
  const auto all = [](wick::Generator* g) {
    std::vector<float> values;
    for (const Tensor& t :
         {init::uniform_(empty({9}), 0, 1, g), init::normal_(empty({9}), 0, 1, g),
          init::trunc_normal_(empty({9}), 0, 1, -2, 2, g),
          init::xavier_uniform_(empty({3, 3}), 1, g), init::xavier_normal_(empty({3, 3}), 1, g),
          init::kaiming_uniform_(empty({3, 3}), 0, "fan_in", "relu", g),
          init::kaiming_normal_(empty({3, 3}), 0, "fan_in", "relu", g),
          init::orthogonal_(empty({3, 3}), 1, g), init::sparse_(empty({3, 3}), 0.5, 1, g)})
      for (const float value : t.to_vector<float>()) values.push_back(value);
    return values;
  };
  wick::Generator own(7);
  const std::vector<float> values = all(&own);
  CHECK(wick::default_generator().get_state() == before);
  wick::manual_seed(7);
  CHECK(all(nullptr) == values);
}

TEST_CASE("init: meta tensors and empty ones draw nothing", "[init]") {
  const auto before = wick::default_generator().get_state();
  for (const Tensor& t : {empty({4, 6, 3}, {.device = wick::Device::meta}), empty({0, 6, 3}),
                          empty({4, 0, 3}), empty({0, 0, 3})}) {
    init::uniform_(t);
    init::normal_(t);
    init::trunc_normal_(t);
    init::xavier_uniform_(t);
    init::xavier_normal_(t);
    init::kaiming_uniform_(t);
    init::kaiming_normal_(t);
    init::orthogonal_(t);
    init::dirac_(t);
    init::eye_(t.select(2, 0));
    init::ones_(t);
  }
  init::sparse_(empty({4, 6}, {.device = wick::Device::meta}), 0.5);
  init::sparse_(empty({0, 6}), 0.5);
  init::kaiming_uniform_(empty({0}), 0, "foo", "foo");
  CHECK(wick::default_generator().get_state() == before);
}

TEST_CASE("init: bad arguments", "[init][errors]") {
  const auto check = [](const std::function<void()>& call, const std::string& text) {
    CHECK_THROWS_AS(call(), ValueError);
    CHECK_THROWS_WITH(call(), text);
  };
  const Tensor line = empty({3});
  const Tensor matrix = empty({3, 4});
  const std::string fans =
      "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions";
  check([&] { init::kaiming_uniform_(line); }, fans);
  check([&] { init::kaiming_normal_(line); }, fans);
  check([&] { init::xavier_uniform_(line); }, fans);
  check([&] { init::xavier_normal_(empty({})); }, fans);
  check([&] { init::kaiming_uniform_(matrix, 0, "Foo"); },
        "Mode foo not supported, please use one of ['fan_in', 'fan_out']");
  check([&] { init::kaiming_normal_(matrix, 0, "fan_in", "foo"); }, "Unsupported nonlinearity foo");
  check([&] { init::eye_(line); }, "Only tensors with 2 dimensions are supported");
  check([&] { init::sparse_(line, 0.5); }, "Only tensors with 2 dimensions are supported");
  check([&] { init::dirac_(matrix); }, "Only tensors with 3, 4, or 5 dimensions are supported");
  check([&] { init::dirac_(empty({3, 4, 5}), 2); }, "dim 0 must be divisible by groups");
  check([&] { init::dirac_(empty({3, 4, 5}), 0); }, "dirac_ expects groups >= 1, but got 0");
  check([&] { init::orthogonal_(line); }, "Only tensors with 2 or more dimensions are supported");
  check([&] { init::uniform_(line, 2, 1); },
        "uniform_ expects to return a [from, to) range, but found from=2 > to=1");
  check([&] { init::normal_(line, 0, -1); }, "normal expects std >= 0.0, but found std -1");
  check([&] { init::trunc_normal_(line, 0, 0); },
        "trunc_normal_ expects std > 0.0, but found std 0");
  check([&] { init::trunc_normal_(line, 0, 1, 2, -2); },
        "uniform_ expects to return a [from, to) range, but found from=0.9545 > to=-0.9545");
  check([&] { init::sparse_(matrix, 1.5); },
        "sparse_ expects sparsity to be in [0, 1], but got 1.5");
  check([&] { init::sparse_(matrix, std::numeric_limits<double>::quiet_NaN()); },
        "sparse_ expects sparsity to be in [0, 1], but got nan");
  CHECK_THROWS_AS(init::orthogonal_(empty({3, 4}, wick::int64)), wick::TypeError);
  CHECK_THROWS_AS(init::kaiming_uniform_(empty({3, 4}, wick::int64)), wick::TypeError);
  CHECK_THROWS_AS(init::ones_(Tensor()), wick::Error);
}
