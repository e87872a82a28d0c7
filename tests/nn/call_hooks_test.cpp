// Hooks that see every tensor of a call, of a module of any signature.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using nn::ModuleBase;
using nn::TensorRefs;
using wick::Tensor;

struct Pair {
  Tensor sum, product;
};
struct Both : nn::ModuleOf<Pair(const Tensor&, const Tensor&)> {
  Pair forward(const Tensor& a, const Tensor& b) const override { return {a + b, a * b}; }
  WICK_MODULE(Both)
};

float value(const Tensor& t) { return t.item<float>(); }

}  // namespace

TEST_CASE("call hooks see and replace every input and output", "[module][hooks]") {
  Both both;
  const Tensor two = wick::tensor(2.F), three = wick::tensor(3.F);
  nn::HookHandle pre = both.register_call_pre_hook([&](const ModuleBase& m, TensorRefs inputs) {
    CHECK(&m == &both);
    CHECK(inputs.size() == 2);
    CHECK(inputs[0].is_same(two));
    inputs[1] = inputs[1] + 1;
  });
  nn::HookHandle post =
      both.register_call_hook([&](const ModuleBase&, TensorRefs inputs, TensorRefs outputs) {
        CHECK(value(inputs[1]) == 4);
        CHECK(outputs.size() == 2);
        for (Tensor& y : outputs) y = y * 10;
      });
  CHECK(both.has_hooks());
  const auto [sum, product] = both(two, three);
  CHECK(value(sum) == 60);
  CHECK(value(product) == 80);
  CHECK(value(three) == 3);  // the caller's tensor is what it was
  pre.remove();
  post.remove();
  CHECK_FALSE(both.has_hooks());
  CHECK(value(both(two, three).sum) == 5);
}

TEST_CASE("losses have hooks, and layers have those of calls as well", "[module][hooks][loss]") {
  nn::MSELoss loss;
  loss.register_call_hook([](const ModuleBase&, TensorRefs, TensorRefs y) { y[0] = y[0] + 1; });
  CHECK(value(loss(wick::ones({2}), wick::zeros({2}))) == 2);
  nn::Sequential net{nn::Linear(2, 2), nn::ReLU()};
  std::string log;
  net[1].register_call_hook([&](const ModuleBase& m, TensorRefs, TensorRefs y) {
    log += std::string(m.type_name()) + y[0].shape().to_string();
  });
  net(wick::ones({1, 2}));
  CHECK(log == "ReLU[1, 2]");
}

TEST_CASE("hooks of calls and of forward run in one order, prepended ones first",
          "[module][hooks]") {
  nn::Identity id;
  std::string log;
  const auto call = [&](const char* name) {
    return [&log, name](const ModuleBase&, TensorRefs) { log += name; };
  };
  id.register_call_pre_hook(call("a"));
  id.register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
    log += "b";
    return Tensor();
  });
  id.register_call_pre_hook(call("c"), {.prepend = true});
  id.register_forward_pre_hook(
      [&](const nn::Module&, const Tensor&) {
        log += "d";
        return Tensor();
      },
      {.prepend = true});
  id.register_forward_hook([&](const nn::Module&, const Tensor&, const Tensor&) {
    log += "e";
    return Tensor();
  });
  id.register_call_hook([&](const ModuleBase&, TensorRefs, TensorRefs) { log += "f"; },
                        {.prepend = true});
  id(wick::ones({1}));
  CHECK(log == "dcabfe");
  const nn::Identity copy = id;
  copy(wick::ones({1}));
  CHECK(log == "dcabfedcabfe");
}

TEST_CASE("a hook that is wrong is told", "[module][hooks][errors]") {
  Both both;
  CHECK_THROWS_WITH(both.register_call_hook({}),
                    "register_call_hook expects a function, got an empty one");
  CHECK_THROWS_AS(both.register_call_pre_hook(nullptr), wick::ValueError);
  CHECK_THROWS_WITH(
      both.register_forward_pre_hook([](const nn::Module&, const Tensor& x) { return x; }),
      "register_forward_pre_hook: Both is no module with one tensor in and one out; "
      "register_call_pre_hook sees all its tensors");
  CHECK_THROWS_WITH(both.register_forward_hook(
                        [](const nn::Module&, const Tensor&, const Tensor& y) { return y; }),
                    ContainsSubstring("register_call_hook sees"));
  both.register_call_pre_hook([](const ModuleBase&, TensorRefs inputs) { inputs[2] = {}; });
  CHECK_THROWS_WITH(both(wick::ones({1}), wick::ones({1})),
                    ContainsSubstring("index 2 is out of range: the call has 2 tensors"));
}

TEST_CASE("apply calls a function on the modules of its type", "[module]") {
  struct Model : nn::Module {
    nn::Sequential net{nn::Linear(2, 2), nn::ReLU(), nn::Linear(2, 2)};
    Both both;
    nn::MSELoss loss;
    Tensor forward(const Tensor& x) const override { return net(x); }
    WICK_MODULE(Model, net, both, loss)
  } model;
  int linears = 0, layers = 0, all = 0, any = 0;
  CHECK(&model.apply([&](nn::Linear&) { ++linears; }) == &model);
  model.apply([&](const nn::Module&) { ++layers; });
  model.apply([&](ModuleBase&) { ++all; });
  model.apply([&](auto&) { ++any; });
  CHECK(linears == 2);
  CHECK(layers == 5);  // the model, the net and what is in it
  CHECK(all == 7);
  CHECK(any == 7);
  CHECK_THROWS_AS(model.apply({}), wick::ValueError);
}
