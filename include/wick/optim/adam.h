/// \file
/// Adam and its relatives: AdamW, NAdam, RAdam, Adamax.
#pragma once

#include "wick/optim/optimizer.h"

namespace wick::optim {

// In the formulas t counts the steps of a parameter, m is the average of its gradients and v that
// of their squares: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2.

/// Options of Adam.
struct AdamOptions {
  double lr = 1e-3;                            ///< learning rate
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the averages
  double eps = 1e-8;                           ///< added to the denominator
  double weight_decay = 0;                     ///< L2 penalty
  bool amsgrad = false;                        ///< divide by the largest v so far
  bool maximize = false;                       ///< ascend instead of descend
  bool decoupled_weight_decay = false;         ///< decay as AdamW does
  WICK_OPTIONS(option(lr).follows(rules::learning_rate), option(betas).follows(rules::betas),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay), amsgrad, maximize,
               decoupled_weight_decay)
};

/// p -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps), with g += weight_decay p before
/// (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html; Kingma and Ba 2014; amsgrad:
/// Reddi, Kale, Kumar 2018).
class WICK_API Adam : public OptimizerOf<AdamOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "Adam"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

/// Options of AdamW, as those of Adam.
struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool maximize = false;
  WICK_OPTIONS(option(lr).follows(rules::learning_rate), option(betas).follows(rules::betas),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay), amsgrad, maximize)
};

/// Adam with p *= 1 - lr weight_decay before each step in place of the penalty
/// (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html; Loshchilov and Hutter 2017).
class WICK_API AdamW : public OptimizerOf<AdamWOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "AdamW"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

/// Options of NAdam, as those of Adam.
struct NAdamOptions {
  double lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;  ///< psi
  bool decoupled_weight_decay = false;
  bool maximize = false;
  WICK_OPTIONS(option(lr).follows(rules::learning_rate), option(betas).follows(rules::betas),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay),
               option(momentum_decay).at_least(0).finite().says("Invalid momentum_decay value: {}"),
               decoupled_weight_decay, maximize)
};

/// Adam with Nesterov momentum: mu_t = beta1 (1 - 0.96^(t psi) / 2), M_t = mu_1 ... mu_t,
/// p -= lr (1 - mu_t) / (1 - M_t) g / d + lr mu_{t+1} / (1 - M_{t+1}) m / d, where
/// d = sqrt(v / (1 - beta2^t)) + eps
/// (https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html; Dozat 2016). M is kept in
/// float64 (PyTorch: in float32).
class WICK_API NAdam : public OptimizerOf<NAdamOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "NAdam"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

/// Options of RAdam, as those of Adam.
struct RAdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  WICK_OPTIONS(option(lr).follows(rules::learning_rate), option(betas).follows(rules::betas),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay), decoupled_weight_decay, maximize)
};

/// Adam that rectifies the variance of its step: with rho = 2 / (1 - beta2) - 1 and
/// rho_t = rho - 2 t beta2^t / (1 - beta2^t), p -= lr / (1 - beta1^t) m as long as rho_t <= 5, then
/// p -= lr / (1 - beta1^t) r_t sqrt(1 - beta2^t) m / (sqrt(v) + eps), where
/// r_t = sqrt((rho_t - 4)(rho_t - 2) rho / ((rho - 4)(rho - 2) rho_t))
/// (https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html; Liu et al. 2019).
class WICK_API RAdam : public OptimizerOf<RAdamOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "RAdam"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

/// Options of Adamax, as those of Adam.
struct AdamaxOptions {
  double lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;
  WICK_OPTIONS(option(lr).follows(rules::learning_rate), option(betas).follows(rules::betas),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay), maximize)
};

/// Adam with the infinity norm: u = max(beta2 u, |g| + eps), p -= lr / (1 - beta1^t) m / u
/// (https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html; Kingma and Ba 2014).
class WICK_API Adamax : public OptimizerOf<AdamaxOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "Adamax"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

}  // namespace wick::optim
