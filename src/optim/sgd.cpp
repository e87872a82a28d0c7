#include "wick/optim/sgd.h"

#include "optim/option_checks.h"
#include "wick/ops.h"

namespace wick::optim {

void check_options(const SGDOptions& o) {
  check_lr(o.lr);
  check_not_negative("momentum value", o.momentum);
  check_finite("dampening value", o.dampening);
  check_not_negative("weight_decay value", o.weight_decay);
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    throw ValueError("Nesterov momentum requires a momentum and zero dampening");
}

std::vector<Option> list_options(SGDOptions& o) {
  return {{"lr", o.lr},
          {"momentum", o.momentum},
          {"dampening", o.dampening},
          {"weight_decay", o.weight_decay},
          {"nesterov", o.nesterov},
          {"maximize", o.maximize}};
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
