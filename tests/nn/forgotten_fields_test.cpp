// What the first call that records gradients says of parameters that WICK_MODULE does not list.
#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// A force is minus the gradient of an energy: a leaf is made of the input inside of forward.
struct Force : nn::Module {
  nn::Linear energy{2, 1};
  Tensor forward(const Tensor& x) const override {
    const Tensor position = x.detach().clone().requires_grad_();
    const Tensor e = energy(position).tanh().sum();
    return autograd::grad({e}, {position}, {.create_graph = true})[0];
  }
  WICK_MODULE(Force, energy)
};

struct Forgetful : nn::Module {
  nn::Linear a{2, 2}, b{2, 2};
  Tensor forward(const Tensor& x) const override { return b(a(x)); }
  WICK_MODULE(Forgetful, a)
};

struct ForgetfulLoss : nn::Loss {
  nn::Linear scale{2, 2};
  Tensor forward(const Tensor& input, const Tensor& target) const override {
    return (scale(input) - target).square().mean();
  }
  WICK_MODULE(ForgetfulLoss)
};

struct LearnedLoss : nn::Loss {
  nn::Linear scale{2, 2};
  Tensor forward(const Tensor& input, const Tensor& target) const override {
    return (scale(input) - target).square().mean();
  }
  WICK_MODULE(LearnedLoss, scale)
};

const auto not_listed = ContainsSubstring("is not among its named_parameters()");

}  // namespace

TEST_CASE("a leaf that forward makes is no forgotten field", "[module][fields]") {
  const Force force;
  const Tensor f = force(ones({3, 2}));
  CHECK(f.shape() == Shape{3, 2});
  f.square().sum().backward();
  CHECK(force.energy.weight.grad().defined());
  CHECK_NOTHROW(nn::Sequential{Force(), nn::Linear(2, 1)}(ones({3, 2})));
  CHECK_NOTHROW(nn::check_fields(force, ones({3, 2})));
}

TEST_CASE("a loss that forgets a field is told as any module", "[module][fields][loss]") {
  CHECK_THROWS_WITH(ForgetfulLoss()(ones({1, 2}), ones({1, 2})), not_listed);
  CHECK_THROWS_WITH(ForgetfulLoss()(nn::Linear(2, 2)(ones({1, 2})), ones({1, 2})), not_listed);
  const LearnedLoss loss;
  const nn::Linear model(2, 2);
  loss(model(ones({1, 2})), ones({1, 2})).backward();
  CHECK(loss.scale.weight.grad().defined());
  CHECK(model.weight.grad().defined());
  // Parameters of the model that made its input are none of a loss's.
  CHECK_NOTHROW(nn::MSELoss()(model(ones({1, 2})), ones({1, 2})).backward());
  CHECK_NOTHROW(nn::TripletMarginLoss()(model(ones({1, 2})), model(zeros({1, 2})), ones({1, 2})));
}

TEST_CASE("with a hook nothing can be told, and without it it is", "[module][fields]") {
  Forgetful model;
  HookHandle hook = model.a.register_forward_hook(
      [](const nn::Module&, const Tensor&, const Tensor&) { return Tensor(); });
  CHECK_NOTHROW(model(ones({1, 2})));
  hook.remove();
  CHECK_THROWS_WITH(model(ones({1, 2})), not_listed);
}

TEST_CASE("a forgotten field is found at the first call that records gradients",
          "[module][fields]") {
  Forgetful model;
  {
    const NoGradGuard guard;
    CHECK_NOTHROW(model(ones({1, 2})));
  }
  CHECK_THROWS_WITH(model(ones({1, 2})), not_listed);
  CHECK_THROWS_WITH((nn::Sequential{nn::Linear(2, 2), Forgetful()}(ones({1, 2}))),
                    ContainsSubstring("1 (Forgetful)"));
}
