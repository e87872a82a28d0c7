/// \file
/// The schedulers of golden/generate_optim.py, by name, and the optimizer that they act on.
#pragma once

#include <cmath>
#include <functional>
#include <map>

#include "any_optimizer.h"
#include "wick/optim/lr_scheduler.h"

namespace scheduler_table {

using namespace any_optimizer;
using optim::AnyScheduler;
using optim::Optimizer;

using Make = std::function<AnyScheduler(Optimizer&)>;

inline AnyScheduler constant(Optimizer& o) {
  return optim::ConstantLR(o, {.factor = 0.5, .total_iters = 7});
}
inline AnyScheduler linear(Optimizer& o) {
  return optim::LinearLR(o, {.start_factor = 0.2, .total_iters = 10});
}
inline AnyScheduler exponential(Optimizer& o) { return optim::ExponentialLR(o, {.gamma = 0.95}); }
inline AnyScheduler cosine(Optimizer& o) {
  return optim::CosineAnnealingLR(o, {.T_max = 15, .eta_min = 0.001});
}
inline AnyScheduler step(Optimizer& o) { return optim::StepLR(o, {.step_size = 8, .gamma = 0.5}); }

inline Make sequential(std::vector<Make> makes, std::vector<int64_t> milestones) {
  return [makes, milestones](Optimizer& o) -> AnyScheduler {
    std::vector<AnyScheduler> schedulers;
    for (const Make& make : makes) schedulers.push_back(make(o));
    return optim::SequentialLR(o, schedulers, milestones);
  };
}
inline Make chained(std::vector<Make> makes) {
  return [makes](Optimizer& o) -> AnyScheduler {
    std::vector<AnyScheduler> schedulers;
    for (const Make& make : makes) schedulers.push_back(make(o));
    return optim::ChainedScheduler(o, schedulers);
  };
}

inline const auto hyperbola = [](int64_t t) { return 1.0 / static_cast<double>(1 + t); };

/// The schedulers of generate_optim.py.
inline const std::map<std::string, Make>& schedulers() {
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

}  // namespace scheduler_table
