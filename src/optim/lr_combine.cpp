#include "wick/optim/lr_combine.h"

#include <fmt/format.h>

#include <algorithm>

#include "optim/group_access.h"

namespace wick::optim {
namespace {

using detail::GroupAccess;

void check_schedulers(std::string_view who, std::string_view purpose, const Optimizer& optimizer,
                      const std::vector<AnyScheduler>& schedulers) {
  if (schedulers.empty())
    throw ValueError(
        fmt::format("{} expects at least one scheduler{}, but got no scheduler.", who, purpose));
  for (size_t i = 0; i < schedulers.size(); ++i) {
    const LRScheduler& scheduler = *schedulers[i];
    if (&scheduler.optimizer() != &optimizer)
      throw ValueError(fmt::format(
          "{} expects all schedulers to belong to the same optimizer, but got scheduler "
          "{} at index {} of another one.",
          who, scheduler.type_name(), i));
  }
}

/// Back to the learning rates before any scheduler.
void reset_lrs(Optimizer& optimizer) {
  for (size_t group = 0; group < optimizer.param_group_count(); ++group)
    if (const auto initial = GroupAccess::extra(optimizer, group, "initial_lr"))
      optimizer.set_lr(group, *initial);
}

std::string child(const std::string& prefix, size_t i) {
  return fmt::format("{}_schedulers.{}.", prefix, i);
}

/// Which scheduler acts in an epoch.
size_t index_at(const std::vector<int64_t>& milestones, int64_t epoch) {
  return static_cast<size_t>(std::upper_bound(milestones.begin(), milestones.end(), epoch) -
                             milestones.begin());
}

}  // namespace

AnyScheduler::AnyScheduler(const AnyScheduler& other)
    : held_(other.clone_(*other.held_)), clone_(other.clone_) {}
AnyScheduler::AnyScheduler(AnyScheduler&&) noexcept = default;
AnyScheduler& AnyScheduler::operator=(AnyScheduler other) noexcept {
  std::swap(held_, other.held_);
  clone_ = other.clone_;
  return *this;
}
AnyScheduler::~AnyScheduler() = default;

// -- SequentialLR ------------------------------------------------------------------------------

SequentialLR::SequentialLR(Optimizer& optimizer, std::vector<AnyScheduler> schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler(optimizer),
      schedulers_(std::move(schedulers)),
      milestones_(std::move(milestones)) {
  check_schedulers(type_name(), "", optimizer, schedulers_);
  if (milestones_.size() != schedulers_.size() - 1)
    throw ValueError(fmt::format(
        "Sequential Schedulers expects number of schedulers provided to be one more than the "
        "number of milestone points, but got number of schedulers {} and the number of milestones "
        "to be equal to {}",
        schedulers_.size(), milestones_.size()));
  if (!std::is_sorted(milestones_.begin(), milestones_.end()))
    throw ValueError("SequentialLR expects milestones in increasing order");
  set_base_lrs(schedulers_[0]->base_lrs());
  undo();
  SequentialLR::begin();
}

void SequentialLR::undo() {
  for (const AnyScheduler& scheduler : schedulers_) scheduler->undo();
}

void SequentialLR::begin() {
  reset_lrs(optimizer());
  set_last_epoch(0);
  LRScheduler& first = *schedulers_[index_at(milestones_, 0)];
  first.initial_step();
  set_last_lr(first.get_last_lr());
}

void SequentialLR::step() {
  const int64_t epoch = last_epoch() + 1;
  const size_t i = index_at(milestones_, epoch);
  LRScheduler& scheduler = *schedulers_[i];
  if (i > 0 && milestones_[i - 1] == epoch)
    scheduler.begin();
  else
    scheduler.step();
  set_last_epoch(epoch);
  set_last_lr(scheduler.get_last_lr());
}

void SequentialLR::save(StateDict& state, const std::string& prefix) const {
  LRScheduler::save(state, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->save(state, child(prefix, i));
}

void SequentialLR::load(StateReader& reader, const std::string& prefix) {
  LRScheduler::load(reader, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->load(reader, child(prefix, i));
}

// -- ChainedScheduler --------------------------------------------------------------------------

ChainedScheduler::ChainedScheduler(Optimizer& optimizer, std::vector<AnyScheduler> schedulers)
    : LRScheduler(optimizer), schedulers_(std::move(schedulers)) {
  check_schedulers(type_name(), " to be chained", optimizer, schedulers_);
  set_base_lrs(schedulers_[0]->base_lrs());
  set_last_epoch(schedulers_[0]->last_epoch());
  set_last_lr(current_lrs());
}

void ChainedScheduler::undo() {
  for (const AnyScheduler& scheduler : schedulers_) scheduler->undo();
  set_last_epoch(schedulers_[0]->last_epoch());
}

void ChainedScheduler::begin() {
  reset_lrs(optimizer());
  for (const AnyScheduler& scheduler : schedulers_) scheduler->initial_step();
  set_last_epoch(0);
  set_last_lr(current_lrs());
}

void ChainedScheduler::step() {
  for (const AnyScheduler& scheduler : schedulers_) scheduler->step();
  set_last_epoch(last_epoch() + 1);
  set_last_lr(current_lrs());
}

void ChainedScheduler::save(StateDict& state, const std::string& prefix) const {
  LRScheduler::save(state, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->save(state, child(prefix, i));
}

void ChainedScheduler::load(StateReader& reader, const std::string& prefix) {
  LRScheduler::load(reader, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->load(reader, child(prefix, i));
}

}  // namespace wick::optim
