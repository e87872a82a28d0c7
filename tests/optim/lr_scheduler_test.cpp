// Learning rate schedulers against torch.optim.lr_scheduler: golden/optim.json.
#include "wick/optim/lr_scheduler.h"

#include <cmath>
#include <functional>
#include <map>

#include "any_optimizer.h"

namespace {

using namespace any_optimizer;
using optim::AnyScheduler;
using optim::Optimizer;

using Make = std::function<AnyScheduler(Optimizer&)>;

AnyScheduler constant(Optimizer& o) {
  return optim::ConstantLR(o, {.factor = 0.5, .total_iters = 7});
}
AnyScheduler linear(Optimizer& o) {
  return optim::LinearLR(o, {.start_factor = 0.2, .total_iters = 10});
}
AnyScheduler exponential(Optimizer& o) { return optim::ExponentialLR(o, {.gamma = 0.95}); }
AnyScheduler cosine(Optimizer& o) {
  return optim::CosineAnnealingLR(o, {.T_max = 15, .eta_min = 0.001});
}
AnyScheduler step(Optimizer& o) { return optim::StepLR(o, {.step_size = 8, .gamma = 0.5}); }

Make sequential(std::vector<Make> makes, std::vector<int64_t> milestones) {
  return [makes, milestones](Optimizer& o) -> AnyScheduler {
    std::vector<AnyScheduler> schedulers;
    for (const Make& make : makes) schedulers.push_back(make(o));
    return optim::SequentialLR(o, schedulers, milestones);
  };
}
Make chained(std::vector<Make> makes) {
  return [makes](Optimizer& o) -> AnyScheduler {
    std::vector<AnyScheduler> schedulers;
    for (const Make& make : makes) schedulers.push_back(make(o));
    return optim::ChainedScheduler(o, schedulers);
  };
}

const auto hyperbola = [](int64_t t) { return 1.0 / static_cast<double>(1 + t); };

/// The schedulers of generate_optim.py.
const std::map<std::string, Make>& schedulers() {
  static const std::map<std::string, Make> all = {
      {"LambdaLR",
       [](Optimizer& o) -> AnyScheduler {
         return optim::LambdaLR(
             o, {.lr_lambda = {[](int64_t t) { return std::pow(0.95, t); }, hyperbola}});
       }},
      {"LambdaLR one", [](Optimizer& o) -> AnyScheduler { return optim::LambdaLR(o, hyperbola); }},
      {"StepLR", step},
      {"MultiStepLR",
       [](Optimizer& o) -> AnyScheduler {
         return optim::MultiStepLR(o, {.milestones = {30, 5, 20, 20}, .gamma = 0.3});
       }},
      {"ConstantLR", constant},
      {"ConstantLR defaults", [](Optimizer& o) -> AnyScheduler { return optim::ConstantLR(o); }},
      {"LinearLR", linear},
      {"LinearLR down",
       [](Optimizer& o) -> AnyScheduler {
         return optim::LinearLR(o, {.start_factor = 1, .end_factor = 0.1, .total_iters = 20});
       }},
      {"ExponentialLR", exponential},
      {"PolynomialLR",
       [](Optimizer& o) -> AnyScheduler {
         return optim::PolynomialLR(o, {.total_iters = 25, .power = 2});
       }},
      {"PolynomialLR defaults",
       [](Optimizer& o) -> AnyScheduler { return optim::PolynomialLR(o); }},
      {"CosineAnnealingLR", cosine},
      {"CosineAnnealingWarmRestarts",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CosineAnnealingWarmRestarts(o, {.T_0 = 7});
       }},
      {"CosineAnnealingWarmRestarts mult",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CosineAnnealingWarmRestarts(o, {.T_0 = 5, .T_mult = 2, .eta_min = 0.001});
       }},
      {"OneCycleLR",
       [](Optimizer& o) -> AnyScheduler {
         return optim::OneCycleLR(o, {.max_lr = 0.3, .total_steps = 60});
       }},
      {"OneCycleLR groups",
       [](Optimizer& o) -> AnyScheduler {
         return optim::OneCycleLR(o, {.max_lr = {0.3, 0.05},
                                      .epochs = 12,
                                      .steps_per_epoch = 5,
                                      .pct_start = 0.25,
                                      .anneal_strategy = "linear",
                                      .base_momentum = {0.8, 0.7},
                                      .max_momentum = 0.9,
                                      .div_factor = 10,
                                      .final_div_factor = 100});
       }},
      {"OneCycleLR three phases",
       [](Optimizer& o) -> AnyScheduler {
         return optim::OneCycleLR(o, {.max_lr = 0.3, .total_steps = 60, .three_phase = true});
       }},
      {"OneCycleLR no momentum",
       [](Optimizer& o) -> AnyScheduler {
         return optim::OneCycleLR(o, {.max_lr = 0.3, .total_steps = 60, .cycle_momentum = false});
       }},
      {"CyclicLR",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CyclicLR(o, {.base_lr = 0.01, .max_lr = 0.1, .step_size_up = 8});
       }},
      {"CyclicLR triangular2",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CyclicLR(o, {.base_lr = {0.01, 0.02},
                                    .max_lr = {0.1, 0.3},
                                    .step_size_up = 5,
                                    .step_size_down = 9,
                                    .mode = "triangular2"});
       }},
      {"CyclicLR exp_range",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CyclicLR(o, {.base_lr = 0.01,
                                    .max_lr = 0.1,
                                    .step_size_up = 6,
                                    .mode = "exp_range",
                                    .gamma = 0.97});
       }},
      {"CyclicLR scale_fn",
       [](Optimizer& o) -> AnyScheduler {
         return optim::CyclicLR(o, {.base_lr = 0.01,
                                    .max_lr = 0.1,
                                    .step_size_up = 6,
                                    .scale_fn = [](double x) { return 1 / std::pow(5, x * 0.01); },
                                    .scale_mode = "iterations",
                                    .cycle_momentum = false});
       }},
      {"SequentialLR", sequential({constant, exponential}, {20})},
      {"SequentialLR three", sequential({linear, cosine, step}, {10, 30})},
      {"SequentialLR restarts", sequential({linear,
                                            [](Optimizer& o) -> AnyScheduler {
                                              return optim::CosineAnnealingWarmRestarts(
                                                  o, {.T_0 = 6, .T_mult = 2});
                                            }},
                                           {9})},
      {"SequentialLR from 0", sequential({step, linear, exponential}, {0, 20})},
      {"ChainedScheduler", chained({constant, exponential})},
      {"ChainedScheduler three", chained({linear, step, cosine})},
      {"SequentialLR of chained", sequential({chained({constant, exponential}), step}, {15})},
  };
  return all;
}

/// An optimizer with two groups.
struct TwoGroups {
  explicit TwoGroups(const std::string& kind = "SGD") {
    if (kind == "SGD")
      optimizer = std::make_unique<optim::SGD>(std::vector<optim::ParamGroup<optim::SGDOptions>>{
          {{wick::zeros({1})}, {.lr = 0.1, .momentum = 0.9}},
          {{wick::zeros({1})}, {.lr = 0.02, .momentum = 0.9}}});
    else
      optimizer = std::make_unique<optim::Adam>(std::vector<optim::ParamGroup<optim::AdamOptions>>{
          {{wick::zeros({1})}, {.lr = 0.1}}, {{wick::zeros({1})}, {.lr = 0.02}}});
  }
  double momentum(size_t group) const {
    if (const auto* adam = dynamic_cast<optim::Adam*>(optimizer.get()))
      return adam->param_groups()[group].options.betas[0];
    return dynamic_cast<optim::SGD&>(*optimizer).param_groups()[group].options.momentum;
  }
  Optimizer& operator*() const { return *optimizer; }
  std::unique_ptr<Optimizer> optimizer;
};

Approx close(const json& value) { return Approx(value.get<double>()).epsilon(1e-12).margin(1e-16); }

void check_epoch(const json& facts, size_t epoch, const TwoGroups& groups) {
  CAPTURE(epoch);
  for (size_t group = 0; group < 2; ++group) {
    CHECK((*groups).lr(group) == close(facts["lr"][epoch][group]));
    if (facts.contains("momentum"))
      CHECK(groups.momentum(group) == close(facts["momentum"][epoch][group]));
  }
}

}  // namespace

TEST_CASE("schedulers give PyTorch's learning rates", "[optim]") {
  for (const json& facts : golden()["schedules"]) {
    CAPTURE(facts["case"]);
    const TwoGroups groups(facts["optimizer"]);
    const AnyScheduler scheduler = schedulers().at(facts["scheduler"])(*groups);
    check_epoch(facts, 0, groups);
    const size_t epochs = facts["lr"].size();
    REQUIRE(epochs == 61);
    for (size_t epoch = 1; epoch < epochs; ++epoch) {
      scheduler->step();
      check_epoch(facts, epoch, groups);
      CHECK(scheduler->get_last_lr() == std::vector<double>{(*groups).lr(0), (*groups).lr(1)});
    }
  }
}

TEST_CASE("ReduceLROnPlateau gives PyTorch's learning rates", "[optim]") {
  for (const json& facts : golden()["plateaus"]) {
    CAPTURE(facts["case"]);
    const TwoGroups groups;
    optim::ReduceLROnPlateauOptions options;
    const json& given = facts["options"];
    options.mode = given.value("mode", options.mode);
    options.factor = given.value("factor", options.factor);
    options.patience = given.value("patience", options.patience);
    options.threshold = given.value("threshold", options.threshold);
    options.threshold_mode = given.value("threshold_mode", options.threshold_mode);
    options.cooldown = given.value("cooldown", options.cooldown);
    options.eps = given.value("eps", options.eps);
    if (given.contains("min_lr")) options.min_lr = given["min_lr"].get<std::vector<double>>();
    optim::ReduceLROnPlateau scheduler(*groups, options);
    for (size_t epoch = 1; epoch <= golden()["metrics"].size(); ++epoch) {
      // Half way it is saved and loaded.
      if (epoch == 25) {
        optim::ReduceLROnPlateau other(*groups, options);
        other.load_state_dict(scheduler.state_dict());
        scheduler = other;
      }
      scheduler.step(golden()["metrics"][epoch - 1]);
      check_epoch(facts, epoch, groups);
    }
    CHECK(scheduler.last_epoch() == 60);
  }
}

TEST_CASE("schedulers and optimizers go on from state dicts", "[optim]") {
  for (const json& facts : golden()["schedules"]) {
    CAPTURE(facts["case"]);
    const TwoGroups groups(facts["optimizer"]);
    const AnyScheduler scheduler = schedulers().at(facts["scheduler"])(*groups);
    for (int epoch = 1; epoch <= 17; ++epoch) scheduler->step();

    const TwoGroups others(facts["optimizer"]);
    const AnyScheduler other = schedulers().at(facts["scheduler"])(*others);
    (*others).load_state_dict((*groups).state_dict());
    other->load_state_dict(scheduler->state_dict());
    for (size_t epoch = 18; epoch <= 60; ++epoch) {
      other->step();
      check_epoch(facts, epoch, others);
    }
  }
}

TEST_CASE("a state dict that does not fit a scheduler changes nothing", "[optim]") {
  const TwoGroups groups;
  const AnyScheduler scheduler = sequential({constant, exponential}, {20})(*groups);
  scheduler->step();
  optim::StateDict state = scheduler->state_dict();
  state.set("_schedulers.1.base_lrs", wick::zeros({3}));
  state.set("last_epoch", wick::tensor(1.5));
  state.erase("_last_lr");
  try {
    scheduler->load_state_dict(state);
    FAIL("loaded");
  } catch (const wick::ValueError& error) {
    const std::string text = error.what();
    CHECK_THAT(text, ContainsSubstring("Error(s) in loading state_dict for SequentialLR:"));
    CHECK_THAT(text, ContainsSubstring("Missing key(s) in state_dict: \"_last_lr\""));
    CHECK_THAT(text, ContainsSubstring("size mismatch for _schedulers.1.base_lrs"));
    CHECK_THAT(text, ContainsSubstring("last_epoch is 1.5"));
  }
  CHECK(scheduler->last_epoch() == 1);
  scheduler->step();
  CHECK(scheduler->last_epoch() == 2);
}

TEST_CASE("a scheduler is a value", "[optim]") {
  const TwoGroups groups;
  const AnyScheduler a = sequential({constant, exponential}, {20})(*groups);
  const AnyScheduler b = a;
  a->step();
  CHECK(a->last_epoch() == 1);
  CHECK(b->last_epoch() == 0);
  CHECK(b->state_dict()["_schedulers.0.last_epoch"].item<int64_t>() == 0);
}

TEST_CASE("schedulers may be nested in SequentialLR anywhere", "[optim]") {
  // PyTorch has no learning rates for a combination that does not come first.
  TwoGroups groups;
  const AnyScheduler scheduler =
      sequential({constant, chained({linear, exponential}), sequential({step, cosine}, {4})},
                 {10, 20})(*groups);
  for (int epoch = 1; epoch <= 10; ++epoch) scheduler->step();
  CHECK((*groups).lr(0) == Approx(0.1 * 0.2));
  for (int epoch = 11; epoch <= 12; ++epoch) scheduler->step();
  CHECK((*groups).lr(0) == Approx(0.1 * (0.2 + 0.8 * 2 / 10) * 0.95 * 0.95));
  for (int epoch = 13; epoch <= 20; ++epoch) scheduler->step();
  CHECK((*groups).lr(0) == Approx(0.1));
  for (int epoch = 21; epoch <= 30; ++epoch) scheduler->step();
  CHECK((*groups).lr(0) ==
        Approx(0.001 + (0.1 - 0.001) * (1 + std::cos(std::acos(-1.0) * 6 / 15)) / 2));
}

TEST_CASE("schedulers: resuming at an epoch", "[optim]") {
  const TwoGroups groups;
  CHECK_THROWS_WITH(optim::StepLR(*groups, {.step_size = 3, .last_epoch = 5}),
                    ContainsSubstring("param 'initial_lr' is not specified in param_groups[0] when "
                                      "resuming scheduler with last_epoch >= 0."));
  optim::StepLR scheduler(*groups, {.step_size = 3});
  for (int epoch = 0; epoch < 5; ++epoch) scheduler.step();
  const TwoGroups others;
  (*others).load_state_dict((*groups).state_dict());
  optim::StepLR resumed(*others, {.step_size = 3, .last_epoch = 4});
  CHECK(resumed.last_epoch() == 5);
  CHECK((*others).lr() == (*groups).lr());
  scheduler.step();
  resumed.step();
  CHECK((*others).lr() == (*groups).lr());
  CHECK((*others).lr() == Approx(0.001));
}

TEST_CASE("schedulers: mistakes", "[optim]") {
  const TwoGroups groups;
  const std::string before = (*groups).to_string();
  Optimizer& o = *groups;
  const auto f = [](int64_t) { return 1.0; };
  CHECK_THROWS_WITH(optim::LambdaLR(o, {.lr_lambda = {f, f, f}}),
                    "Expected 2 lr_lambdas, but got 3");
  CHECK_THROWS_AS(optim::StepLR(o, {}), wick::ValueError);
  CHECK_THROWS_WITH(optim::ConstantLR(o, {.factor = 1.5}),
                    "Constant multiplicative factor expected to be between 0 and 1.");
  CHECK_THROWS_WITH(
      optim::LinearLR(o, {.start_factor = 0}),
      "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.");
  CHECK_THROWS_WITH(optim::LinearLR(o, {.end_factor = -1}),
                    "Ending multiplicative factor expected to be between 0 and 1.");
  CHECK_THROWS_AS(optim::ExponentialLR(o, {}), wick::ValueError);
  CHECK_THROWS_AS(optim::CosineAnnealingLR(o, {}), wick::ValueError);
  CHECK_THROWS_WITH(optim::CosineAnnealingWarmRestarts(o, {.T_0 = 0}),
                    "Expected positive integer T_0, but got 0");
  CHECK_THROWS_WITH(optim::CosineAnnealingWarmRestarts(o, {.T_0 = 3, .T_mult = 0}),
                    "Expected integer T_mult >= 1, but got 0");
  CHECK_THROWS_WITH(optim::OneCycleLR(o, {.max_lr = 1}),
                    "You must define either total_steps OR (epochs AND steps_per_epoch)");
  CHECK_THROWS_WITH(optim::OneCycleLR(o, {.max_lr = 1, .total_steps = 0}),
                    "Expected positive integer total_steps, but got 0");
  CHECK_THROWS_WITH(optim::OneCycleLR(o, {.max_lr = 1, .total_steps = 9, .pct_start = 2}),
                    "Expected float between 0 and 1 pct_start, but got 2");
  CHECK_THROWS_WITH(optim::OneCycleLR(o, {.max_lr = 1, .total_steps = 9, .anneal_strategy = "sin"}),
                    "anneal_strategy must be one of 'cos' or 'linear', instead got sin");
  CHECK_THROWS_WITH(optim::OneCycleLR(o, {.max_lr = {1, 2, 3}, .total_steps = 9}),
                    "max_lr must have the same length as optimizer.param_groups. max_lr has 3 "
                    "values, param_groups has 2.");
  CHECK_THROWS_AS(optim::OneCycleLR(o, {.total_steps = 9}), wick::ValueError);
  CHECK_THROWS_WITH(optim::CyclicLR(o, {.base_lr = 0.1, .max_lr = 1, .mode = "square"}),
                    "mode is invalid and scale_fn is None");
  CHECK_THROWS_WITH(optim::ReduceLROnPlateau(o, {.factor = 1}), "Factor should be < 1.0.");
  CHECK_THROWS_WITH(optim::ReduceLROnPlateau(o, {.mode = "mean"}), "mode mean is unknown!");
  CHECK_THROWS_WITH(optim::ReduceLROnPlateau(o, {.threshold_mode = "x"}),
                    "threshold mode x is unknown!");
  CHECK_THROWS_WITH(optim::ReduceLROnPlateau(o, {.min_lr = {1, 2, 3}}),
                    "expected 2 min_lrs, got 3");
  CHECK((*groups).to_string() == before);

  optim::Adagrad adagrad({wick::zeros({1})});
  const std::string no_momentum =
      "optimizer must support momentum or beta1 with `cycle_momentum` option enabled";
  CHECK_THROWS_WITH(optim::CyclicLR(adagrad, {.base_lr = 0.1, .max_lr = 1}), no_momentum);
  CHECK_THROWS_WITH(optim::OneCycleLR(adagrad, {.max_lr = 1, .total_steps = 9}), no_momentum);
  CHECK(adagrad.lr() == 0.01);

  CHECK_THROWS_WITH(optim::SequentialLR(o, {}, {}),
                    "SequentialLR expects at least one scheduler, but got no scheduler.");
  CHECK_THROWS_WITH(optim::ChainedScheduler(o, {}),
                    "ChainedScheduler expects at least one scheduler to be chained, but got no "
                    "scheduler.");
  CHECK_THROWS_WITH(optim::SequentialLR(o, {constant(o)}, {3}),
                    ContainsSubstring("but got number of schedulers 1 and the number of milestones "
                                      "to be equal to 1"));
  CHECK_THROWS_WITH(optim::SequentialLR(o, {constant(adagrad)}, {}),
                    ContainsSubstring("scheduler ConstantLR at index 0"));
}

TEST_CASE("a step that fails leaves a scheduler where it was", "[optim]") {
  const TwoGroups groups;
  optim::OneCycleLR cycle(*groups, {.max_lr = 1, .total_steps = 2});
  cycle.step();
  cycle.step();
  const std::string before = (*groups).to_string();
  CHECK_THROWS_WITH(cycle.step(),
                    "Tried to step 3 times. The specified number of total steps is 2");
  CHECK(cycle.last_epoch() == 2);
  CHECK((*groups).to_string() == before);

  optim::SGD sgd({wick::zeros({1})}, {.lr = 1});
  optim::ExponentialLR decay(sgd, {.gamma = 0.5});
  sgd.add_param_group({{wick::zeros({1})}, {.lr = 1}});
  CHECK_THROWS_WITH(decay.step(),
                    "ExponentialLR was made for 1 parameter groups, but the optimizer has 2");
  CHECK(sgd.lr() == 1);
  CHECK(decay.last_epoch() == 0);
}

TEST_CASE("ends of ranges where a formula would divide by 0", "[optim]") {
  optim::SGD sgd({wick::zeros({1})}, {.lr = 1});
  optim::ConstantLR off(sgd, {.factor = 0, .total_iters = 2});
  CHECK(sgd.lr() == 0);
  off.step();
  off.step();
  CHECK(sgd.lr() == 1);

  optim::SGD other({wick::zeros({1})}, {.lr = 1});
  optim::OneCycleLR cycle(
      other, {.max_lr = 0.5, .total_steps = 10, .pct_start = 0.1, .cycle_momentum = false});
  CHECK(other.lr() == 0.5);  // the rise has no length
  for (int i = 0; i < 9; ++i) cycle.step();
  CHECK(other.lr() == Approx(0.5 / 25 / 1e4));
}
