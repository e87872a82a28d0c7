// ReduceLROnPlateau.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "optim/counts.h"
#include "wick/optim/lr_decay.h"

namespace wick::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options)
    : optimizer_(&optimizer), options_(checked(options, "ReduceLROnPlateau")) {
  const size_t groups = optimizer.param_group_count();
  if (options.min_lr.values().size() != 1 && options.min_lr.values().size() != groups)
    throw ValueError(
        fmt::format("expected {} min_lrs, got {}", groups, options.min_lr.values().size()));
  state_.best = options.mode == "min" ? inf : -inf;
  for (size_t group = 0; group < groups; ++group) state_.last_lr.push_back(optimizer.lr(group));
}

bool ReduceLROnPlateau::is_better(double value) const {
  const double t = options_.threshold;
  const bool relative = options_.threshold_mode == "rel";
  if (options_.mode == "min") return value < (relative ? state_.best * (1 - t) : state_.best - t);
  return value > (relative ? state_.best * (1 + t) : state_.best + t);
}

void ReduceLROnPlateau::reduce() {
  const std::vector<double>& least = options_.min_lr.values();
  for (size_t group = 0; group < optimizer_->param_group_count(); ++group) {
    const double before = optimizer_->lr(group);
    const double after =
        std::max(before * options_.factor, least.size() == 1 ? least[0] : least[group]);
    if (before - after > options_.eps) optimizer_->set_lr(group, after);
  }
}

void ReduceLROnPlateau::step(double metrics) {
  const size_t groups = optimizer_->param_group_count();
  const size_t least = options_.min_lr.values().size();
  if (least != 1 && least != groups)
    throw Error(fmt::format(
        "The number of param groups in the `optimizer` ({}) differs from when `ReduceLROnPlateau` "
        "was initialized ({}), usually due to a new param group being added to the optimizer.",
        groups, least));
  if (state_.last_epoch >= max_count)
    throw ValueError(fmt::format("ReduceLROnPlateau cannot go on after epoch {}", max_count));
  ++state_.last_epoch;
  if (is_better(metrics)) {
    state_.best = metrics;
    state_.num_bad_epochs = 0;
  } else {
    ++state_.num_bad_epochs;
  }
  if (state_.cooldown_counter > 0) {
    --state_.cooldown_counter;
    state_.num_bad_epochs = 0;
  }
  if (state_.num_bad_epochs > options_.patience) {
    reduce();
    state_.cooldown_counter = options_.cooldown;
    state_.num_bad_epochs = 0;
  }
  state_.last_lr.resize(groups);
  for (size_t group = 0; group < groups; ++group) state_.last_lr[group] = optimizer_->lr(group);
}

std::vector<Option> ReduceLROnPlateau::list(State& state) {
  return {{"last_epoch", state.last_epoch},
          {"best", state.best},
          {"cooldown_counter", state.cooldown_counter},
          {"num_bad_epochs", state.num_bad_epochs},
          {"_last_lr", state.last_lr}};
}

StateDict ReduceLROnPlateau::state_dict() const {
  State mine = state_;
  StateDict state;
  for (const Option& option : list(mine)) state.set(option.name(), option.to_tensor());
  return state;
}

void ReduceLROnPlateau::load_state_dict(const StateDict& state) {
  StateReader reader(state);
  State loaded = state_;
  for (const Option& option : list(loaded)) reader.read("", option);
  check_count(reader, "last_epoch", loaded.last_epoch, 0);
  check_count(reader, "num_bad_epochs", loaded.num_bad_epochs, 0);
  reader.then([this, loaded] { state_ = loaded; });
  reader.finish("ReduceLROnPlateau");
}

}  // namespace wick::optim
