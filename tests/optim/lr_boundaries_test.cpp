// Schedulers in the epochs where something changes: one before, the epoch itself, one behind.
#include <cmath>
#include <numbers>
#include <vector>

#include "catch.h"
#include "optim/scheduler_groups.h"
#include "wick/wick.h"

namespace {

using namespace wick;
using Rates = std::vector<double>;

/// Steps a scheduler on an optimizer with learning rate 1.
template <class Make>
Rates rates(int epochs, const Make& make) {
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  auto scheduler = make(sgd);
  Rates result{sgd.lr()};
  for (int t = 1; t <= epochs; ++t) {
    scheduler.step();
    CHECK(scheduler.last_epoch() == t);
    CHECK(scheduler.get_last_lr() == Rates{sgd.lr()});
    result.push_back(sgd.lr());
  }
  return result;
}

/// The same scheduler behind a constant one, in SequentialLR: it begins in epoch 3, where its
/// learning rate is computed without recursion.
template <class Make>
Rates behind(int epochs, const Make& make) {
  const Rates all = rates(epochs + 3, [&](optim::Optimizer& o) {
    return optim::SequentialLR(
        o, {optim::ConstantLR(o, {.factor = 1, .total_iters = 100}), make(o)}, {3});
  });
  for (size_t t = 0; t < 3; ++t) CHECK(all[t] == 1);
  return {all.begin() + 3, all.end()};
}

void check_close(const Rates& found, const Rates& expected) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-12).margin(1e-15));
  }
}

/// Both: alone, and begun later.
template <class Make>
void check_both(const Make& make, const Rates& expected) {
  const auto epochs = static_cast<int>(expected.size()) - 1;
  check_close(rates(epochs, make), expected);
  check_close(behind(epochs, make), expected);
}

}  // namespace

TEST_CASE("StepLR steps in the epochs that step_size divides, but for the first", "[optim]") {
  check_both([](optim::Optimizer& o) { return optim::StepLR(o, {.step_size = 3, .gamma = 0.5}); },
             {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25});
  check_both([](optim::Optimizer& o) { return optim::StepLR(o, {.step_size = 1, .gamma = 0.5}); },
             {1, 0.5, 0.25});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  for (const int64_t bad : {int64_t{0}, int64_t{-1}, INT64_MIN})
    CHECK_THROWS_AS(optim::StepLR(sgd, {.step_size = bad}), ValueError);
  CHECK_NOTHROW(optim::StepLR(sgd, {.step_size = 1}));
}

TEST_CASE("MultiStepLR steps at its milestones, twice where one is there twice", "[optim]") {
  const auto make = [](optim::Optimizer& o) {
    return optim::MultiStepLR(o, {.milestones = {4, 2, 4}, .gamma = 0.5});
  };
  check_both(make, {1, 1, 0.5, 0.5, 0.125, 0.125});
  check_both([](optim::Optimizer& o) { return optim::MultiStepLR(o, {}); }, {1, 1, 1});
  // A milestone at 0 counts at once.
  check_close(rates(2,
                    [](optim::Optimizer& o) {
                      return optim::MultiStepLR(o, {.milestones = {0}, .gamma = 0.5});
                    }),
              {0.5, 0.5, 0.5});
}

TEST_CASE("ConstantLR and LinearLR end at total_iters", "[optim]") {
  check_both(
      [](optim::Optimizer& o) { return optim::ConstantLR(o, {.factor = 0.25, .total_iters = 3}); },
      {0.25, 0.25, 0.25, 1, 1, 1});
  check_both(
      [](optim::Optimizer& o) { return optim::ConstantLR(o, {.factor = 0.25, .total_iters = 1}); },
      {0.25, 1, 1});
  check_both(
      [](optim::Optimizer& o) {
        return optim::LinearLR(o, {.start_factor = 0.25, .end_factor = 0.75, .total_iters = 2});
      },
      {0.25, 0.5, 0.75, 0.75, 0.75});
  check_both(
      [](optim::Optimizer& o) {
        return optim::LinearLR(o, {.start_factor = 1, .end_factor = 0.5, .total_iters = 1});
      },
      {1, 0.5, 0.5});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  for (const double good : {0.0, 1.0}) {
    CHECK_NOTHROW(optim::ConstantLR(sgd, {.factor = good}));
    CHECK_NOTHROW(optim::LinearLR(sgd, {.end_factor = good}));
    sgd.set_lr(1);
  }
  const double below = -std::numeric_limits<double>::denorm_min();
  const double above = std::nextafter(1.0, 2.0);
  for (const double bad : {below, above}) {
    CHECK_THROWS_AS(optim::ConstantLR(sgd, {.factor = bad}), ValueError);
    CHECK_THROWS_AS(optim::LinearLR(sgd, {.start_factor = bad}), ValueError);
    CHECK_THROWS_AS(optim::LinearLR(sgd, {.end_factor = bad}), ValueError);
  }
  CHECK_THROWS_AS(optim::LinearLR(sgd, {.start_factor = 0}), ValueError);
  CHECK_NOTHROW(optim::LinearLR(sgd, {.start_factor = 1}));
}

TEST_CASE("PolynomialLR reaches 0 at total_iters, ExponentialLR never", "[optim]") {
  check_both(
      [](optim::Optimizer& o) { return optim::PolynomialLR(o, {.total_iters = 4, .power = 2}); },
      {1, 0.5625, 0.25, 0.0625, 0, 0, 0});
  check_both([](optim::Optimizer& o) { return optim::PolynomialLR(o, {.total_iters = 1}); },
             {1, 0, 0});
  check_both([](optim::Optimizer& o) { return optim::ExponentialLR(o, {.gamma = 0.5}); },
             {1, 0.5, 0.25, 0.125});
}

TEST_CASE("CosineAnnealingLR turns at T_max and at twice that", "[optim]") {
  const auto cosine = [](int t) {
    return 0.25 + 0.75 * (1 + std::cos(std::numbers::pi * t / 3)) / 2;
  };
  Rates expected;
  for (int t = 0; t <= 14; ++t) expected.push_back(cosine(t));
  CHECK(expected[3] == 0.25);
  check_both(
      [](optim::Optimizer& o) {
        return optim::CosineAnnealingLR(o, {.T_max = 3, .eta_min = 0.25});
      },
      expected);
  check_both([](optim::Optimizer& o) { return optim::CosineAnnealingLR(o, {.T_max = 1}); },
             {1, 0, 1, 0, 1});
}

TEST_CASE("CosineAnnealingWarmRestarts begins again after T_0 epochs, and after T_mult times more",
          "[optim]") {
  const auto wave = [](int since, int period) {
    return (1 + std::cos(std::numbers::pi * since / period)) / 2;
  };
  const auto make = [](int64_t first, int64_t times) {
    return [=](optim::Optimizer& o) {
      return optim::CosineAnnealingWarmRestarts(o, {.T_0 = first, .T_mult = times});
    };
  };
  check_both(make(2, 1), {1, wave(1, 2), 1, wave(1, 2), 1});
  check_both(make(2, 2), {1, wave(1, 2), 1, wave(1, 4), wave(2, 4), wave(3, 4), 1, wave(1, 8)});
  check_both(make(1, 1), {1, 1, 1});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  CHECK_THROWS_AS(make(0, 1)(sgd), ValueError);
  CHECK_THROWS_AS(make(1, 0)(sgd), ValueError);
}

TEST_CASE("LambdaLR gives its function the epoch", "[optim]") {
  check_both(
      [](optim::Optimizer& o) {
        return optim::LambdaLR(o, [](int64_t t) { return 1.0 / static_cast<double>(1 + t); });
      },
      {1, 0.5, 1.0 / 3, 0.25});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  CHECK_THROWS_AS(optim::LambdaLR(sgd, Callback<double(int64_t)>()), ValueError);
  CHECK_THROWS_AS(optim::LambdaLR(sgd, optim::LambdaLROptions{}), ValueError);
}

TEST_CASE("OneCycleLR: peaks where pct_start says, and ends with its last step", "[optim]") {
  const auto cycle = [](optim::OneCycleLROptions options) {
    options.max_lr = 1;
    options.anneal_strategy = "linear";
    options.cycle_momentum = false;
    options.div_factor = 4;
    options.final_div_factor = 25;
    return [options](optim::Optimizer& o) { return optim::OneCycleLR(o, options); };
  };
  // 0.25 up to 1 in step 0.5 * 8 - 1 = 3, down to 0.01 in step 7.
  const double down = 0.99 / 4;
  check_close(rates(7, cycle({.total_steps = 8, .pct_start = 0.5})),
              {0.25, 0.5, 0.75, 1, 1 - down, 1 - 2 * down, 1 - 3 * down, 0.01});
  // In three phases: up to step 1, back down in as many, then to the end.
  check_close(rates(7, cycle({.total_steps = 8, .pct_start = 0.25, .three_phase = true})),
              {0.25, 1, 0.25, 0.202, 0.154, 0.106, 0.058, 0.01});
  check_close(rates(3, cycle({.epochs = 2, .steps_per_epoch = 2, .pct_start = 0.5})),
              {0.25, 1, 0.505, 0.01});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  for (const double pct : {0.0, 1.0})
    CHECK_NOTHROW(cycle({.total_steps = 8, .pct_start = pct})(sgd));
  for (const double pct : {-std::numeric_limits<double>::denorm_min(), std::nextafter(1.0, 2.0)})
    CHECK_THROWS_AS(cycle({.total_steps = 8, .pct_start = pct})(sgd), ValueError);
  CHECK_NOTHROW(cycle({.total_steps = 1})(sgd));
  for (const int64_t bad : {0, -1}) {
    CHECK_THROWS_AS(cycle({.total_steps = bad})(sgd), ValueError);
    CHECK_THROWS_AS(cycle({.epochs = bad, .steps_per_epoch = 2})(sgd), ValueError);
    CHECK_THROWS_AS(cycle({.epochs = 2, .steps_per_epoch = bad})(sgd), ValueError);
  }
  CHECK_THROWS_AS(cycle({.epochs = 2})(sgd), ValueError);
  CHECK_THROWS_AS(cycle({.steps_per_epoch = 2})(sgd), ValueError);
  CHECK_THROWS_WITH(cycle({.epochs = INT64_MAX, .steps_per_epoch = 2})(sgd),
                    "epochs times steps_per_epoch is too large");
  CHECK_NOTHROW(cycle({.epochs = INT64_MAX, .steps_per_epoch = 1})(sgd));
  // The step behind the last one is taken, as in PyTorch, and no more.
  optim::SGD other({zeros({1})}, {.lr = 1});
  auto scheduler = cycle({.total_steps = 2})(other);
  scheduler.step();
  scheduler.step();
  CHECK_THROWS_AS(scheduler.step(), ValueError);
}

TEST_CASE("OneCycleLR and CyclicLR move momentum against the learning rate", "[optim]") {
  optim::SGD sgd({zeros({1})}, {.lr = 1, .momentum = 0.5});
  const auto momentum = [&] { return sgd.param_groups()[0].options.momentum; };
  optim::OneCycleLR one(sgd, {.max_lr = 1,
                              .total_steps = 4,
                              .pct_start = 0.5,
                              .anneal_strategy = "linear",
                              .base_momentum = 0.25,
                              .max_momentum = 0.75});
  Rates seen{momentum()};
  for (int i = 0; i < 3; ++i) {
    one.step();
    seen.push_back(momentum());
  }
  check_close(seen, {0.75, 0.25, 0.5, 0.75});
  optim::CyclicLR cyclic(sgd, {.base_lr = 0.5,
                               .max_lr = 1,
                               .step_size_up = 2,
                               .base_momentum = 0.25,
                               .max_momentum = 0.75});
  seen = {momentum()};
  for (int i = 0; i < 4; ++i) {
    cyclic.step();
    seen.push_back(momentum());
  }
  check_close(seen, {0.75, 0.5, 0.25, 0.5, 0.75});
  // Of an optimizer with betas, the first of them.
  optim::Adam adam({zeros({1})});
  CHECK(&optim::momentum_of(adam, 0) == &adam.param_groups()[0].options.betas[0]);
  CHECK(&optim::momentum_of(sgd, 0) == &sgd.param_groups()[0].options.momentum);
}

TEST_CASE("CyclicLR goes up in step_size_up steps and down in step_size_down", "[optim]") {
  const auto cyclic = [](optim::CyclicLROptions options) {
    options.base_lr = 0.5;
    options.max_lr = 1.5;
    options.cycle_momentum = false;
    return [options](optim::Optimizer& o) { return optim::CyclicLR(o, options); };
  };
  check_close(rates(5, cyclic({.step_size_up = 2, .step_size_down = 1})),
              {0.5, 1, 1.5, 0.5, 1, 1.5});
  check_close(rates(4, cyclic({.step_size_up = 1})), {0.5, 1.5, 0.5, 1.5, 0.5});
  check_close(rates(6, cyclic({.step_size_up = 1, .mode = "triangular2"})),
              {0.5, 1.5, 0.5, 1, 0.5, 0.75, 0.5});
  check_close(rates(3, cyclic({.step_size_up = 1, .mode = "exp_range", .gamma = 0.5})),
              {0.5, 1, 0.5, 0.625});
  const auto reciprocal = [](double x) { return 1 / x; };
  check_close(rates(5, cyclic({.step_size_up = 1, .scale_fn = reciprocal})),
              {0.5, 1.5, 0.5, 1, 0.5, 0.5 + 1.0 / 3});
  check_close(rates(3, cyclic({.step_size_up = 1,
                               .mode = "any",
                               .scale_fn = [](double x) { return 1 / (1 + x); },
                               .scale_mode = "iterations"})),
              {0.5, 1, 0.5, 0.75});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  for (const int64_t bad : {0, -1}) CHECK_THROWS_AS(cyclic({.step_size_up = bad})(sgd), ValueError);
  CHECK_THROWS_AS(cyclic({.step_size_up = 1, .step_size_down = -1})(sgd), ValueError);
  CHECK_NOTHROW(cyclic({.step_size_up = 1, .step_size_down = 0})(sgd));
  CHECK_THROWS_AS(optim::CyclicLR(sgd, {.base_lr = 1}), ValueError);
  CHECK_THROWS_AS(optim::CyclicLR(sgd, {.max_lr = 1}), ValueError);
}

TEST_CASE("SequentialLR changes over in the epoch of the milestone", "[optim]") {
  const auto constant = [](double factor) {
    return [factor](optim::Optimizer& o) {
      return optim::ConstantLR(o, {.factor = factor, .total_iters = 100});
    };
  };
  const auto sequential = [&](const std::vector<double>& factors, std::vector<int64_t> at) {
    return [&constant, factors, at](optim::Optimizer& o) {
      std::vector<optim::AnyScheduler> parts;
      for (const double factor : factors) {
        parts.emplace_back(constant(factor)(o));
        o.set_lr(1);
      }
      return optim::SequentialLR(o, parts, at);
    };
  };
  check_close(rates(5, sequential({0.5, 0.25}, {2})), {0.5, 0.5, 0.25, 0.25, 0.25, 0.25});
  check_close(rates(4, sequential({0.5, 0.25, 0.125}, {1, 3})), {0.5, 0.25, 0.25, 0.125, 0.125});
  check_close(rates(2, sequential({0.5}, {})), {0.5, 0.5, 0.5});
  check_close(rates(2, sequential({0.5, 0.25}, {0})), {0.25, 0.25, 0.25});
  // Two at once: the first of them has no epoch.
  check_close(rates(3, sequential({0.5, 0.25, 0.125}, {2, 2})), {0.5, 0.5, 0.125, 0.125});
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  CHECK_THROWS_AS(sequential({0.5, 0.25, 0.125}, {3, 2})(sgd), ValueError);
  CHECK_THROWS_AS(sequential({0.5, 0.25}, {})(sgd), ValueError);
  CHECK_THROWS_AS(sequential({0.5, 0.25}, {1, 2})(sgd), ValueError);
}

TEST_CASE("CyclicLR leaves momentum alone unless it is to cycle it", "[scheduler]") {
  const Tensor x = ones({2}).requires_grad_();
  optim::Adagrad adagrad({x});  // which has none
  CHECK_NOTHROW(optim::CyclicLR(
      adagrad, {.base_lr = 0.1, .max_lr = 0.2, .step_size_up = 2, .cycle_momentum = false}));
  CHECK_THROWS_AS(optim::CyclicLR(adagrad, {.base_lr = 0.1, .max_lr = 0.2, .step_size_up = 2}),
                  ValueError);
  optim::SGD sgd({x}, {.lr = 0.1, .momentum = 0.5});
  optim::CyclicLR cycle(
      sgd, {.base_lr = 0.1, .max_lr = 0.2, .step_size_up = 2, .cycle_momentum = false});
  for (int i = 0; i < 3; ++i) {
    CHECK(sgd.param_groups()[0].options.momentum == 0.5);
    cycle.step();
  }
}

TEST_CASE("schedulers of schedulers have the base rates of their first", "[scheduler]") {
  const Tensor x = ones({2}).requires_grad_();
  optim::SGD sgd({x}, {.lr = 0.5, .momentum = 0.9});
  const optim::CyclicLR cycle(sgd, {.base_lr = 0.125, .max_lr = 0.25, .step_size_up = 2});
  const optim::ConstantLR constant(sgd, {.factor = 0.5});
  const auto base = [](const auto& scheduler) {
    return scheduler.state_dict()["base_lrs"].template to_vector<double>();
  };
  CHECK(base(optim::SequentialLR(sgd, {cycle, constant}, {3})) == std::vector<double>{0.125});
  CHECK(base(optim::ChainedScheduler(sgd, {cycle, constant})) == std::vector<double>{0.125});
}
