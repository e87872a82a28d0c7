// fused_update_: layouts, memory that is shared, and mistakes.
#include "wick/fused/optim.h"

#include <random>

#include "catch.h"
#include "layouts.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace {

using wick::DType;
using wick::FusedUpdate;
using wick::Tensor;
using wick::tensor;
using wick::UpdateNumbers;
using wick::UpdateRule;

/// How many averages the rule keeps, with the numbers below.
size_t averages(UpdateRule rule) {
  if (rule == UpdateRule::sgd || rule == UpdateRule::adagrad) return 1;
  return rule == UpdateRule::adam || rule == UpdateRule::rmsprop ? 3 : 2;
}

constexpr UpdateNumbers numbers = {.lr = 0.1,
                                   .lr_gradient = 0.05,
                                   .weight_decay = 0.01,
                                   .shrink = 0.99,
                                   .momentum = 0.5,
                                   .dampening = 0.1,
                                   .beta1 = 0.9,
                                   .beta2 = 0.7,
                                   .eps = 0.1,
                                   .correction = 0.8,
                                   .nesterov = true};

FusedUpdate random_update(layouts::Rng& rng, UpdateRule rule, const wick::Shape& shape,
                          DType dtype) {
  // Without repeated elements, which cannot be written to.
  const auto draw = [&] { return layouts::random_tensor(rng, shape, dtype); };
  const auto writable = [&] {
    Tensor x = draw();
    while (x.is_contiguous() == (rng() % 2 == 0) && rng() % 4 != 0) x = draw();
    const Tensor copy = x.empty_like();
    copy.copy_(x);
    return copy;
  };
  FusedUpdate update{writable(), draw(), {}, rule, numbers};
  for (size_t k = 0; k < averages(rule); ++k) {
    update.state[k] = writable();
    // Averages of squares are not negative; s0 - s2^2 of rmsprop is not either.
    update.state[k].abs_();
    if (rule == UpdateRule::rmsprop && k == 0) update.state[k].add_(20);
  }
  return update;
}

}  // namespace

TEST_CASE("fused_update_: the same bits in any layout", "[optim][ops]") {
  layouts::Rng rng(7);
  for (int rule = 0; rule <= static_cast<int>(UpdateRule::adadelta); ++rule)
    for (const DType dtype : {wick::float32, wick::float64, wick::bfloat16, wick::float16})
      for (int round = 0; round < 8; ++round) {
        CAPTURE(rule, wick::name(dtype), round);
        const wick::Shape shape = {layouts::pick(rng, 0, 9), layouts::pick(rng, 1, 40)};
        const FusedUpdate strided = random_update(rng, static_cast<UpdateRule>(rule), shape, dtype);
        FusedUpdate plain = strided;
        plain.param = strided.param.contiguous().clone();
        plain.grad = strided.grad.contiguous().clone();
        for (Tensor& state : plain.state)
          if (state.defined()) state = state.contiguous().clone();
        // One by one: the rest of a vector gives the same bits as its middle.
        FusedUpdate single = plain;
        single.param = plain.param.clone();
        for (Tensor& state : single.state)
          if (state.defined()) state = state.clone();
        const uint64_t version = strided.param.version();
        wick::fused_update_({strided});
        wick::fused_update_({plain});
        for (int64_t i = 0; i < shape.numel(); ++i) {
          const auto element = [&](const Tensor& x) { return x.view({-1}).narrow(0, i, 1); };
          FusedUpdate one{element(single.param), element(single.grad), {}, single.rule, numbers};
          for (size_t k = 0; k < 3; ++k)
            if (single.state[k].defined()) one.state[k] = element(single.state[k]);
          wick::fused_update_({one});
        }
        CHECK((shape.numel() == 0 || strided.param.version() > version));
        CHECK(strided.param.allclose(plain.param, 0, 0, true));
        CHECK(single.param.allclose(plain.param, 0, 0, true));
        for (size_t k = 0; k < averages(strided.rule); ++k) {
          CHECK(strided.state[k].allclose(plain.state[k], 0, 0, true));
          CHECK(single.state[k].allclose(plain.state[k], 0, 0, true));
        }
      }
}

TEST_CASE("fused_update_: memory that is shared", "[optim][ops]") {
  const UpdateNumbers one = {.lr = 1};
  // The gradient is the parameter itself, or overlaps with it.
  const Tensor x = wick::arange(1, 6).to(wick::float32);
  wick::fused_update_({{.param = x, .grad = x, .numbers = one}});
  CHECK(x.equal(wick::zeros({5})));
  const Tensor y = wick::arange(6).to(wick::float32);
  wick::fused_update_({{.param = y.narrow(0, 1, 5), .grad = y.narrow(0, 0, 5), .numbers = one}});
  CHECK(y.equal(tensor({0., 1., 1., 1., 1., 1.})));

  // One after the other: the second reads what the first wrote.
  const Tensor z = wick::ones({4});
  const Tensor w = wick::zeros({4});
  wick::fused_update_({{.param = z, .grad = wick::ones({4}), .numbers = one},
                       {.param = w, .grad = z, .numbers = one},
                       {.param = z.narrow(0, 1, 2), .grad = wick::ones({2}), .numbers = one}});
  CHECK(z.equal(tensor({0., -1., -1., 0.})));
  CHECK(w.equal(wick::zeros({4})));
}

TEST_CASE("fused_update_: mistakes are told before anything is written", "[optim][ops]") {
  const Tensor good = wick::zeros({3});
  const auto fails = [&](const FusedUpdate& bad) {
    try {
      wick::fused_update_({{.param = good, .grad = wick::ones({3}), .numbers = {.lr = 1}}, bad});
    } catch (const wick::Error& error) {
      CHECK(good.equal(wick::zeros({3})));
      return std::string(error.what());
    }
    return std::string("none");
  };
  const Tensor w = wick::zeros({2});
  const Tensor g = wick::ones({2});
  CHECK_THAT(fails({.param = w}), ContainsSubstring("undefined"));
  CHECK_THAT(fails({.param = wick::tensor({1, 2}), .grad = wick::tensor({1, 2})}),
             ContainsSubstring("floating point"));
  CHECK_THAT(fails({.param = w, .grad = wick::ones({3})}), ContainsSubstring("[3]"));
  CHECK_THAT(fails({.param = w, .grad = g, .rule = UpdateRule::adam}),
             ContainsSubstring("state 0"));
  CHECK_THAT(
      fails({.param = w, .grad = g, .state = {wick::zeros({1})}, .rule = UpdateRule::adagrad}),
      ContainsSubstring("[1]"));
  CHECK_THAT(fails({.param = w,
                    .grad = g,
                    .state = {wick::zeros({2}, wick::float64)},
                    .rule = UpdateRule::adagrad}),
             ContainsSubstring("float64"));
  CHECK_THAT(fails({.param = w, .grad = g, .state = {w}, .rule = UpdateRule::adagrad}),
             ContainsSubstring("share memory"));
  CHECK_THAT(fails({.param = wick::zeros({1}).expand({2}), .grad = g}),
             ContainsSubstring("single memory location"));
  CHECK_THAT(fails({.param = w, .grad = wick::ones({2}, {.device = wick::meta})}),
             ContainsSubstring("same device"));
  const Tensor leaf = wick::zeros({2}).requires_grad_();
  CHECK_THAT(fails({.param = leaf, .grad = g}), ContainsSubstring("leaf Variable"));
  const wick::NoGradGuard guard;
  wick::fused_update_({{.param = leaf, .grad = g, .numbers = {.lr = 1}}});
  CHECK(leaf.equal(wick::full({2}, -1.0)));
}
