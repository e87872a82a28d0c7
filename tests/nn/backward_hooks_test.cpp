// Hooks on the gradients of calls: what they see and replace, as PyTorch's full backward hooks.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using nn::ModuleBase;
using wick::Tensor;
using wick::tensor;
using Tensors = std::vector<Tensor>;

Tensor leaf(double value) { return wick::full({1}, value).requires_grad_(); }
float value(const Tensor& t) { return t.item<float>(); }

struct Pair {
  Tensor sum, product;
};
struct Both : nn::ModuleOf<Pair(const Tensor&, const Tensor&)> {
  Pair forward(const Tensor& a, const Tensor& b) const override { return {a + b, a * b}; }
  WICK_MODULE(Both)
};

}  // namespace

TEST_CASE("a backward hook sees the gradients of inputs and outputs", "[module][hooks][autograd]") {
  Both both;
  int calls = 0;
  nn::HookHandle handle = both.register_full_backward_hook(
      [&](const ModuleBase& m, const Tensors& inputs, const Tensors& outputs) {
        ++calls;
        CHECK(&m == &both);
        REQUIRE(inputs.size() == 2);
        REQUIRE(outputs.size() == 2);
        CHECK(value(inputs[0]) == 1 + 5 * 10);  // d(sum + 10 product)/da = 1 + 10 b
        CHECK(value(inputs[1]) == 1 + 3 * 10);
        CHECK(value(outputs[0]) == 1);
        CHECK(value(outputs[1]) == 10);
        return Tensors();
      });
  CHECK(both.has_hooks());
  const Tensor a = leaf(3), b = leaf(5);
  const auto [sum, product] = both(a, b);
  CHECK(value(sum) == 8);
  (sum + product * 10).backward({}, {.retain_graph = true});
  CHECK(calls == 1);
  CHECK(value(a.grad()) == 51);
  (sum + product * 10).backward();
  CHECK(calls == 2);
  handle.remove();
  CHECK_FALSE(both.has_hooks());
  both(a, b).sum.backward();
  CHECK(calls == 2);
}

TEST_CASE("backward hooks replace gradients, one after the other", "[module][hooks][autograd]") {
  nn::Identity id;
  std::string log;
  id.register_full_backward_hook([&](const ModuleBase&, const Tensors& in, const Tensors&) {
    log += "a" + std::to_string(static_cast<int>(value(in[0])));
    return Tensors{in[0] * 2};
  });
  id.register_full_backward_hook([&](const ModuleBase&, const Tensors& in, const Tensors&) {
    log += "b" + std::to_string(static_cast<int>(value(in[0])));
    return Tensors{in[0] + 1};
  });
  id.register_full_backward_hook(
      [&](const ModuleBase&, const Tensors&, const Tensors&) {
        log += "c";
        return Tensors();
      },
      {.prepend = true});
  id.register_full_backward_pre_hook([&](const ModuleBase&, const Tensors& out) {
    log += "p" + std::to_string(static_cast<int>(value(out[0])));
    return Tensors{out[0] * 10};
  });
  const Tensor x = leaf(1);
  (id(x) * 3).backward();
  CHECK(log == "p3ca30b60");
  CHECK(value(x.grad()) == 61);
  const nn::Identity copy = id;  // which has copies of the hooks
  log.clear();
  copy(x).backward();
  CHECK(log == "p1ca10b20");
}

TEST_CASE("inputs without gradients are undefined to a backward hook",
          "[module][hooks][autograd]") {
  Both both;
  Tensors seen;
  both.register_full_backward_hook([&](const ModuleBase&, const Tensors& in, const Tensors& out) {
    seen = in;
    CHECK_FALSE(out[1].defined());
    return Tensors();
  });
  const Tensor a = leaf(3);
  both(a, tensor({5.F})).sum.backward();
  REQUIRE(seen.size() == 2);
  CHECK(value(seen[0]) == 1);
  CHECK_FALSE(seen[1].defined());
}

TEST_CASE("where no input needs a gradient, hooks run with those of the outputs",
          "[module][hooks][autograd]") {
  nn::Linear fc(1, 1, false);
  int calls = 0;
  fc.register_full_backward_hook([&](const ModuleBase&, const Tensors& in, const Tensors& out) {
    ++calls;
    REQUIRE(in.size() == 1);
    CHECK_FALSE(in[0].defined());
    CHECK(value(out[0]) == 2);
    return Tensors();
  });
  std::string told;
  {
    const wick::WarningGuard guard([&](const wick::Warning& w) { told += w.category; });
    (fc(wick::ones({1, 1})) * 2).sum().backward();
  }
  CHECK(calls == 1);
  CHECK(told == "hooks");
  fc.register_full_backward_hook(
      [](const ModuleBase&, const Tensors&, const Tensors& out) { return Tensors{out[0]}; });
  CHECK_THROWS_WITH((fc(wick::ones({1, 1})) * 2).sum().backward(),
                    ContainsSubstring("where no input requires gradient"));
}

TEST_CASE("a backward hook that returns another number of gradients is told",
          "[module][hooks][autograd][errors]") {
  Both both;
  nn::HookHandle handle = both.register_full_backward_hook(
      [](const ModuleBase&, const Tensors& in, const Tensors&) { return Tensors{in[0]}; });
  CHECK_THROWS_WITH(
      both(leaf(1), leaf(2)).sum.backward(),
      "Backward hook returned an invalid number of grad_input, got 1, but expected 2");
  handle.remove();
  both.register_full_backward_pre_hook(
      [](const ModuleBase&, const Tensors& out) { return Tensors(3, out[0]); });
  CHECK_THROWS_WITH(
      both(leaf(1), leaf(2)).sum.backward(),
      "Backward pre hook returned an invalid number of grad_output, got 3, but expected 2");
  CHECK_THROWS_AS(both.register_full_backward_hook({}), wick::ValueError);
  CHECK_THROWS_AS(both.register_full_backward_pre_hook({}), wick::ValueError);
}

TEST_CASE("backward hooks in a model, without recording, and after the module is gone",
          "[module][hooks][autograd]") {
  wick::manual_seed(0);
  nn::Sequential net{nn::Linear(2, 3), nn::GELU(), nn::Linear(3, 1)};
  const Tensor x = wick::randn({4, 2});
  net(x).sum().backward();
  const Tensor want = net.get_parameter("0.weight").grad().clone();
  net.zero_grad();
  int calls = 0;
  net[1].register_full_backward_hook([&](const ModuleBase&, const Tensors& in, const Tensors& out) {
    ++calls;
    CHECK(in[0].shape() == wick::Shape{4, 3});
    CHECK(out[0].shape() == wick::Shape{4, 3});
    return Tensors();
  });
  net(x).sum().backward();
  CHECK(calls == 1);
  CHECK(allclose(net.get_parameter("0.weight").grad(), want));
  {
    const wick::NoGradGuard guard;
    net(x);
  }
  CHECK(calls == 1);

  Tensor y;
  const Tensor in = leaf(2);
  {
    nn::Sequential gone{nn::Tanh()};
    gone[0].register_full_backward_hook([&](const ModuleBase&, const Tensors&, const Tensors&) {
      ++calls;
      return Tensors();
    });
    y = gone(in);
  }
  y.backward();
  CHECK(calls == 1);
  CHECK(in.grad().defined());

  nn::Tanh first;
  first.register_full_backward_hook([&](const ModuleBase& m, const Tensors&, const Tensors&) {
    calls += m.type_name() == "Tanh" ? 10 : 0;
    return Tensors();
  });
  y = first(in);
  const nn::Tanh moved = std::move(first);  // and its hooks with it
  y.backward();
  CHECK(calls == 11);
}

TEST_CASE("gradients of gradients pass backward hooks", "[module][hooks][autograd]") {
  nn::Tanh act;
  act.register_full_backward_hook(
      [](const ModuleBase&, const Tensors& in, const Tensors&) { return Tensors{in[0] * 2}; });
  const Tensor x = wick::full({1}, 0.5).to(wick::float64).requires_grad_();
  const Tensor first = wick::autograd::grad({act(x)}, {x}, {.create_graph = true})[0];
  CHECK(allclose(first, (1 - x.tanh().square()) * 2));
  const Tensor second = wick::autograd::grad({first}, {x})[0];
  CHECK(allclose(second, -4 * x.tanh() * (1 - x.tanh().square())));
}
