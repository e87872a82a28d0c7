/// \file
/// Schedulers made of schedulers: SequentialLR, ChainedScheduler.
#pragma once

#include <memory>
#include <type_traits>

#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {

/// Any LRScheduler by value.
class WICK_API AnyScheduler {
 public:
  template <class S>
  requires std::is_base_of_v<LRScheduler, std::remove_cvref_t<S>> AnyScheduler(S&& scheduler)
      : held_(new std::remove_cvref_t<S>(std::forward<S>(scheduler))),
        clone_([](const LRScheduler& from) -> LRScheduler* {
          return new std::remove_cvref_t<S>(static_cast<const std::remove_cvref_t<S>&>(from));
        }) {}
  AnyScheduler(const AnyScheduler& other);
  AnyScheduler(AnyScheduler&&) noexcept;
  AnyScheduler& operator=(AnyScheduler other) noexcept;
  ~AnyScheduler();
  LRScheduler& operator*() const { return *held_; }
  LRScheduler* operator->() const { return held_.get(); }

 private:
  std::unique_ptr<LRScheduler> held_;
  LRScheduler* (*clone_)(const LRScheduler&);
};

/// One scheduler after another: schedulers[i] acts from epoch milestones[i - 1] to milestones[i].
/// It has schedulers of its own, copies of those given. Throws ValueError without any, for a number
/// of milestones other than one less, and for schedulers of other optimizers.
///
///     optim::SequentialLR scheduler(
///         sgd, {optim::LinearLR(sgd, {.total_iters = 5}), optim::ExponentialLR(sgd, {.gamma =
///         0.9})}, {5});
class WICK_API SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<AnyScheduler> schedulers,
               std::vector<int64_t> milestones);
  std::string_view type_name() const override { return "SequentialLR"; }
  void step() override;

 protected:
  std::vector<double> get_lr() override { return current_lrs(); }
  void undo() override;
  void begin() override;
  void save(StateDict& state, const std::string& prefix) const override;
  void load(StateReader& reader, const std::string& prefix) override;

 private:
  std::vector<AnyScheduler> schedulers_;
  std::vector<int64_t> milestones_;
};

/// Several schedulers at once, each going on from what the one before made of the learning rates.
/// It has schedulers of its own, copies of those given. Throws ValueError without any, and for
/// schedulers of other optimizers.
class WICK_API ChainedScheduler : public LRScheduler {
 public:
  ChainedScheduler(Optimizer& optimizer, std::vector<AnyScheduler> schedulers);
  std::string_view type_name() const override { return "ChainedScheduler"; }
  void step() override;

 protected:
  std::vector<double> get_lr() override { return current_lrs(); }
  void undo() override;
  void begin() override;
  void save(StateDict& state, const std::string& prefix) const override;
  void load(StateReader& reader, const std::string& prefix) override;

 private:
  std::vector<AnyScheduler> schedulers_;
};

}  // namespace wick::optim
