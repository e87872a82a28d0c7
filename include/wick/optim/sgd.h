/// \file
/// Stochastic gradient descent.
#pragma once

#include "wick/optim/optimizer.h"

namespace wick::optim {

/// Options of SGD.
struct SGDOptions {
  Required<double> lr = {};  ///< learning rate
  double momentum = 0;       ///< weight of the gradients before
  double dampening = 0;      ///< of a new gradient in the momentum
  double weight_decay = 0;   ///< L2 penalty
  bool nesterov = false;     ///< look ahead; needs momentum, and no dampening
  bool maximize = false;     ///< ascend instead of descend
  WICK_OPTIONS(option(lr).follows(rules::learning_rate),
               option(momentum).at_least(0).finite().says("Invalid momentum value: {}"),
               option(dampening).finite().says("Invalid dampening value: {}"),
               option(weight_decay).follows(rules::weight_decay), nesterov, maximize)

  /// Throws ValueError for nesterov without momentum or with dampening.
  WICK_API void check() const;
};

/// g += weight_decay p; b = momentum b + (1 - dampening) g, where the first b is g; then p -= lr b,
/// or with nesterov p -= lr (g + momentum b); without momentum p -= lr g
/// (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html; Sutskever et al. 2013).
///
///     optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
class WICK_API SGD : public OptimizerOf<SGDOptions, FusedOptimizer> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "SGD"; }

 protected:
  StateNames state_names() const override;
  void plan(size_t group, ParamState& state, FusedUpdate& update) const override;
};

}  // namespace wick::optim
