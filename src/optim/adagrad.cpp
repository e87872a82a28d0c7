#include "wick/optim/adagrad.h"

#include "optim/option_checks.h"

namespace wick::optim {

void check_options(const AdagradOptions& o) {
  check_lr(o.lr);
  check_not_negative("lr_decay value", o.lr_decay);
  check_not_negative("weight_decay value", o.weight_decay);
  check_not_negative("initial_accumulator_value value", o.initial_accumulator_value);
  check_not_negative("epsilon value", o.eps);
}

std::vector<Option> list_options(AdagradOptions& o) {
  return {{"lr", o.lr},
          {"lr_decay", o.lr_decay},
          {"weight_decay", o.weight_decay},
          {"initial_accumulator_value", o.initial_accumulator_value},
          {"eps", o.eps},
          {"maximize", o.maximize}};
}

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

void check_options(const AdadeltaOptions& o) {
  check_lr(o.lr);
  if (!(o.rho >= 0 && o.rho <= 1)) throw ValueError(fmt::format("Invalid rho value: {}", o.rho));
  check_not_negative("epsilon value", o.eps);
  check_not_negative("weight_decay value", o.weight_decay);
}

std::vector<Option> list_options(AdadeltaOptions& o) {
  return {{"lr", o.lr},
          {"rho", o.rho},
          {"eps", o.eps},
          {"weight_decay", o.weight_decay},
          {"maximize", o.maximize}};
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
