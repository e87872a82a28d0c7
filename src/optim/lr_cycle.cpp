#include "wick/optim/lr_cycle.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "optim/scheduler_groups.h"

namespace wick::optim {

using detail::GroupAccess;

namespace {

/// Momentum begins high, where the learning rate is low.
void start_momentum(Optimizer& optimizer, const std::vector<double>& low,
                    const std::vector<double>& high) {
  for (size_t group = 0; group < low.size(); ++group) {
    momentum_of(optimizer, group) = high[group];
    GroupAccess::set_extra(optimizer, group, "max_momentum", high[group]);
    GroupAccess::set_extra(optimizer, group, "base_momentum", low[group]);
  }
}

/// How many steps the options ask for.
int64_t steps_of(const OneCycleLROptions& o) {
  if (o.total_steps) return *o.total_steps;
  if (!o.epochs || !o.steps_per_epoch)
    throw ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)");
  // Only here: beside total_steps they do not matter.
  const auto positive = [](std::string_view name, int64_t value) {
    if (value <= 0)
      throw ValueError(fmt::format("Expected positive integer {}, but got {}", name, value));
    return value;
  };
  int64_t steps = 0;
  if (__builtin_mul_overflow(positive("epochs", *o.epochs),
                             positive("steps_per_epoch", *o.steps_per_epoch), &steps))
    throw ValueError("epochs times steps_per_epoch is too large");
  return steps;
}

/// Checks each option; those of a momentum that stays where it is may be anything.
template <class Options>
void check_used(Options o) {
  if (!o.cycle_momentum) o.base_momentum = o.max_momentum = Options().max_momentum;
  checked(std::move(o), "the scheduler");
}

/// Checks what can be checked before anything is written to the optimizer.
Optimizer& prepared(Optimizer& optimizer, const OneCycleLROptions& o) {
  check_used(o);
  steps_of(o);
  const std::vector<double> max_lrs = for_groups("max_lr", o.max_lr, optimizer);
  std::vector<double> low;
  std::vector<double> high;
  if (o.cycle_momentum) {
    momentum_of(optimizer, 0);
    high = for_groups("max_momentum", o.max_momentum, optimizer);
    low = for_groups("base_momentum", o.base_momentum, optimizer);
  }
  if (o.last_epoch != -1) return optimizer;
  for (size_t group = 0; group < max_lrs.size(); ++group) {
    const double initial = max_lrs[group] / o.div_factor;
    GroupAccess::set_extra(optimizer, group, "initial_lr", initial);
    GroupAccess::set_extra(optimizer, group, "max_lr", max_lrs[group]);
    GroupAccess::set_extra(optimizer, group, "min_lr", initial / o.final_div_factor);
  }
  start_momentum(optimizer, low, high);
  return optimizer;
}

Optimizer& prepared(Optimizer& optimizer, const CyclicLROptions& o) {
  check_used(o);
  const std::vector<double> lows = for_groups("base_lr", o.base_lr, optimizer);
  for_groups("max_lr", o.max_lr, optimizer);
  const int64_t down = o.step_size_down.value_or(o.step_size_up);
  if (o.step_size_up <= 0 || down < 0)
    throw ValueError(fmt::format(
        "CyclicLR expects a positive step_size_up, and no negative step_size_down, got {} and {}",
        o.step_size_up, down));
  const bool known = o.mode == "triangular" || o.mode == "triangular2" || o.mode == "exp_range";
  if (!known && !o.scale_fn) throw ValueError("mode is invalid and scale_fn is None");
  std::vector<double> low;
  std::vector<double> high;
  if (o.cycle_momentum) {
    momentum_of(optimizer, 0);
    low = for_groups("base_momentum", o.base_momentum, optimizer);
    high = for_groups("max_momentum", o.max_momentum, optimizer);
  }
  if (o.last_epoch != -1) return optimizer;
  for (size_t group = 0; group < lows.size(); ++group) optimizer.set_lr(group, lows[group]);
  start_momentum(optimizer, low, high);
  return optimizer;
}

}  // namespace

OneCycleLR::OneCycleLR(Optimizer& optimizer, const OneCycleLROptions& o)
    : LRScheduler(prepared(optimizer, o), o.last_epoch),
      total_steps_(steps_of(o)),
      cosine_(o.anneal_strategy == "cos"),
      cycle_momentum_(o.cycle_momentum) {
  const auto total = static_cast<double>(total_steps_);
  const double peak = o.pct_start * total - 1;
  phases_.push_back({peak, "initial_lr", "max_lr", "max_momentum", "base_momentum"});
  if (o.three_phase) {
    phases_.push_back(
        {2 * o.pct_start * total - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"});
    phases_.push_back({total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"});
  } else {
    phases_.push_back({total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"});
  }
  initial_step();
}

double OneCycleLR::anneal(double start, double end, double part) const {
  if (cosine_) return end + (start - end) / 2 * (std::cos(std::numbers::pi * part) + 1);
  return (end - start) * part + start;
}

std::vector<double> OneCycleLR::get_lr() {
  if (last_epoch() > total_steps_)
    throw ValueError(
        fmt::format("Tried to step {} times. The specified number of total steps is {}",
                    last_epoch(), total_steps_));
  const auto t = static_cast<double>(last_epoch());
  size_t now = 0;
  while (now + 1 < phases_.size() && t > phases_[now].end_step) ++now;
  const Phase& phase = phases_[now];
  const double start = now == 0 ? 0 : phases_[now - 1].end_step;
  // A phase without length is at its end.
  const double part = phase.end_step == start ? 1 : (t - start) / (phase.end_step - start);
  std::vector<double> lrs;
  for (size_t group = 0; group < optimizer().param_group_count(); ++group) {
    const auto extra = [&](std::string_view name) {
      return GroupAccess::extra(optimizer(), group, name).value_or(0);
    };
    lrs.push_back(anneal(extra(phase.start_lr), extra(phase.end_lr), part));
    if (cycle_momentum_)
      momentum_of(optimizer(), group) =
          anneal(extra(phase.start_momentum), extra(phase.end_momentum), part);
  }
  return lrs;
}

CyclicLR::CyclicLR(Optimizer& optimizer, const CyclicLROptions& o)
    : LRScheduler(prepared(optimizer, o), o.last_epoch),
      options_(o),
      max_lrs_(for_groups("max_lr", o.max_lr, optimizer)) {
  const auto up = static_cast<double>(o.step_size_up);
  total_size_ = up + static_cast<double>(o.step_size_down.value_or(o.step_size_up));
  step_ratio_ = up / total_size_;
  by_cycle_ = o.scale_fn ? o.scale_mode == "cycle" : o.mode != "exp_range";
  if (o.cycle_momentum) {
    base_momentums_ = for_groups("base_momentum", o.base_momentum, optimizer);
    max_momentums_ = for_groups("max_momentum", o.max_momentum, optimizer);
  }
  initial_step();
  set_base_lrs(for_groups("base_lr", o.base_lr, optimizer));
}

std::vector<double> CyclicLR::get_lr() {
  const auto t = static_cast<double>(last_epoch());
  const double cycle = std::floor(1 + t / total_size_);
  const double x = 1 + t / total_size_ - cycle;
  const double height = x <= step_ratio_ ? x / step_ratio_ : (x - 1) / (step_ratio_ - 1);
  const double at = by_cycle_ ? cycle : t;
  double scale = 1;
  if (options_.scale_fn)
    scale = options_.scale_fn(at);
  else if (options_.mode == "triangular2")
    scale = 1 / std::pow(2.0, at - 1);
  else if (options_.mode == "exp_range")
    scale = std::pow(options_.gamma, at);

  std::vector<double> lrs = base_lrs();
  for (size_t group = 0; group < lrs.size(); ++group) {
    lrs[group] += (max_lrs_[group] - lrs[group]) * height * scale;
    if (options_.cycle_momentum)
      momentum_of(optimizer(), group) =
          max_momentums_[group] - (max_momentums_[group] - base_momentums_[group]) * height * scale;
  }
  return lrs;
}

}  // namespace wick::optim
