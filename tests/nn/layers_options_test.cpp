// Options of layers: read whenever the layer runs, prints or is written, not only when it is made;
// and refused just beyond their limits.
#include <cmath>
#include <limits>
#include <string>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Shape;
using wick::Tensor;
using wick::tensor;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double below_0 = -std::numeric_limits<double>::denorm_min();
const double above_1 = std::nextafter(1.0, 2.0);

Tensor input() { return tensor({{-2., -0.5, 0.25}, {1., 3., -0.125}}); }

/// A changed layer is like one that was made so: it gives the same, prints and is written the same.
template <class M>
void check_like(const M& changed, const M& made, const Tensor& x) {
  wick::manual_seed(5);
  const Tensor a = changed(x.clone());
  wick::manual_seed(5);
  const Tensor b = made(x.clone());
  CHECK(equal(a, b));
  CHECK(changed.to_string() == made.to_string());
  CHECK(nn::to_json(changed) == nn::to_json(made));
  const M copy = changed;
  CHECK(copy.to_string() == made.to_string());
}

}  // namespace

TEST_CASE("GELU's approximation may be changed", "[layers][options]") {
  nn::GELU layer;
  layer.options.approximate = "tanh";
  check_like(layer, nn::GELU({.approximate = "tanh"}), input());
  CHECK_FALSE(equal(layer(input()), nn::GELU()(input())));
  layer.options.approximate = "none";
  check_like(layer, nn::GELU(), input());
  layer.options.approximate = "Tanh";
  CHECK_THROWS_AS(layer(input()), wick::Error);
  for (const char* bad : {"", "Tanh", "none ", "erf"})
    CHECK_THROWS_AS(nn::GELU({.approximate = bad}), nn::OptionError);
}

TEST_CASE("inplace of ReLU, SiLU and Dropout may be changed", "[layers][options]") {
  const auto check = [](auto layer, const auto& made) {
    const Tensor x = input();
    CHECK_FALSE(layer(x).is_same(x));
    CHECK(equal(x, input()));
    layer.options.inplace = true;
    check_like(layer, made, x);
    CHECK(layer(x).is_same(x));
    layer.options.inplace = false;
    CHECK_FALSE(layer(x).is_same(x));
  };
  check(nn::ReLU(), nn::ReLU({.inplace = true}));
  check(nn::SiLU(), nn::SiLU({.inplace = true}));
  check(nn::Dropout(0.5), nn::Dropout({.p = 0.5, .inplace = true}));
  CHECK(equal(nn::ReLU({.inplace = true})(input()), nn::ReLU()(input())));
  CHECK(equal(nn::SiLU({.inplace = true})(input()), nn::SiLU()(input())));
}

TEST_CASE("the dimension of Softmax and LogSoftmax may be changed", "[layers][options]") {
  const Tensor x = wick::randn({2, 3, 4});
  nn::Softmax softmax(0);
  nn::LogSoftmax log_softmax(0);
  for (const int64_t dim : {-3, -2, -1, 0, 1, 2}) {
    softmax.options.dim = dim;
    log_softmax.options.dim = dim;
    check_like(softmax, nn::Softmax(dim), x);
    check_like(log_softmax, nn::LogSoftmax(dim), x);
    CHECK(equal(softmax(x), wick::softmax(x, dim)));
    CHECK(equal(log_softmax(x), wick::log_softmax(x, dim)));
  }
  for (const int64_t dim : {-4, 3}) {
    softmax.options.dim = dim;
    log_softmax.options.dim = dim;
    CHECK_THROWS_AS(softmax(x), wick::IndexError);
    CHECK_THROWS_AS(log_softmax(x), wick::IndexError);
  }
  softmax.options.dim = {};
  check_like(softmax, nn::Softmax(), x);
}

TEST_CASE("Softmax without a dimension takes PyTorch's", "[layers][options]") {
  // 0 for 0-, 1- and 3-d input, else 1.
  const nn::Softmax softmax;
  const nn::LogSoftmax log_softmax;
  CHECK(softmax(tensor(3.)).item<float>() == 1);
  CHECK(log_softmax(tensor(3.)).item<float>() == 0);
  const Shape shapes[] = {{3}, {2, 3}, {2, 3, 4}, {2, 3, 4, 5}, {2, 3, 1, 2, 2}};
  const int64_t dims[] = {0, 1, 0, 1, 1};
  for (size_t i = 0; i < 5; ++i) {
    const Tensor x = wick::randn(shapes[i]);
    CAPTURE(shapes[i].to_string());
    CHECK(equal(softmax(x), wick::softmax(x, dims[i])));
    CHECK(equal(log_softmax(x), wick::log_softmax(x, dims[i])));
  }
}

TEST_CASE("the dimensions of Flatten may be changed", "[layers][options]") {
  const Tensor x = wick::randn({2, 3, 4, 5});
  nn::Flatten layer;
  CHECK(layer(x).shape() == Shape{2, 60});
  layer.options.start_dim = 0;
  check_like(layer, nn::Flatten(0, -1), x);
  CHECK(layer(x).shape() == Shape{120});
  layer.options = {.start_dim = 1, .end_dim = 2};
  check_like(layer, nn::Flatten(1, 2), x);
  CHECK(layer(x).shape() == Shape{2, 12, 5});
  layer.options.start_dim = 2;
  CHECK(layer(x).shape() == x.shape());
  layer.options.start_dim = 3;
  CHECK_THROWS_AS(layer(x), wick::Error);
  CHECK(nn::Flatten(-4, 3)(x).shape() == Shape{120});
  CHECK_THROWS_AS(nn::Flatten(-5, 3)(x), wick::IndexError);
  CHECK_THROWS_AS(nn::Flatten(0, 4)(x), wick::IndexError);
}

TEST_CASE("the probability of Dropout may be changed, within 0 and 1", "[layers][options]") {
  const Tensor x = wick::ones({1000});
  nn::Dropout layer(0.5);
  layer.options.p = 0.25;
  check_like(layer, nn::Dropout(0.25), x);
  layer.options.p = 0;
  CHECK(equal(layer(x), x));
  layer.options.p = 1;
  CHECK(equal(layer(x), wick::zeros({1000})));
  layer.eval();
  CHECK(layer(x).is_same(x));
  for (const double bad : {below_0, above_1, infinity, not_a_number}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(nn::Dropout(bad), nn::OptionError);
    CHECK_THROWS_AS(nn::Dropout({.p = bad}), nn::OptionError);
    CHECK_THROWS_AS(nn::FeedForward(4, 4, bad), nn::OptionError);
    layer.options.p = bad;
    CHECK_THROWS_AS(layer(x), wick::ValueError);
    CHECK_THROWS_AS(layer.train()(x), wick::ValueError);
    layer.eval();
  }
  for (const double good : {0.0, std::nextafter(1.0, 0.0), 1.0}) {
    CHECK_NOTHROW(nn::Dropout(good));
    CHECK_NOTHROW(nn::FeedForward(4, 4, good));
  }
}

TEST_CASE("eps and the shape of LayerNorm may be changed", "[layers][options]") {
  const Tensor x = wick::randn({2, 3, 4});
  nn::LayerNorm layer(4);
  layer.options.eps = 0.5;
  check_like(layer, nn::LayerNorm(4, 0.5), x);
  CHECK_FALSE(equal(layer(x), nn::LayerNorm(4)(x)));
  nn::LayerNorm plain({.normalized_shape = {4}, .elementwise_affine = false});
  CHECK(plain.parameters().empty());
  CHECK_FALSE(plain.weight.defined());
  CHECK_FALSE(plain.bias.defined());
  plain.options.normalized_shape = {3, 4};
  check_like(plain, nn::LayerNorm(Shape{3, 4}, 1e-5, false), x);
  layer.options.normalized_shape = {3, 4};  // its weight is still [4]
  CHECK_THROWS_AS(layer(x), wick::Error);
  layer.options.normalized_shape = {5};
  CHECK_THROWS_AS(layer(x), wick::Error);
  CHECK_THROWS_WITH(nn::LayerNorm(Shape{}),
                    "LayerNorm expects normalized_shape to have at least one size, got []");
  CHECK_THROWS_AS(nn::LayerNorm(nn::LayerNormOptions{}), nn::OptionError);
  CHECK_THROWS_AS(nn::LayerNorm(-1), nn::OptionError);
  CHECK_THROWS_AS(nn::LayerNorm(Shape{3, -1}), nn::OptionError);
  CHECK_THROWS_AS(nn::LayerNorm(Shape{-1, 3}), nn::OptionError);
  CHECK(nn::LayerNorm(0)(wick::ones({2, 0})).shape() == Shape{2, 0});
  CHECK(equal(nn::LayerNorm(4).weight, wick::ones({4})));
  CHECK(equal(nn::LayerNorm(4).bias, wick::zeros({4})));
}

TEST_CASE("LayerNorm divides by the biased deviation", "[layers]") {
  const Tensor x = tensor({1., 2., 3., 6.}, wick::float64);
  nn::LayerNorm layer({.normalized_shape = {4}, .eps = 0.5, .elementwise_affine = false});
  const double deviation = std::sqrt((4 + 1 + 0 + 9) / 4.0 + 0.5);
  CHECK(allclose(layer(x), tensor({-2., -1., 0., 3.}, wick::float64) / deviation));
}

TEST_CASE("sizes of Linear, LayerNorm and FeedForward are at least 0", "[layers][options]") {
  CHECK(nn::Linear(0, 3)(wick::ones({2, 0})).shape() == Shape{2, 3});
  CHECK(nn::Linear(3, 0)(wick::ones({2, 3})).shape() == Shape{2, 0});
  CHECK(equal(nn::Linear(0, 3).bias, wick::zeros({3})));
  CHECK_THROWS_WITH(nn::Linear(3, -1),
                    "Trying to create tensor with negative dimension -1: [-1, 3]");
  CHECK_THROWS_WITH(nn::Linear(-2, 3),
                    "Trying to create tensor with negative dimension -2: [3, -2]");
  CHECK_THROWS_WITH(nn::Linear({.in_features = 3}), "out_features must be given");
  CHECK_THROWS_WITH(nn::Linear({.out_features = 3}), "in_features must be given");
  CHECK(nn::FeedForward(0, 3)(wick::ones({2, 0})).shape() == Shape{2, 0});
  CHECK(nn::FeedForward(3, 0)(wick::ones({2, 3})).shape() == Shape{2, 3});
  CHECK_THROWS_AS(nn::FeedForward(-1, 3), nn::OptionError);
  CHECK_THROWS_AS(nn::FeedForward(3, -1), nn::OptionError);
}

TEST_CASE("the first weights of Linear are within 1/sqrt(in_features), and reset draws new ones",
          "[layers]") {
  wick::manual_seed(3);
  nn::Linear layer(16, 400);
  const auto check_bounds = [&] {
    for (const Tensor& t : {layer.weight, layer.bias}) {
      CHECK(t.abs().max().item<double>() <= 0.25);
      CHECK(t.abs().max().item<double>() > 0.24);
      CHECK(t.min().item<double>() < -0.24);
    }
  };
  check_bounds();
  const Tensor weight = layer.weight.clone(), bias = layer.bias.clone();
  layer.reset_parameters();
  check_bounds();
  CHECK_FALSE(equal(layer.weight, weight));
  CHECK_FALSE(equal(layer.bias, bias));
  wick::manual_seed(3);
  layer.reset_parameters();
  CHECK(equal(layer.weight, weight));
  CHECK(equal(layer.bias, bias));
  CHECK((layer.weight.requires_grad() && layer.weight.is_leaf()));
  // The number of inputs that counts is the option's, as in PyTorch the weight's own.
  nn::Linear plain(4, 4, false);
  CHECK_FALSE(plain.bias.defined());
  CHECK_NOTHROW(plain.reset_parameters());
  CHECK_FALSE(plain.bias.defined());
}

TEST_CASE("make_activation knows six names", "[layers]") {
  const Tensor x = input();
  CHECK(equal(nn::make_activation("gelu")(x), wick::gelu(x)));
  CHECK(equal(nn::make_activation("gelu_tanh")(x), wick::gelu(x, "tanh")));
  CHECK(equal(nn::make_activation("relu")(x), wick::relu(x)));
  CHECK(equal(nn::make_activation("silu")(x), wick::silu(x)));
  CHECK(equal(nn::make_activation("sigmoid")(x), wick::sigmoid(x)));
  CHECK(equal(nn::make_activation("tanh")(x), wick::tanh(x)));
  for (const char* bad : {"", "GELU", "gelu ", "softmax"}) {
    CHECK_THROWS_AS(nn::make_activation(bad), nn::OptionError);
    CHECK_THROWS_AS(nn::FeedForward({.activation = bad}), nn::OptionError);
  }
  try {
    nn::make_activation("rellu");
    FAIL("made");
  } catch (const nn::OptionError& error) {
    CHECK(error.option() == "activation");
    CHECK(error.choices ==
          std::vector<std::string>{"gelu", "gelu_tanh", "relu", "sigmoid", "silu", "tanh"});
    CHECK_THAT(error.what(), ContainsSubstring("did you mean \"relu\"?"));
  }
}

TEST_CASE("FeedForward runs the layers that it has now", "[layers][options]") {
  const wick::NoGradGuard guard;
  nn::FeedForward block({.d_model = 8, .dim_feedforward = 16, .activation = "relu"});
  block.eval();
  const Tensor x = wick::randn({3, 8});
  const auto expected = [&](const Tensor& hidden) { return block.linear2(hidden); };
  const Tensor before = block(x);
  CHECK(allclose(before, expected(wick::relu(block.linear1(x)))));
  block.activation = nn::Tanh();
  CHECK(allclose(block(x), expected(wick::tanh(block.linear1(x)))));
  block.activation = nn::Softmax(-1);  // which is not one that is run in one pass
  CHECK(allclose(block(x), expected(wick::softmax(block.linear1(x), -1))));
  block.activation = nn::ReLU({.inplace = true});
  CHECK(allclose(block(x), before));
  block.linear2 = nn::Linear(16, 3);
  CHECK(block(x).shape() == Shape{3, 3});
  CHECK_THROWS_AS(nn::to_json(block), wick::Error);
}
