// What runs in one pass gives what the layers give one by one, and only where nobody looks between.
#include <wick/wick.h>

#include "catch.h"

namespace {

using namespace wick;

constexpr std::array activations{"relu", "gelu", "gelu_tanh", "silu", "sigmoid", "tanh"};

Tensor plain(const nn::ModuleBase& module, const Tensor& x) {
  const NoFusionGuard guard;
  return module(x);
}

/// Fused and plain results agree: sums are of the same products, maybe in another order.
void check_same(const nn::ModuleBase& module, const Tensor& x, double tolerance = 1e-6) {
  const NoGradGuard guard;
  const Tensor fused = module(x), expected = plain(module, x);
  REQUIRE(fused.shape() == expected.shape());
  REQUIRE(fused.dtype() == expected.dtype());
  if (fused.numel() == 0) return;
  const double off = (fused - expected).to(float32).abs().max().item<double>();
  const double size = expected.to(float32).abs().max().item<double>();
  INFO(module << " on " << x.shape());
  CHECK(off <= tolerance * size);
}

const std::vector<Shape> shapes{{7},     {0, 7},    {1, 7},   {3, 7},       {16, 7},
                                {17, 7}, {2, 9, 7}, {100, 7}, {3, 1, 5, 7}, {1000, 7}};

/// Counts its calls.
struct CountedGELU : nn::GELU {
  Tensor forward(const Tensor& x) const override {
    ++*calls;
    return nn::GELU::forward(x);
  }
  std::shared_ptr<int> calls = std::make_shared<int>(0);
  WICK_MODULE(CountedGELU, options)
};

}  // namespace

TEST_CASE("a fused feed-forward block gives what its layers give", "[nn][fuse]") {
  manual_seed(1);
  for (const char* activation : activations) {
    for (const Shape& shape : shapes) {
      // Small weights, which one kernel takes for any number of rows, and larger ones.
      for (const int64_t hidden : {1, 5, 64, 700}) {
        nn::FeedForward block({.d_model = 7, .dim_feedforward = hidden, .activation = activation});
        block.eval();
        check_same(block, randn(shape));
      }
    }
  }
  nn::FeedForward large({.d_model = 100, .dim_feedforward = 300});
  large.eval();
  for (const int64_t rows : {1, 2, 5, 8, 15, 16, 17, 33, 64, 65, 500})
    check_same(large, randn({rows, 100}));
}

TEST_CASE("fused layers take any layout", "[nn][fuse]") {
  manual_seed(2);
  nn::FeedForward block({.d_model = 80, .dim_feedforward = 200});
  block.eval();
  for (const int64_t rows : {3, 40}) {
    check_same(block, randn({80, rows}).t());
    check_same(block, randn({rows, 160})(all, slice(0, 80)));
    check_same(block, randn({rows, 160})(all, slice(0, none, 2)));
    check_same(block, randn({80}).expand({rows, 80}));
    check_same(block, randn({rows, 80, 2}).transpose(1, 2));
  }
  // A weight that is a view of a transposed matrix, and one that has no bias.
  nn::Sequential layers{nn::Linear(80, 90, false), nn::ReLU(), nn::Linear(90, 70, false)};
  layers[0].as<nn::Linear>().weight = randn({80, 90}).t();
  layers.eval();
  for (const int64_t rows : {3, 40}) check_same(layers, randn({rows, 80}));
}

TEST_CASE("half types are fused with float32 in between", "[nn][fuse]") {
  manual_seed(3);
  for (const DType dtype : {bfloat16, float16}) {
    nn::FeedForward block({.d_model = 64, .dim_feedforward = 192});
    block.eval();
    const nn::FeedForward exact = block;
    block.to(dtype);
    for (const int64_t rows : {1, 5, 64, 100}) {
      const Tensor x = randn({rows, 64});
      check_same(block, x.to(dtype), dtype == bfloat16 ? 0.02 : 0.003);
      // Nearer to float32 than half a unit in the last place per rounding allows for.
      const NoGradGuard guard;
      const Tensor expected = exact(x);
      const double off = (block(x.to(dtype)).to(float32) - expected).abs().max().item<double>();
      CHECK(off <= (dtype == bfloat16 ? 0.02 : 0.003) * expected.abs().max().item<double>());
    }
  }
  nn::FeedForward doubles({.d_model = 8, .dim_feedforward = 16});
  doubles.eval().to(float64);
  check_same(doubles, randn({3, 8}, {.dtype = float64}), 1e-15);
}

TEST_CASE("Sequential fuses what stands in it", "[nn][fuse]") {
  manual_seed(4);
  nn::Sequential layers{nn::Linear(10, 300), nn::GELU({.approximate = "tanh"}),
                        nn::Dropout(0.5),    nn::Identity(),
                        nn::Linear(300, 20), nn::ReLU({.inplace = true}),
                        nn::Linear(20, 20),  nn::Sequential{nn::Linear(20, 9), nn::Sigmoid()},
                        nn::LayerNorm(9),    nn::Linear(9, 4),
                        nn::SiLU()};
  layers.eval();
  for (const int64_t rows : {1, 4, 30}) check_same(layers, randn({rows, 10}));
  nn::Repeat repeated(3, nn::FeedForward({.d_model = 6, .dim_feedforward = 11}));
  repeated.eval();
  check_same(repeated, randn({4, 6}));
}

TEST_CASE("fused numbers do not depend on the number of threads", "[nn][fuse]") {
  manual_seed(5);
  nn::FeedForward block({.d_model = 96, .dim_feedforward = 500});
  block.eval();
  const NoGradGuard guard;
  for (const int64_t rows : {1, 7, 16, 20, 300}) {
    const Tensor x = randn({rows, 96});
    const Tensor y = block(x);
    for (const int threads : {1, 2, 3, 7}) {
      const NumThreadsGuard few(threads);
      CHECK(equal(block(x), y));
    }
  }
}

TEST_CASE("hooks run, and replace what they replace", "[nn][fuse]") {
  manual_seed(6);
  nn::Sequential layers{nn::Linear(4, 8), nn::GELU(), nn::Linear(8, 3)};
  layers.eval();
  const NoGradGuard guard;
  const Tensor x = randn({5, 4});
  for (const int64_t place : {0, 1, 2}) {
    int calls = 0;
    auto handle =
        layers[place].register_forward_hook([&](const nn::Module&, const Tensor&, const Tensor& y) {
          ++calls;
          return y * 0;
        });
    const Tensor y = layers(x);
    CHECK(calls == 1);
    CHECK(equal(y, plain(layers, x)));
    handle.remove();
    CHECK_FALSE(layers[place].has_hooks());
    calls = 0;
    layers(x);
    CHECK(calls == 0);
  }
  nn::FeedForward block({.d_model = 4, .dim_feedforward = 8});
  block.eval();
  int calls = 0;
  const auto handle =
      block.dropout.register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
        ++calls;
        return Tensor();
      });
  CHECK(block.dropout.has_hooks());
  block(x);
  CHECK(calls == 1);
}

TEST_CASE("layers derived from known ones are called", "[nn][fuse]") {
  const NoGradGuard guard;
  const CountedGELU counted;
  nn::Sequential layers{nn::Linear(4, 8), counted, nn::Linear(8, 3)};
  layers.eval();
  layers(randn({5, 4}));
  CHECK(*counted.calls == 1);
}

TEST_CASE("gradients are recorded through layers that could be fused", "[nn][fuse]") {
  manual_seed(7);
  nn::FeedForward block({.d_model = 4, .dim_feedforward = 8});
  block.eval();
  const Tensor x = randn({5, 4});
  block(x).sum().backward();
  for (const Tensor& p : block.parameters()) CHECK(p.grad().defined());
  block.requires_grad_(false);
  const Tensor leaf = randn({5, 4}).requires_grad_();
  block(leaf).sum().backward();
  CHECK(leaf.grad().defined());
  CHECK_FALSE(block(x).requires_grad());
}

TEST_CASE("in training mode dropout drops", "[nn][fuse]") {
  const NoGradGuard guard;
  nn::FeedForward block({.d_model = 16, .dim_feedforward = 64, .dropout = 0.5});
  const Tensor x = randn({5, 16});
  CHECK_FALSE(equal(block(x), block(x)));
  manual_seed(8);
  const Tensor y = block(x);
  manual_seed(8);
  CHECK(equal(plain(block, x), y));
  block.dropout.options.p = 0;
  CHECK(equal(block(x), block(x)));
}

TEST_CASE("weights may change between calls", "[nn][fuse]") {
  manual_seed(9);
  nn::FeedForward block({.d_model = 96, .dim_feedforward = 100});
  block.eval();
  for (const DType dtype : {float32, bfloat16}) {
    block.to(dtype);
    const Tensor x = randn({40, 96}).to(dtype);
    for (int i = 0; i < 3; ++i) {
      check_same(block, x, 0.02);
      const NoGradGuard guard;
      const Tensor before = block(x);
      block.linear1.weight.mul_(1.5);
      block.linear2.bias.add_(1);
      CHECK_FALSE(equal(block(x), before));
    }
  }
}

TEST_CASE("errors are those of the layers", "[nn][fuse]") {
  const NoGradGuard guard;
  nn::Sequential layers{nn::Linear(4, 8), nn::GELU(), nn::Linear(9, 3)};
  layers.eval();
  CHECK_THROWS_WITH(layers(randn({5, 3})),
                    "0 (Linear(4 -> 8)): mat1 and mat2 shapes cannot be multiplied (5x3 and 4x8)");
  CHECK_THROWS_WITH(layers(randn({5, 4})),
                    "2 (Linear(9 -> 3)): mat1 and mat2 shapes cannot be multiplied (5x8 and 9x3)");
  CHECK_THROWS_WITH(
      layers(zeros({5, 4}, {.dtype = int64})),
      ContainsSubstring("0 (Linear(4 -> 8)): mat1 and mat2 must have the same dtype"));
  CHECK_THROWS_AS(layers(Tensor()), Error);
  nn::Sequential named{nn::Linear(4, 8), nn::GELU(), nn::Linear(8, 3)};
  named[1].as<nn::GELU>().options.approximate = "tan";
  CHECK_THROWS_WITH(named(randn({5, 4})),
                    ContainsSubstring("approximate argument must be either none or tanh."));
  named[1].as<nn::GELU>().options.approximate = "none";
  CHECK(named(zeros({0, 4}, {.device = Device::meta})).is_meta());
}

TEST_CASE("a summary sees every layer", "[nn][fuse]") {
  nn::FeedForward block({.d_model = 4, .dim_feedforward = 8});
  block.eval();
  const NoGradGuard guard;
  const std::string text = nn::summary(block, Shape{5, 4}).to_string();
  CHECK_THAT(text, ContainsSubstring("linear1"));
  CHECK_THAT(text, ContainsSubstring("activation"));
}
