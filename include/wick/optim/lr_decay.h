/// \file
/// Schedulers that lower (or raise) learning rates once: by steps, linearly, exponentially, along a
/// cosine, by a function, or when a measure stays where it is.
#pragma once

#include "wick/callback.h"
#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {

/// Options of LambdaLR.
struct LambdaLROptions {
  /// Factors of the initial learning rate by epoch: one function, or one for each group.
  std::vector<Callback<double(int64_t)>> lr_lambda = {};
  int64_t last_epoch = -1;
  WICK_OPTIONS(last_epoch)
};
/// lr = initial lr_lambda(t). Throws ValueError unless there are as many functions as groups.
///
///     optim::LambdaLR scheduler(sgd, [](int64_t epoch) { return std::pow(0.95, epoch); });
class WICK_API LambdaLR : public LRScheduler {
 public:
  LambdaLR(Optimizer& optimizer, LambdaLROptions options);
  LambdaLR(Optimizer& optimizer, Callback<double(int64_t)> lr_lambda, int64_t last_epoch = -1);
  std::string_view type_name() const override { return "LambdaLR"; }

 protected:
  std::vector<double> get_lr() override;

 private:
  std::vector<Callback<double(int64_t)>> lambdas_;
};

/// Options of StepLR; step_size has to be given.
struct StepLROptions {
  int64_t step_size = 0;
  double gamma = 0.1;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(step_size).at_least(1).says("Expected positive step_size, but got {}"),
               option(gamma).finite(), last_epoch)
};
/// lr *= gamma every step_size epochs. Throws ValueError unless step_size is positive.
class WICK_API StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, const StepLROptions& options);
  std::string_view type_name() const override { return "StepLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  StepLROptions options_;
};

/// Options of MultiStepLR.
struct MultiStepLROptions {
  std::vector<int64_t> milestones = {};  ///< in any order; one that is there twice counts twice
  double gamma = 0.1;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(gamma).finite(), last_epoch)
};
/// lr *= gamma at each milestone.
class WICK_API MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, MultiStepLROptions options);
  std::string_view type_name() const override { return "MultiStepLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  MultiStepLROptions options_;
};

/// Options of ConstantLR.
struct ConstantLROptions {
  double factor = 1.0 / 3;
  int64_t total_iters = 5;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(factor).between(0, 1).says(
                   "Constant multiplicative factor expected to be between 0 and 1."),
               total_iters, last_epoch)
};
/// lr = initial factor until t = total_iters, then initial. Throws ValueError unless factor is
/// between 0 and 1.
class WICK_API ConstantLR : public LRScheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, const ConstantLROptions& options = {});
  std::string_view type_name() const override { return "ConstantLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  ConstantLROptions options_;
};

/// Options of LinearLR.
struct LinearLROptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  int64_t total_iters = 5;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(start_factor)
                   .above(0)
                   .at_most(1)
                   .says("Starting multiplicative factor expected to be greater than 0 and less or "
                         "equal to 1."),
               option(end_factor)
                   .between(0, 1)
                   .says("Ending multiplicative factor expected to be between 0 and 1."),
               total_iters, last_epoch)
};
/// The factor of the initial lr goes linearly from start_factor to end_factor in total_iters
/// epochs. Throws ValueError unless 0 < start_factor <= 1 and 0 <= end_factor <= 1.
class WICK_API LinearLR : public LRScheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, const LinearLROptions& options = {});
  std::string_view type_name() const override { return "LinearLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  LinearLROptions options_;
};

/// Options of ExponentialLR; gamma has to be given.
struct ExponentialLROptions {
  Required<double> gamma = {};
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(gamma).finite(), last_epoch)
};
/// lr *= gamma every epoch. Throws ValueError without gamma.
class WICK_API ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, const ExponentialLROptions& options);
  std::string_view type_name() const override { return "ExponentialLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  ExponentialLROptions options_;
};

/// Options of PolynomialLR.
struct PolynomialLROptions {
  int64_t total_iters = 5;
  double power = 1;
  int64_t last_epoch = -1;
  WICK_OPTIONS(total_iters, option(power).finite(), last_epoch)
};
/// lr = initial (1 - t / total_iters)^power until t = total_iters, then 0.
class WICK_API PolynomialLR : public LRScheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, const PolynomialLROptions& options = {});
  std::string_view type_name() const override { return "PolynomialLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  PolynomialLROptions options_;
};

/// Options of CosineAnnealingLR; T_max has to be given.
struct CosineAnnealingLROptions {
  int64_t T_max = 0;
  double eta_min = 0;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(T_max).at_least(1).says("Expected positive T_max, but got {}"),
               option(eta_min).finite(), last_epoch)
};
/// lr = eta_min + (initial - eta_min) (1 + cos(pi t / T_max)) / 2 (Loshchilov and Hutter 2016),
/// without restarts. Throws ValueError unless T_max is positive.
class WICK_API CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, const CosineAnnealingLROptions& options);
  std::string_view type_name() const override { return "CosineAnnealingLR"; }

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;

 private:
  CosineAnnealingLROptions options_;
};

/// Options of CosineAnnealingWarmRestarts; T_0 has to be given.
struct CosineAnnealingWarmRestartsOptions {
  int64_t T_0 = 0;     ///< epochs until the first restart
  int64_t T_mult = 1;  ///< each period is so many times longer than the one before
  double eta_min = 0;
  int64_t last_epoch = -1;
  WICK_OPTIONS(option(T_0).at_least(1).says("Expected positive integer T_0, but got {}"),
               option(T_mult).at_least(1).says("Expected integer T_mult >= 1, but got {}"),
               option(eta_min).finite(), last_epoch)
};
/// lr = eta_min + (initial - eta_min) (1 + cos(pi T_cur / T_i)) / 2, T_cur epochs after a restart
/// in a period of T_i (Loshchilov and Hutter 2016). Throws ValueError unless T_0 is positive and
/// T_mult at least 1.
class WICK_API CosineAnnealingWarmRestarts : public LRScheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer,
                              const CosineAnnealingWarmRestartsOptions& options);
  std::string_view type_name() const override { return "CosineAnnealingWarmRestarts"; }

 protected:
  std::vector<double> get_lr() override;

 private:
  CosineAnnealingWarmRestartsOptions options_;
};

/// Options of ReduceLROnPlateau.
struct ReduceLROnPlateauOptions {
  std::string mode = "min";  ///< or "max": what is better
  double factor = 0.1;
  int64_t patience = 10;  ///< epochs without improvement that are borne
  double threshold = 1e-4;
  std::string threshold_mode = "rel";  ///< or "abs"
  int64_t cooldown = 0;                ///< epochs after a reduction that do not count
  PerGroup min_lr = 0;
  double eps = 1e-8;  ///< changes of lr that are smaller are left out
  WICK_OPTIONS(option(mode).one_of("min", "max").says("mode {} is unknown!"),
               option(factor).below(1).finite().says("Factor should be < 1.0."), patience,
               option(threshold).finite(),
               option(threshold_mode).one_of("rel", "abs").says("threshold mode {} is unknown!"),
               cooldown, option(min_lr).finite(), option(eps).finite())
};
/// lr *= factor when a measure has not improved for `patience` epochs. Throws ValueError for factor
/// >= 1 and unknown modes.
class WICK_API ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options = {});
  /// After an epoch with this loss (or whatever is measured).
  void step(double metrics);
  const std::vector<double>& get_last_lr() const { return state_.last_lr; }
  int64_t last_epoch() const { return state_.last_epoch; }
  StateDict state_dict() const;                  ///< as LRScheduler's
  void load_state_dict(const StateDict& state);  ///< as LRScheduler's

 private:
  struct State {
    int64_t last_epoch = 0;
    double best = 0;
    int64_t cooldown_counter = 0;
    int64_t num_bad_epochs = 0;
    std::vector<double> last_lr;
  };
  static std::vector<Option> list(State& state);
  bool is_better(double value) const;
  void reduce();

  Optimizer* optimizer_;
  ReduceLROnPlateauOptions options_;
  State state_;
};

}  // namespace wick::optim
