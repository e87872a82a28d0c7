/// \file
/// Adagrad and Adadelta.
#pragma once

#include "wick/optim/optimizer.h"

namespace wick::optim {

/// Options of Adagrad.
struct AdagradOptions {
  double lr = 1e-2;                      ///< learning rate
  double lr_decay = 0;                   ///< of the learning rate
  double weight_decay = 0;               ///< L2 penalty
  double initial_accumulator_value = 0;  ///< where the sum begins
  double eps = 1e-10;                    ///< added to the denominator
  bool maximize = false;                 ///< ascend instead of descend
  WICK_OPTIONS(option(lr).follows(rules::learning_rate),
               option(lr_decay).at_least(0).finite().says("Invalid lr_decay value: {}"),
               option(weight_decay).follows(rules::weight_decay),
               option(initial_accumulator_value)
                   .at_least(0)
                   .finite()
                   .says("Invalid initial_accumulator_value value: {}"),
               option(eps).follows(rules::epsilon), maximize)
};

/// s += g^2, p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps) in step t
/// (https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html; Duchi, Hazan, Singer 2011).
class WICK_API Adagrad : public OptimizerOf<AdagradOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "Adagrad"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

/// Options of Adadelta.
struct AdadeltaOptions {
  double lr = 1;            ///< scales the step
  double rho = 0.9;         ///< decay of the averages
  double eps = 1e-6;        ///< added under the roots
  double weight_decay = 0;  ///< L2 penalty
  bool maximize = false;    ///< ascend instead of descend
  WICK_OPTIONS(option(lr).follows(rules::learning_rate),
               option(rho).between(0, 1).says("Invalid rho value: {}"),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay), maximize)
};

/// v = rho v + (1 - rho) g^2, u = sqrt(a + eps) / sqrt(v + eps) g, a = rho a + (1 - rho) u^2,
/// p -= lr u (https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html; Zeiler 2012).
class WICK_API Adadelta : public OptimizerOf<AdadeltaOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "Adadelta"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

}  // namespace wick::optim
