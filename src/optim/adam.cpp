// Adam, AdamW, NAdam, RAdam, Adamax: what the averages are divided by in step t.
#include "wick/optim/adam.h"

#include <cmath>

namespace wick::optim {
namespace {

template <class Options>
UpdateNumbers family_numbers(const Options& o, bool decoupled) {
  return {.weight_decay = decoupled ? 0 : o.weight_decay,
          .shrink = decoupled ? 1 - o.lr * o.weight_decay : 1,
          .beta1 = o.betas[0],
          .beta2 = o.betas[1],
          .eps = o.eps,
          .maximize = o.maximize};
}

/// 1 - beta^t
double bias_correction(double beta, int64_t t) { return 1 - std::pow(beta, t); }

template <class Options>
void plan_adam(const Options& o, bool decoupled, int64_t t, FusedUpdate& update) {
  update.rule = UpdateRule::adam;
  update.numbers = family_numbers(o, decoupled);
  update.numbers.lr = o.lr / bias_correction(o.betas[0], t);
  update.numbers.correction = std::sqrt(bias_correction(o.betas[1], t));
}

}  // namespace

Adam::StateNames Adam::state_names() const {
  return {.averages = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, .always = 2};
}
void Adam::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const AdamOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  if (o.amsgrad)
    need(state, 2, update.param);
  else
    state.averages[2] = {};  // amsgrad was switched off
  plan_adam(o, o.decoupled_weight_decay, state.step, update);
}

AdamW::StateNames AdamW::state_names() const {
  return {.averages = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, .always = 2};
}
void AdamW::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const AdamWOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  if (o.amsgrad)
    need(state, 2, update.param);
  else
    state.averages[2] = {};  // amsgrad was switched off
  plan_adam(o, true, state.step, update);
}

NAdam::StateNames NAdam::state_names() const {
  return {.averages = {"exp_avg", "exp_avg_sq"}, .always = 2, .mu_product = true};
}
void NAdam::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const NAdamOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  const auto t = static_cast<double>(state.step);
  const auto mu = [&](double step) {
    return o.betas[0] * (1 - 0.5 * std::pow(0.96, step * o.momentum_decay));
  };
  const double next = mu(t + 1);
  state.mu_product *= mu(t);
  update.rule = UpdateRule::nadam;
  update.numbers = family_numbers(o, o.decoupled_weight_decay);
  update.numbers.lr_gradient = o.lr * (1 - mu(t)) / (1 - state.mu_product);
  update.numbers.lr = o.lr * next / (1 - state.mu_product * next);
  update.numbers.correction = bias_correction(o.betas[1], state.step);
}

RAdam::StateNames RAdam::state_names() const {
  return {.averages = {"exp_avg", "exp_avg_sq"}, .always = 2};
}
void RAdam::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const RAdamOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  const double beta2 = o.betas[1];
  const double correction2 = bias_correction(beta2, state.step);
  const double rho = 2 / (1 - beta2) - 1;
  const double rho_t =
      rho - 2 * static_cast<double>(state.step) * std::pow(beta2, state.step) / correction2;
  update.rule = UpdateRule::radam;
  update.numbers = family_numbers(o, o.decoupled_weight_decay);
  update.numbers.lr = o.lr / bias_correction(o.betas[0], state.step);
  update.numbers.rectified = rho_t > 5;
  if (rho_t > 5)
    update.numbers.lr *=
        std::sqrt(correction2 * (rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t));
}

Adamax::StateNames Adamax::state_names() const {
  return {.averages = {"exp_avg", "exp_inf"}, .always = 2};
}
void Adamax::plan(size_t group, ParamState& state, FusedUpdate& update) const {
  const AdamaxOptions& o = param_groups()[group].options;
  need(state, 0, update.param);
  need(state, 1, update.param);
  update.rule = UpdateRule::adamax;
  update.numbers = family_numbers(o, false);
  update.numbers.lr = o.lr / bias_correction(o.betas[0], state.step);
}

}  // namespace wick::optim
