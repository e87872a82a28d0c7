/// \file
/// Schedulers that move learning rate and momentum up and down: OneCycleLR, CyclicLR.
#pragma once

#include <optional>

#include "wick/callback.h"
#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {

/// Options of OneCycleLR: max_lr, and total_steps or else epochs and steps_per_epoch, have to be
/// given.
struct OneCycleLROptions {
  PerGroup max_lr = {};
  std::optional<int64_t> total_steps = {};
  std::optional<int64_t> epochs = {};
  std::optional<int64_t> steps_per_epoch = {};
  double pct_start = 0.3;               ///< part of the cycle in which lr rises
  std::string anneal_strategy = "cos";  ///< or "linear"
  bool cycle_momentum = true;           ///< momentum (or beta1) moves against lr
  PerGroup base_momentum = 0.85;
  PerGroup max_momentum = 0.95;
  double div_factor = 25;         ///< initial lr = max_lr / div_factor
  double final_div_factor = 1e4;  ///< last lr = initial / final_div_factor
  bool three_phase = false;       ///< come down to the initial lr first
  int64_t last_epoch = -1;
  WICK_OPTIONS(
      option(max_lr).finite(),
      option(total_steps).at_least(1).says("Expected positive integer total_steps, but got {}"),
      epochs, steps_per_epoch,
      option(pct_start).between(0, 1).says("Expected float between 0 and 1 pct_start, but got {}"),
      option(anneal_strategy)
          .one_of("cos", "linear")
          .says("anneal_strategy must be one of 'cos' or 'linear', instead got {}"),
      cycle_momentum, option(base_momentum).finite(), option(max_momentum).finite(),
      option(div_factor).above(0).finite().says("Expected positive div_factor, but got {}"),
      option(final_div_factor)
          .above(0)
          .finite()
          .says("Expected positive final_div_factor, but got {}"),
      three_phase, last_epoch)
};
/// One cycle up to max_lr and down again (Smith and Topin 2017). Throws ValueError for values that
/// cannot be, and for a step beyond the last one.
class WICK_API OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, const OneCycleLROptions& options);
  std::string_view type_name() const override { return "OneCycleLR"; }

 protected:
  std::vector<double> get_lr() override;

 private:
  struct Phase {
    double end_step;
    std::string_view start_lr, end_lr, start_momentum, end_momentum;
  };
  double anneal(double start, double end, double part) const;

  int64_t total_steps_ = 0;
  std::vector<Phase> phases_;
  bool cosine_ = true;
  bool cycle_momentum_ = true;
};

/// Options of CyclicLR; base_lr and max_lr have to be given.
struct CyclicLROptions {
  PerGroup base_lr = {};
  PerGroup max_lr = {};
  int64_t step_size_up = 2000;
  std::optional<int64_t> step_size_down = {};  ///< step_size_up, unless given
  std::string mode = "triangular";             ///< or "triangular2", "exp_range"
  double gamma = 1;                            ///< of exp_range
  /// Scales the height of a cycle in place of `mode`: by the number of the cycle (from 1) or of
  /// the iteration, as scale_mode says.
  Callback<double(double)> scale_fn = {};
  std::string scale_mode = "cycle";  ///< or "iterations"
  bool cycle_momentum = true;        ///< momentum (or beta1) moves against lr
  PerGroup base_momentum = 0.8;
  PerGroup max_momentum = 0.9;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(base_lr).finite(), option(max_lr).finite(), step_size_up, step_size_down,
               mode, option(gamma).finite(), scale_mode, cycle_momentum,
               option(base_momentum).finite(), option(max_momentum).finite(), last_epoch)
};
/// lr goes from base_lr to max_lr and back, again and again (Smith 2015): with equal heights
/// (triangular), halved each cycle (triangular2), or scaled by gamma^t (exp_range). Throws
/// ValueError for values that cannot be.
class WICK_API CyclicLR : public LRScheduler {
 public:
  CyclicLR(Optimizer& optimizer, const CyclicLROptions& options);
  std::string_view type_name() const override { return "CyclicLR"; }

 protected:
  std::vector<double> get_lr() override;

 private:
  CyclicLROptions options_;
  double total_size_ = 0;
  double step_ratio_ = 0;
  bool by_cycle_ = true;
  std::vector<double> max_lrs_;
  std::vector<double> base_momentums_;
  std::vector<double> max_momentums_;
};

}  // namespace wick::optim
