#include "wick/optim/rmsprop.h"

#include "optim/option_checks.h"

namespace wick::optim {

void check_options(const RMSpropOptions& o) {
  check_lr(o.lr);
  check_not_negative("epsilon value", o.eps);
  check_not_negative("momentum value", o.momentum);
  check_not_negative("weight_decay value", o.weight_decay);
  check_not_negative("alpha value", o.alpha);
}

std::vector<Option> list_options(RMSpropOptions& o) {
  return {{"lr", o.lr},
          {"alpha", o.alpha},
          {"eps", o.eps},
          {"weight_decay", o.weight_decay},
          {"momentum", o.momentum},
          {"centered", o.centered},
          {"maximize", o.maximize}};
}

RMSprop::StateNames RMSprop::state_names() const {
  return {.averages = {"square_avg", "momentum_buffer", "grad_avg"}, .always = 1};
}

void RMSprop::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const RMSpropOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  if (o.momentum > 0) need(state, 1, update.param);
  if (o.centered)
    need(state, 2, update.param);
  else
    state.averages[2] = {};  // centered was switched off
  update.rule = UpdateRule::rmsprop;
  update.numbers = {.lr = o.lr,
                    .weight_decay = o.weight_decay,
                    .momentum = o.momentum,
                    .beta2 = o.alpha,
                    .eps = o.eps,
                    .maximize = o.maximize};
}

}  // namespace wick::optim
