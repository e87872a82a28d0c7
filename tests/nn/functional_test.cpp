// The forms that nn::functional adds to the ops of wick/ops.h.
#include "wick/nn/functional.h"

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::Tensor;
using wick::tensor;

}  // namespace

TEST_CASE("functional forms give what the layers give", "[functional]") {
  wick::manual_seed(0);
  const Tensor x = wick::randn({3, 4});
  const nn::Linear linear(4, 2);
  CHECK(equal(F::linear(x, linear.weight, linear.bias), linear(x)));
  CHECK(equal(F::gelu(x), nn::GELU()(x)));
  CHECK(equal(F::gelu(x, "tanh"), nn::GELU({.approximate = "tanh"})(x)));
  CHECK(equal(F::relu(x), nn::ReLU()(x)));
  CHECK(equal(F::silu(x), nn::SiLU()(x)));
  CHECK(equal(F::sigmoid(x), nn::Sigmoid()(x)));
  CHECK(equal(F::tanh(x), nn::Tanh()(x)));
  CHECK(equal(F::softmax(x, 1), nn::Softmax(1)(x)));
  CHECK(equal(F::log_softmax(x, 1), nn::LogSoftmax(1)(x)));
  CHECK(equal(F::layer_norm(x, {4}), nn::LayerNorm(4)(x)));
  CHECK(F::dropout(x, 0.5, false).is_same(x));
  wick::manual_seed(1);
  const Tensor dropped = F::dropout(x);
  wick::manual_seed(1);
  CHECK(equal(dropped, nn::Dropout()(x)));
}

TEST_CASE("functional forms write into their input when asked to", "[functional]") {
  const Tensor x = tensor({-1.0, 2.0});
  const Tensor expected = F::silu(x);
  const Tensor a = x.clone(), b = x.clone(), c = x.clone();
  CHECK(F::relu(a, true).is_same(a));
  CHECK(equal(a, tensor({0.0, 2.0})));
  CHECK(F::silu(b, true).is_same(b));
  CHECK(equal(b, expected));
  CHECK(F::dropout(c, 1, true, true).is_same(c));
  CHECK(equal(c, wick::zeros({2})));
}

TEST_CASE("normalize divides by the norm, zeros stay zeros", "[functional]") {
  const Tensor x = tensor({{3.0, 4.0}, {0.0, 0.0}});
  CHECK(allclose(F::normalize(x), tensor({{0.6, 0.8}, {0.0, 0.0}})));
  CHECK(allclose(F::normalize(x, 1, 0), tensor({{1.0, 1.0}, {0.0, 0.0}})));
  CHECK(F::normalize(wick::zeros({0, 3})).shape() == wick::Shape{0, 3});
  CHECK_THROWS_AS(F::normalize(wick::ones({2})), wick::IndexError);
  CHECK_THROWS_AS(F::normalize(Tensor()), wick::Error);
}

TEST_CASE("one_hot", "[functional]") {
  const Tensor classes = tensor({{0, 2}, {1, 0}});
  CHECK(equal(F::one_hot(classes), tensor({{{1, 0, 0}, {0, 0, 1}}, {{0, 1, 0}, {1, 0, 0}}})));
  CHECK(F::one_hot(classes, 5).shape() == wick::Shape{2, 2, 5});
  CHECK(F::one_hot(tensor(1)).shape() == wick::Shape{2});
  CHECK(F::one_hot(wick::empty({0}, wick::int64), 3).shape() == wick::Shape{0, 3});
  const Tensor on_meta = wick::empty({4}, {.dtype = wick::int64, .device = wick::meta});
  CHECK(F::one_hot(on_meta, 3).shape() == wick::Shape{4, 3});
  CHECK_THROWS_AS(F::one_hot(on_meta), wick::ValueError);
  CHECK_THROWS_WITH(F::one_hot(tensor({-1})), "Class values must be non-negative.");
  CHECK_THROWS_WITH(F::one_hot(tensor({3}), 3), "Class values must be smaller than num_classes.");
  CHECK_THROWS_AS(F::one_hot(tensor({INT64_MAX})), wick::ValueError);
  CHECK_THROWS_WITH(F::one_hot(tensor({0}), 0), "num_classes should be positive");
  CHECK_THROWS_AS(F::one_hot(tensor({1.0})), wick::TypeError);
  CHECK_THROWS_AS(F::one_hot(wick::empty({0}, wick::int64)), wick::ValueError);
  CHECK_THROWS_AS(F::one_hot(Tensor()), wick::Error);
}
