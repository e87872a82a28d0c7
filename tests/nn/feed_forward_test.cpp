#include "wick/nn/feed_forward.h"

#include <thread>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

void check_first(const Tensor& y, const std::vector<double>& expected) {
  const Tensor flat = y.flatten();
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(flat[static_cast<int64_t>(i)].item<double>() == Approx(expected[i]).margin(1e-6));
}

}  // namespace

TEST_CASE("the feed-forward block gives PyTorch's numbers", "[feed_forward][golden]") {
  wick::manual_seed(0);
  nn::FeedForward ffn(512);
  const Tensor x = wick::randn({32, 100, 512});
  const wick::NoGradGuard guard;
  SECTION("eval") {
    ffn.eval();
    const Tensor y = ffn(x);
    CHECK(y.shape() == wick::Shape{32, 100, 512});
    check_first(y, {-0.18552269, -0.01889744, 0.02837043, -0.13227235, 0.31989774});
    CHECK(y.mean().item<double>() == Approx(-0.00013236098).margin(1e-7));
    CHECK(y.std().item<double>() == Approx(0.1992182).margin(1e-6));
  }
  SECTION("train, with PyTorch's dropout masks") {
    const Tensor y = ffn(x);
    check_first(y, {-0.19309033, -0.01984574, -0.00117661, -0.08890142, 0.36452520});
    CHECK(y.mean().item<double>() == Approx(-8.6378364e-05).margin(1e-7));
    CHECK(y.std().item<double>() == Approx(0.20980363).margin(1e-6));
  }
}

TEST_CASE("the feed-forward block has the names and sizes of its members", "[feed_forward]") {
  const nn::FeedForward ffn({.d_model = 4, .dim_feedforward = 6, .activation = "relu"});
  std::vector<std::string> names;
  int64_t count = 0;
  for (const auto& [name, p] : ffn.named_parameters()) {
    names.push_back(name);
    count += p.numel();
  }
  CHECK(names == std::vector<std::string>{"linear1.weight", "linear1.bias", "linear2.weight",
                                          "linear2.bias"});
  CHECK(count == 4 * 6 + 6 + 6 * 4 + 4);
  CHECK(ffn.activation->type_name() == "ReLU");
  CHECK(ffn.dropout.options.p == 0.1);
  const nn::FeedForward positional(8, 16, 0.2, "gelu_tanh");
  CHECK(positional.activation.as<nn::GELU>().options.approximate == "tanh");
  CHECK_THROWS_WITH(nn::FeedForward(4, 4, 0.1, "gleu"),
                    "activation must be one of gelu, gelu_tanh, relu, sigmoid, silu, tanh, got "
                    "\"gleu\"; did you mean \"gelu\"?");
  CHECK_THROWS_AS(nn::FeedForward(4, 4, 1.5), wick::ValueError);
  CHECK_THROWS_AS(nn::FeedForward(-4), wick::ValueError);
}

TEST_CASE("a changed weight is seen by the next forward pass", "[linear]") {
  nn::Linear linear(64, 64);
  const Tensor x = wick::ones({8, 64});
  linear(x);
  {
    const wick::NoGradGuard guard;
    linear.weight.fill_(1);
    linear.bias.fill_(0);
  }
  CHECK(linear(x)(0, 0).item<float>() == 64);
  linear.weight.span<float>()[0] = 2;
  CHECK(linear(x)(0, 0).item<float>() == 65);
  linear.weight = wick::full({64, 64}, 3.0);
  CHECK(linear(x)(0, 0).item<float>() == 192);
  std::vector<float> memory(64 * 64, 1);
  linear.weight = wick::from_blob(memory.data(), {64, 64});
  CHECK(linear(x)(0, 0).item<float>() == 64);
  memory[0] = 2;
  CHECK(linear(x)(0, 0).item<float>() == 65);
}

TEST_CASE("const modules run on several threads at once", "[feed_forward][threads]") {
  const nn::FeedForward ffn({.d_model = 32, .dim_feedforward = 64, .dropout = 0});
  const Tensor x = wick::randn({40, 32});
  const Tensor expected = ffn(x);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) wrong[t] += !equal(ffn(x), expected);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}
