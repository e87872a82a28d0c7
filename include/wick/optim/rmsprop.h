/// \file
/// RMSprop.
#pragma once

#include "wick/optim/optimizer.h"

namespace wick::optim {

/// Options of RMSprop.
struct RMSpropOptions {
  double lr = 1e-2;         ///< learning rate
  double alpha = 0.99;      ///< decay of the averages
  double eps = 1e-8;        ///< added to the denominator
  double weight_decay = 0;  ///< L2 penalty
  double momentum = 0;      ///< weight of the steps before
  bool centered = false;    ///< divide by the estimated standard deviation of the gradient
  bool maximize = false;    ///< ascend instead of descend
  WICK_OPTIONS(option(lr).follows(rules::learning_rate),
               option(alpha).at_least(0).finite().says("Invalid alpha value: {}"),
               option(eps).follows(rules::epsilon),
               option(weight_decay).follows(rules::weight_decay),
               option(momentum).at_least(0).finite().says("Invalid momentum value: {}"), centered,
               maximize)
};

/// v = alpha v + (1 - alpha) g^2, d = sqrt(v) + eps, or sqrt(v - a^2) + eps if centered, where
/// a = alpha a + (1 - alpha) g; p -= lr g / d, or with momentum b = momentum b + g / d, p -= lr b
/// (https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html; Hinton 2012; centered:
/// Graves 2013).
class WICK_API RMSprop : public OptimizerOf<RMSpropOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "RMSprop"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

}  // namespace wick::optim
