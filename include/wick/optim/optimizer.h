/// \file
/// What all optimizers share: parameter groups, step, zero_grad, state dicts.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/error.h"
#include "wick/fused/optim.h"
#include "wick/optim/option.h"
#include "wick/optim/state.h"
#include "wick/tensor.h"

namespace wick::optim {

/// Parameters that are optimized with the same options.
///
///     optim::SGD sgd({{encoder.parameters(), {.lr = 0.01}}, {head.parameters(), {.lr = 0.1}}});
///     sgd.param_groups()[1].options.lr = 0.05;
template <class Options>
struct ParamGroup {
  const std::vector<Tensor> params;
  Options options = {};
};

namespace detail {
struct GroupAccess;  // src/optim/group_access.h: what schedulers read and write
}

/// Base of all optimizers (https://pytorch.org/docs/stable/optim.html). An optimizer holds handles
/// on the parameters, so it changes the model that they came from, however that is moved. It cannot
/// be copied or moved itself, because schedulers refer to it.
///
///     optim::AdamW optimizer(model.parameters(), {.lr = 3e-4});
///     for (const auto& [x, y] : batches) {
///       optimizer.zero_grad();
///       nn::functional::mse_loss(model(x), y).backward();
///       optimizer.step();
///     }
///
/// An optimizer of one's own derives from OptimizerOf<MyOptions>.
class WICK_API Optimizer {
 public:
  using wick_printable = void;
  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Changes every parameter that has a gradient, by one step; those without are left alone, and
  /// nothing is recorded. If a gradient does not fit (its shape, its dtype) it throws and has
  /// changed nothing.
  virtual void step() = 0;
  /// Calls `closure`, which computes the gradients and returns the loss, then step(); returns the
  /// loss.
  virtual Tensor step(const Callback<Tensor()>& closure);
  /// Takes the gradients of all parameters away, or else sets them to 0.
  void zero_grad(bool set_to_none = true) const;

  /// The parameters of all groups, in their order.
  std::vector<Tensor> parameters() const;
  /// How many parameter groups there are; each optimizer's param_groups() has the groups.
  virtual size_t param_group_count() const = 0;
  /// The learning rate of a group; throws IndexError if there is no such group.
  double lr(size_t group = 0) const;
  /// Sets it for one group, or for all; throws ValueError for nan and infinity.
  void set_lr(size_t group, double lr);
  void set_lr(double lr);

  /// All that step() depends on, as tensors: "state.0.exp_avg" and "state.0.step" for parameter 0,
  /// "param_groups.0.lr" for an option, "param_groups.0.params" for the numbers of the parameters
  /// in group 0. Averages are handles and change with further steps; clone() keeps them.
  StateDict state_dict() const;
  /// Takes over a state dict, by the order of the parameters, and copies its tensors; from then on
  /// steps give the same bits as those of the optimizer that it was taken from. A state of 0-d
  /// tensors of other dtypes, as PyTorch's are, is taken as well. Throws ValueError that lists
  /// everything that is missing, unexpected or does not fit, and then has changed nothing.
  void load_state_dict(const StateDict& state);

  /// "SGD", ...
  virtual std::string_view type_name() const = 0;
  /// The options of all groups, as PyTorch prints an optimizer.
  std::string to_string() const;

 protected:
  Optimizer();
  virtual const std::vector<Tensor>& group_params(size_t group) const = 0;
  virtual std::vector<Option> group_options(size_t group) = 0;
  /// Reads the options of all groups.
  virtual void load_options(StateReader& reader) = 0;
  /// Adds what is remembered of the parameters, and reads it; `ids` has the number that each
  /// parameter has in the state dict ("state.<id>.<name>").
  virtual void save_state(StateDict& state) const;
  virtual void load_state(StateReader& reader, const std::vector<int64_t>& ids);

  /// Throws TypeError for an undefined tensor, ValueError for one that is no leaf or that is in
  /// another group.
  void check_params(const std::vector<Tensor>& params) const;
  /// After a group was added.
  void added();
  /// For optimizers that say when they have stepped, so that schedulers can warn where they step
  /// first: once, in the constructor.
  void counts_steps() { steps_ = Steps::none; }
  /// And at the end of each step().
  void stepped() {
    if (steps_ == Steps::awaited) steps_ = Steps::some;
  }
  [[noreturn]] static void fail_empty();
  /// "param_groups.0."
  static std::string prefix(size_t group);
  /// `params` without those that are there already: a tied parameter is stepped once.
  static std::vector<Tensor> each_once(std::vector<Tensor> params);

 private:
  friend struct detail::GroupAccess;
  Option option(size_t group, std::string_view name) const;
  /// Numbers that schedulers keep with a group: "initial_lr", ...
  std::vector<std::vector<std::pair<std::string_view, double>>> extras_;
  /// Since a scheduler is there, as PyTorch counts.
  enum class Steps : uint8_t { not_counted, none, awaited, some };
  Steps steps_ = Steps::not_counted;
};

/// An optimizer with typed parameter groups. `Options` is a struct with a field `double lr` and a
/// WICK_OPTIONS that names its fields, and says what they may be; what it says of several at once
/// is a member `void check() const` that throws ValueError.
///
///     struct SignOptions {
///       double lr = 0.01;
///       bool loud = false;
///       WICK_OPTIONS(wick::option(lr).at_least(0), loud)
///     };
template <class Options, class Base = Optimizer>
class WICK_API OptimizerOf : public Base {
 public:
  /// One group. Throws ValueError for options that are not valid and for an empty list, for
  /// tensors as add_param_group.
  explicit OptimizerOf(std::vector<Tensor> params, const Options& options = {}) {
    if (params.empty()) Base::fail_empty();
    add_param_group({std::move(params), options});
  }
  explicit OptimizerOf(std::vector<ParamGroup<Options>> groups) {
    if (groups.empty()) Base::fail_empty();
    for (auto& group : groups) add_param_group(std::move(group));
  }

  /// The groups, whose options may be changed between steps.
  std::span<ParamGroup<Options>> param_groups() { return groups_; }
  std::span<const ParamGroup<Options>> param_groups() const { return groups_; }
  size_t param_group_count() const override { return groups_.size(); }
  /// Adds a group; a tensor that is listed twice counts once. Throws ValueError for options that
  /// are not valid, tensors that are no leaves or are in another group, TypeError for undefined
  /// ones.
  void add_param_group(ParamGroup<Options> group) {
    group.options = optim::checked(std::move(group.options));
    Base::check_params(group.params);
    groups_.push_back({Base::each_once(group.params), std::move(group.options)});
    Base::added();
  }

 protected:
  const std::vector<Tensor>& group_params(size_t group) const override {
    return groups_[group].params;
  }
  std::vector<Option> group_options(size_t group) override {
    return optim::named_options(groups_[group].options);
  }
  void load_options(StateReader& reader) override {
    for (size_t group = 0; group < groups_.size(); ++group) {
      Options options = groups_[group].options;
      for (const Option& option : optim::named_options(options))
        reader.read(Base::prefix(group), option);
      Options positive = options;
      if (positive.lr < 0) positive.lr = -positive.lr;  // which schedulers can bring about
      try {
        optim::checked(std::move(positive));
      } catch (const ValueError& error) {
        reader.fail("param_groups." + std::to_string(group) + ": " + error.what());
      }
      reader.then([this, group, options] { groups_[group].options = options; });
    }
  }

 private:
  std::vector<ParamGroup<Options>> groups_;
};

/// An optimizer whose step is an UpdateRule: all parameters in one call of fused_update_.
class WICK_API FusedOptimizer : public Optimizer {
 public:
  using Optimizer::step;
  void step() override;

 protected:
  FusedOptimizer() { counts_steps(); }
  /// What is remembered of one parameter.
  struct ParamState {
    std::array<Tensor, 3> averages = {};  ///< s0, s1, s2 of the rule; undefined before they exist
    int64_t step = 0;
    double mu_product = 1;  ///< NAdam's
  };
  /// Their names in a state dict.
  struct StateNames {
    std::array<std::string_view, 3> averages = {};
    size_t always = 0;  ///< so many of the averages every state has
    bool step = true;
    bool mu_product = false;
  };
  virtual StateNames state_names() const = 0;
  /// The next step of a parameter of `group`, whose state.step is that of this step already: sets
  /// rule and numbers, and creates the averages that the rule needs.
  virtual void plan(size_t group, ParamState& state, FusedUpdate& update) const = 0;
  /// Average `k`, made of `value` if there is none, in the parameter's dtype.
  static void need(ParamState& state, size_t k, const Tensor& param, double value = 0);

  void save_state(StateDict& state) const override;
  void load_state(StateReader& reader, const std::vector<int64_t>& ids) override;

 private:
  std::vector<ParamState> states_;  // of each parameter; may be shorter
};

}  // namespace wick::optim
