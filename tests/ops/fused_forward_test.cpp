// fused_linear_activation and fused_feed_forward: where there is a fused form, its numbers, and
// where there is none.
#include "wick/fused/forward.h"

#include <vector>

#include "catch.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const Tensor absent;

Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::relu:
      return relu(x);
    case Activation::gelu:
      return gelu(x);
    case Activation::gelu_tanh:
      return gelu(x, "tanh");
    case Activation::silu:
      return silu(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return tanh(x);
  }
  return {};
}

const Activation activations[] = {Activation::relu, Activation::gelu,    Activation::gelu_tanh,
                                  Activation::silu, Activation::sigmoid, Activation::tanh};

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.defined());
  REQUIRE(a.shape() == b.shape());
  return (a.to(float64) - b.to(float64)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("a fused linear layer is the layer and its activation", "[ops][fused]") {
  const NoGradGuard no_grad;
  manual_seed(0);
  // Weights as they are and packed, rows on both sides of 16, small weights.
  for (const auto& [rows, in, out] : {std::tuple<int64_t, int64_t, int64_t>{1, 3, 5},
                                      {1, 70, 80},
                                      {16, 70, 80},
                                      {17, 70, 80},
                                      {300, 64, 64},
                                      {2, 64, 65},
                                      {400, 33, 90}}) {
    const Tensor x = randn({rows, in}), w = randn({out, in}), b = randn({out});
    for (const Activation activation : activations) {
      CAPTURE(rows, in, out, static_cast<int>(activation));
      for (const Tensor& bias : {b, absent}) {
        const Tensor y = fused_linear_activation(x, {w, bias}, activation);
        CHECK(distance(y, activate(linear(x, w, bias), activation)) <= 1e-4);
        CHECK(y.dtype() == float32);
        const Tensor turned = w.t().contiguous().t();
        CHECK(distance(fused_linear_activation(x, {turned, bias}, activation), y) <= 1e-4);
      }
    }
    CHECK(fused_linear_activation(x.view({1, rows, 1, in}), {w, b}, Activation::relu).shape() ==
          Shape{1, rows, 1, out});
    CHECK(fused_linear_activation(x[0], {w, b}, Activation::relu).shape() == Shape{out});
  }
}

TEST_CASE("a fused block is both of its layers", "[ops][fused]") {
  const NoGradGuard no_grad;
  manual_seed(1);
  for (const auto& [rows, in, hidden, out] :
       {std::tuple<int64_t, int64_t, int64_t, int64_t>{1, 3, 5, 2},
        {1, 70, 90, 70},
        {16, 70, 90, 70},
        {17, 70, 90, 70},
        {500, 40, 100, 30},
        {3, 64, 64, 64},
        {5, 70, 90, 2},
        {5, 2, 90, 70}}) {
    const Tensor x = randn({rows, in}), w1 = randn({hidden, in}) * 0.1, b1 = randn({hidden}),
                 w2 = randn({out, hidden}) * 0.1, b2 = randn({out});
    for (const Activation activation : activations) {
      CAPTURE(rows, in, hidden, out, static_cast<int>(activation));
      const Tensor expected = linear(activate(linear(x, w1, b1), activation), w2, b2);
      const Tensor y = fused_feed_forward(x, {w1, b1}, activation, {w2, b2});
      CHECK(distance(y, expected) <= 1e-4);
      for (const int threads : {1, 2, 5}) {
        const NumThreadsGuard guard(threads);
        CHECK(equal(fused_feed_forward(x, {w1, b1}, activation, {w2, b2}), y));
      }
      CHECK(distance(fused_feed_forward(x, {w1, absent}, activation, {w2, absent}),
                     linear(activate(linear(x, w1), activation), w2)) <= 1e-4);
    }
    for (const DType half : {bfloat16, float16}) {
      const auto h = [half](const Tensor& t) { return t.to(half); };
      const Tensor y = fused_feed_forward(h(x), {h(w1), h(b1)}, Activation::gelu, {h(w2), h(b2)});
      REQUIRE(y.defined());
      CHECK(y.dtype() == half);
      const auto d = [&](const Tensor& t) { return h(t).to(float64); };
      const Tensor truth = linear(gelu(linear(d(x), d(w1), d(b1))), d(w2), d(b2));
      CHECK(distance(y, truth) <= (half == bfloat16 ? 0.1 : 0.02));
    }
  }
}

TEST_CASE("blocks of up to 32768 hidden features are fused", "[ops][fused]") {
  const NoGradGuard no_grad;
  const Tensor x = ones({2, 1});
  for (const int64_t hidden : {32767, 32768, 32769}) {
    const Tensor w1 = full({hidden, 1}, 0.5), w2 = full({1, hidden}, 1. / 1024);
    const Tensor y = fused_feed_forward(x, {w1, absent}, Activation::relu, {w2, absent});
    CAPTURE(hidden);
    CHECK(y.defined() == (hidden <= 32768));
    if (y.defined()) CHECK(y[1].item<double>() == Approx(static_cast<double>(hidden) / 2048));
  }
}

TEST_CASE("where there is no fused form the result is undefined", "[ops][fused]") {
  const Tensor x = ones({2, 3}), w1 = ones({4, 3}), b1 = ones({4}), w2 = ones({5, 4}),
               b2 = ones({5});
  const auto one = [](const Tensor& in, const Tensor& w, const Tensor& b) {
    return fused_linear_activation(in, {w, b}, Activation::relu).defined();
  };
  const auto two = [&](const Tensor& in, const Tensor& v1, const Tensor& c1, const Tensor& v2,
                       const Tensor& c2) {
    return fused_feed_forward(in, {v1, c1}, Activation::relu, {v2, c2}).defined();
  };
  CHECK(one(x, w1, b1));
  CHECK(two(x, w1, b1, w2, b2));
  const Tensor on_meta = empty({2, 3}, {.device = Device::meta});
  const auto meta_like = [](const Tensor& t) { return t.to(Device::meta); };
  const auto leaf = [](const Tensor& t) { return t.clone().requires_grad_(); };
  for (const Tensor& in : {absent, on_meta, x.to(float64), x.to(int64), leaf(x), ones({0, 3}),
                           ones({2, 4}), tensor(1.)}) {
    CHECK_FALSE(one(in, w1, b1));
    CHECK_FALSE(two(in, w1, b1, w2, b2));
  }
  CHECK_FALSE(one(x.to(bfloat16), w1.to(bfloat16), b1.to(bfloat16)));  // float32 alone
  CHECK(two(x.to(bfloat16), w1.to(bfloat16), b1.to(bfloat16), w2.to(bfloat16), b2.to(bfloat16)));
  CHECK_FALSE(two(x.to(float64), w1.to(float64), b1.to(float64), w2.to(float64), b2.to(float64)));
  for (const Tensor& w : {absent, meta_like(w1), w1.to(float64), leaf(w1), ones({4, 2}), ones({4}),
                          ones({4, 3, 1}), ones({0, 3})}) {
    CHECK_FALSE(one(x, w, w.defined() && w.dim() > 0 && w.size(0) == 0 ? ones({0}) : b1));
    CHECK_FALSE(two(x, w, b1, w2, b2));
  }
  for (const Tensor& b :
       {meta_like(b1), b1.to(float64), leaf(b1), ones({3}), ones({1}), ones({1, 4}), tensor(1.)}) {
    CHECK_FALSE(one(x, w1, b));
    CHECK_FALSE(two(x, w1, b, w2, b2));
  }
  for (const Tensor& w : {absent, meta_like(w2), w2.to(float64), leaf(w2), ones({5, 3})})
    CHECK_FALSE(two(x, w1, b1, w, b2));
  for (const Tensor& b : {meta_like(b2), b2.to(float64), leaf(b2), ones({4})})
    CHECK_FALSE(two(x, w1, b1, w2, b));
  // Leaves that require gradients matter only where these are recorded.
  const NoGradGuard no_grad;
  CHECK(one(leaf(x), leaf(w1), leaf(b1)));
  CHECK(two(leaf(x), leaf(w1), leaf(b1), leaf(w2), leaf(b2)));
}

TEST_CASE("NoFusionGuard counts for its thread and its life", "[ops][fused]") {
  const Tensor x = ones({2, 3}), w1 = ones({4, 3}), w2 = ones({5, 4});
  const auto fuses = [&] {
    const bool one = fused_linear_activation(x, {w1, absent}, Activation::relu).defined();
    const bool two = fused_feed_forward(x, {w1, absent}, Activation::relu, {w2, absent}).defined();
    CHECK(one == two);
    return one;
  };
  CHECK(fuses());
  {
    const NoFusionGuard outer;
    CHECK_FALSE(fuses());
    { const NoFusionGuard inner; }
    CHECK_FALSE(fuses());
  }
  CHECK(fuses());
}

TEST_CASE("a number that is no Activation is refused", "[ops][fused]") {
  const Tensor x = ones({2, 3}), w1 = ones({4, 3}), w2 = ones({5, 4});
  CHECK_THROWS_AS(fused_linear_activation(x, {w1, absent}, static_cast<Activation>(6)), ValueError);
  CHECK_THROWS_AS(fused_feed_forward(x, {w1, absent}, static_cast<Activation>(99), {w2, absent}),
                  ValueError);
}
