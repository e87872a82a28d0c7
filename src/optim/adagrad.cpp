#include "wick/optim/adagrad.h"

namespace wick::optim {

Adagrad::StateNames Adagrad::state_names() const { return {.averages = {"sum"}, .always = 1}; }

void Adagrad::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const AdagradOptions& o = param_groups()[group].options;
  need(state, 0, update.param, o.initial_accumulator_value);
  update.rule = UpdateRule::adagrad;
  update.numbers = {.lr = o.lr / (1 + static_cast<double>(state.step - 1) * o.lr_decay),
                    .weight_decay = o.weight_decay,
                    .eps = o.eps,
                    .maximize = o.maximize};
}

Adadelta::StateNames Adadelta::state_names() const {
  return {.averages = {"square_avg", "acc_delta"}, .always = 2};
}

void Adadelta::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const AdadeltaOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  update.rule = UpdateRule::adadelta;
  update.numbers = {.lr = o.lr,
                    .weight_decay = o.weight_decay,
                    .beta2 = o.rho,
                    .eps = o.eps,
                    .maximize = o.maximize};
}

}  // namespace wick::optim
