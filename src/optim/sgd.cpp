#include "wick/optim/sgd.h"

#include "wick/ops.h"

namespace wick::optim {

void SGDOptions::check() const {
  if (nesterov && (momentum <= 0 || dampening != 0))
    throw ValueError("Nesterov momentum requires a momentum and zero dampening");
}

SGD::StateNames SGD::state_names() const {
  return {.averages = {"momentum_buffer"}, .always = 0, .step = false};
}

void SGD::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const SGDOptions& o = param_groups()[group].options;
  update.rule = UpdateRule::sgd;
  update.numbers = {.lr = o.lr,
                    .weight_decay = o.weight_decay,
                    .momentum = o.momentum,
                    .dampening = o.dampening,
                    .maximize = o.maximize,
                    .nesterov = o.nesterov,
                    .first = !state.averages[0].defined()};
  if (o.momentum != 0) need(state, 0, update.param);
}

}  // namespace wick::optim
