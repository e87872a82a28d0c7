// When layers run in one pass, seen by the memory that it saves; and when they must not.
#include <cmath>
#include <limits>

#include "catch.h"
#include "nn/fuse.h"
#include "wick/wick.h"

namespace {

using namespace wick;

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// How many of the layers of `net` run in one pass on an input of 4 features: 0 if none.
size_t fused(const nn::Sequential& net, bool gradients = false) {
  std::optional<NoGradGuard> guard;
  if (!gradients) guard.emplace();
  Tensor x = ones({3, 4});
  std::vector<nn::NamedModule> layers;
  for (const nn::NamedModule& m : net) layers.push_back(m);
  const Tensor before = x;
  const size_t count = nn::run_fused(layers, x);
  CHECK((count == 0) == x.is_same(before));
  return count;
}

template <class... Modules>
nn::Sequential in_eval(Modules... modules) {
  nn::Sequential net{std::move(modules)...};
  net.eval();
  return net;
}

nn::Linear linear(int64_t in, int64_t out) { return {in, out}; }

}  // namespace

TEST_CASE("a linear layer and what follows it run in one pass", "[nn][fuse]") {
  CHECK(fused(in_eval(linear(4, 8), nn::GELU(), linear(8, 2))) == 3);
  CHECK(fused(in_eval(linear(4, 8), nn::GELU())) == 2);
  CHECK(fused(in_eval(linear(4, 8), nn::GELU(), nn::Dropout(0.5), nn::Identity(), linear(8, 2),
                      nn::ReLU())) == 5);
  CHECK(fused(in_eval(linear(4, 8), nn::GELU(), nn::Dropout(0.5), nn::Identity())) == 4);
  CHECK(fused(in_eval(linear(4, 8), nn::GELU(), nn::LayerNorm(8), linear(8, 2))) == 2);
  for (const char* name : {"gelu", "gelu_tanh", "relu", "silu", "sigmoid", "tanh"})
    CHECK(fused(in_eval(linear(4, 8), nn::make_activation(name), linear(8, 2))) == 3);
  // Nothing to run together.
  CHECK(fused(in_eval(linear(4, 8), nn::Identity())) == 0);
  CHECK(fused(in_eval(linear(4, 8), linear(8, 2))) == 0);
  CHECK(fused(in_eval(linear(4, 8), nn::Softmax(-1), linear(8, 2))) == 0);
  CHECK(fused(in_eval(linear(4, 8), nn::Dropout(0.5), nn::GELU())) == 0);
  CHECK(fused(in_eval(nn::GELU(), linear(4, 8), nn::GELU())) == 0);
  CHECK(fused(nn::Sequential{linear(4, 8)}) == 0);
  CHECK(fused(nn::Sequential()) == 0);
}

TEST_CASE("layers do not run in one pass while somebody looks in between", "[nn][fuse]") {
  const auto nothing = [](const nn::Module&, const Tensor&) { return Tensor(); };
  const auto nothing_after = [](const nn::Module&, const Tensor&, const Tensor&) {
    return Tensor();
  };
  const nn::Sequential net = in_eval(linear(4, 8), nn::GELU(), nn::Identity(), linear(8, 2));
  CHECK(fused(net) == 4);
  CHECK(fused(net, true) == 0);  // a gradient is recorded
  {
    const NoFusionGuard guard;
    CHECK(fused(net) == 0);
  }
  CHECK(fused(net) == 4);
  const size_t expected[] = {0, 0, 2, 3};
  for (int64_t place = 0; place < 4; ++place) {
    nn::Sequential hooked = net;
    auto handle = hooked[place].register_forward_pre_hook(nothing);
    CHECK(fused(hooked) == expected[place]);
    handle.remove();
    CHECK(fused(hooked) == 4);
    hooked[place].register_forward_hook(nothing_after);
    CHECK(fused(hooked) == expected[place]);
  }
}

TEST_CASE("dropout that drops, or that was given no probability, is called", "[nn][fuse]") {
  nn::Sequential net{linear(4, 8), nn::ReLU(), nn::Dropout(0.5), linear(8, 2)};
  nn::Dropout& dropout = net[2].as<nn::Dropout>();
  const auto count = [&](double p, bool training) {
    dropout.options.p = p;
    dropout.train(training);
    return fused(net);
  };
  CHECK(count(0.5, true) == 2);
  CHECK(count(0.5, false) == 4);
  CHECK(count(0, true) == 4);
  CHECK(count(0, false) == 4);
  CHECK(count(1, false) == 4);
  CHECK(count(1, true) == 2);
  for (const double bad : {-0.5, std::nextafter(1.0, 2.0), not_a_number})
    for (const bool training : {true, false}) {
      CHECK(count(bad, training) == 2);
      const NoGradGuard guard;
      CHECK_THROWS_AS(net(ones({3, 4})), ValueError);
    }
}

TEST_CASE("a feed-forward block runs in one pass, or says why not", "[nn][fuse]") {
  const NoGradGuard guard;
  nn::FeedForward block({.d_model = 4, .dim_feedforward = 8});
  const Tensor x = ones({3, 4});
  const auto runs = [&] {
    return nn::run_fused(block.linear1, *block.activation, block.dropout, block.linear2, x)
        .defined();
  };
  CHECK_FALSE(runs());  // it drops
  block.eval();
  CHECK(runs());
  const auto nothing = [](const nn::Module&, const Tensor&) { return Tensor(); };
  for (nn::ModuleBase* part :
       {static_cast<nn::ModuleBase*>(&block.linear1), static_cast<nn::ModuleBase*>(&block.dropout),
        static_cast<nn::ModuleBase*>(&block.linear2), block.activation.get()}) {
    auto handle = part->register_forward_pre_hook(nothing);
    CHECK_FALSE(runs());
    handle.remove();
    CHECK(runs());
  }
  block.activation = nn::Identity();
  CHECK_FALSE(runs());
  block.activation = nn::GELU();
  block.activation.as<nn::GELU>().options.approximate = "wrong";
  CHECK_FALSE(runs());
  CHECK_THROWS_AS(block(x), Error);
}
