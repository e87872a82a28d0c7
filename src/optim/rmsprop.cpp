#include "wick/optim/rmsprop.h"

namespace wick::optim {

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
