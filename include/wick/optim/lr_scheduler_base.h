/// \file
/// What learning rate schedulers share. Definitions are those of torch.optim.lr_scheduler
/// (https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate); where PyTorch's are
/// recursive, so are these, so that schedulers can act together on one optimizer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/optim/optimizer.h"

namespace wick::optim {

/// One number for all parameter groups, or one for each: `0.1`, `{0.1, 0.01}`. Without any it is an
/// option that has to be given.
class WICK_API PerGroup {
 public:
  PerGroup() = default;
  PerGroup(double value);
  PerGroup(std::initializer_list<double> values);
  PerGroup(std::vector<double> values) : values_(std::move(values)) {}
  const std::vector<double>& values() const { return values_; }

 private:
  friend class detail::OptionList;
  friend class detail::OptionPlaces;
  std::vector<double> values_;
};

/// Base of the schedulers whose step needs no number. Making one sets the learning rates of step
/// 0; call step() once per epoch (or batch), after the optimizer's. A scheduler refers to its
/// optimizer, which must outlive it, and is otherwise a value.
///
///     optim::SGD sgd(model.parameters(), {.lr = 0.1});
///     optim::StepLR scheduler(sgd, {.step_size = 30});
///     for (int epoch = 0; epoch < 100; ++epoch) {
///       train();
///       scheduler.step();
///     }
///
/// In the formulas t is last_epoch, the number of steps so far. Every options struct ends with
/// `last_epoch`: -1 to begin anew, or the epoch to resume at, when the optimizer's state dict with
/// its initial_lr was loaded (else ValueError). Loading a state dict is the better way.
///
/// A scheduler of one's own overrides get_lr(), and calls initial_step() at the end of its
/// constructor.
class WICK_API LRScheduler {
 public:
  virtual ~LRScheduler();
  /// Goes on by one epoch and sets the learning rates.
  virtual void step();
  /// The learning rates of the groups that the last step set.
  const std::vector<double>& get_last_lr() const { return state_.last_lr; }
  int64_t last_epoch() const { return state_.last_epoch; }
  /// The optimizer whose learning rates it sets.
  const Optimizer& optimizer() const { return *optimizer_; }
  Optimizer& optimizer() { return *optimizer_; }
  virtual std::string_view type_name() const = 0;

  /// Where the scheduler stands, as tensors; options are not part of it.
  StateDict state_dict() const;
  /// Goes on from there. Throws ValueError that lists all that does not fit, and has then changed
  /// nothing. The learning rates themselves are in the optimizer's state dict.
  void load_state_dict(const StateDict& state);

 protected:
  LRScheduler(Optimizer& optimizer, int64_t last_epoch);
  explicit LRScheduler(Optimizer& optimizer) : optimizer_(&optimizer) {}  ///< for combinations
  LRScheduler(const LRScheduler&) = default;
  LRScheduler& operator=(const LRScheduler&) = default;

  /// The learning rates for epoch last_epoch().
  virtual std::vector<double> get_lr() = 0;
  /// The same without recursion, for a scheduler that SequentialLR lets begin.
  virtual std::vector<double> closed_form_lr() { return get_lr(); }
  /// Sets the learning rates of step 0.
  void initial_step();
  /// For SequentialLR: one epoch back, because that sets the first learning rates itself, and the
  /// learning rates of epoch 0.
  virtual void undo();
  virtual void begin();
  virtual void save(StateDict& state, const std::string& prefix) const;
  virtual void load(StateReader& reader, const std::string& prefix);

  /// True during initial_step().
  bool is_initial() const { return initial_; }
  int64_t step_count() const { return state_.step_count; }
  const std::vector<double>& base_lrs() const { return state_.base_lrs; }
  void set_base_lrs(std::vector<double> lrs) { state_.base_lrs = std::move(lrs); }
  void set_last_epoch(int64_t epoch) { state_.last_epoch = epoch; }
  void set_last_lr(std::vector<double> lrs) { state_.last_lr = std::move(lrs); }
  /// The learning rates of the optimizer's groups as they are.
  std::vector<double> current_lrs() const;
  std::vector<double> scaled_lrs(double factor) const;  ///< and times a factor
  /// Sets the epoch, computes the learning rates and hands them to the optimizer.
  void go_to(int64_t epoch, bool closed_form);

 private:
  friend class AnyScheduler;
  friend class SequentialLR;
  friend class ChainedScheduler;
  struct State {
    int64_t last_epoch = -1;
    int64_t step_count = 0;
    std::vector<double> base_lrs;
    std::vector<double> last_lr;
  };
  static std::vector<Option> list(State& state);

  Optimizer* optimizer_;
  State state_;
  bool initial_ = false;
};

}  // namespace wick::optim
