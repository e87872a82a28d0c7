#include "wick/optim/lr_scheduler_base.h"

#include <fmt/format.h>

#include <cmath>

#include "optim/counts.h"
#include "optim/group_access.h"
#include "wick/format.h"
#include "wick/warning.h"

namespace wick::optim {

using detail::GroupAccess;

PerGroup::PerGroup(double value) : values_{value} {}
PerGroup::PerGroup(std::initializer_list<double> values) : values_(values) {}

LRScheduler::LRScheduler(Optimizer& optimizer, int64_t last_epoch) : optimizer_(&optimizer) {
  if (last_epoch < -1 || last_epoch >= max_count)
    throw ValueError(
        fmt::format("last_epoch must be from -1 to {}, got {}", max_count - 1, last_epoch));
  state_.last_epoch = last_epoch;
  const size_t groups = optimizer.param_group_count();
  for (size_t group = 0; group < groups; ++group) {
    const auto initial = GroupAccess::extra(optimizer, group, "initial_lr");
    if (!initial && last_epoch != -1)
      throw ValueError(fmt::format(
          "param 'initial_lr' is not specified in param_groups[{}] when resuming scheduler with "
          "last_epoch >= 0.\nThis typically happens when:\n1. You're trying to resume training "
          "from a checkpoint but haven't properly loaded the optimizer state\n2. You're using "
          "last_epoch >= 0 for a fresh training run (not recommended)",
          group));
    state_.base_lrs.push_back(initial.value_or(optimizer.lr(group)));
  }
}

LRScheduler::~LRScheduler() = default;

void LRScheduler::initial_step() {
  state_.step_count = 0;
  initial_ = true;
  step();
  initial_ = false;
  // Only now: a scheduler that could not be made has left no trace.
  for (size_t group = 0; group < base_lrs().size(); ++group)
    if (!GroupAccess::extra(*optimizer_, group, "initial_lr"))
      GroupAccess::set_extra(*optimizer_, group, "initial_lr", base_lrs()[group]);
  GroupAccess::await_step(*optimizer_);
}

void LRScheduler::step() {
  if (state_.last_epoch >= max_count)
    throw ValueError(fmt::format("{} cannot go on after epoch {}", type_name(), max_count));
  if (!initial_ && state_.step_count == 1 && GroupAccess::awaits_step(*optimizer_))
    warn(
        "scheduler",
        "Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call them in "
        "the opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do this "
        "will result in skipping the first value of the learning rate schedule.");
  ++state_.step_count;
  try {
    go_to(state_.last_epoch + 1, false);
  } catch (...) {
    --state_.step_count;
    throw;
  }
}

void LRScheduler::go_to(int64_t epoch, bool closed_form) {
  const size_t groups = optimizer_->param_group_count();
  if (groups != state_.base_lrs.size())
    throw ValueError(fmt::format("{} was made for {} parameter groups, but the optimizer has {}",
                                 type_name(), state_.base_lrs.size(), groups));
  const int64_t before = std::exchange(state_.last_epoch, epoch);
  std::vector<double> lrs;
  try {
    lrs = closed_form ? closed_form_lr() : get_lr();
    if (lrs.size() != groups)
      throw ValueError(fmt::format("{} gives {} learning rates for {} parameter groups",
                                   type_name(), lrs.size(), groups));
    for (const double lr : lrs)
      if (!std::isfinite(lr))
        throw ValueError(fmt::format("{} gives a learning rate of {} in epoch {}", type_name(),
                                     python_repr(lr), epoch));
  } catch (...) {
    state_.last_epoch = before;
    throw;
  }
  for (size_t group = 0; group < groups; ++group) optimizer_->set_lr(group, lrs[group]);
  state_.last_lr = std::move(lrs);
}

void LRScheduler::undo() { --state_.last_epoch; }
void LRScheduler::begin() { go_to(0, true); }

std::vector<double> LRScheduler::current_lrs() const { return scaled_lrs(1); }

std::vector<double> LRScheduler::scaled_lrs(double factor) const {
  std::vector<double> lrs;
  for (size_t group = 0; group < optimizer_->param_group_count(); ++group)
    lrs.push_back(optimizer_->lr(group) * factor);
  return lrs;
}

std::vector<Option> LRScheduler::list(State& state) {
  return {{"last_epoch", state.last_epoch},
          {"_step_count", state.step_count},
          {"base_lrs", state.base_lrs},
          {"_last_lr", state.last_lr}};
}

void LRScheduler::save(StateDict& state, const std::string& prefix) const {
  State mine = state_;
  for (const Option& option : list(mine))
    state.set(prefix + std::string(option.name()), option.to_tensor());
}

void LRScheduler::load(StateReader& reader, const std::string& prefix) {
  State loaded = state_;
  for (const Option& option : list(loaded)) reader.read(prefix, option);
  check_count(reader, prefix + "last_epoch", loaded.last_epoch, -1);
  check_count(reader, prefix + "_step_count", loaded.step_count, 0);
  reader.then([this, loaded] { state_ = loaded; });
}

StateDict LRScheduler::state_dict() const {
  StateDict state;
  save(state, "");
  return state;
}

void LRScheduler::load_state_dict(const StateDict& state) {
  StateReader reader(state);
  load(reader, "");
  reader.finish(type_name());
}

}  // namespace wick::optim
