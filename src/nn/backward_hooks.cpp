#include "nn/backward_hooks.h"

#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/warning.h"

namespace wick::nn {

/// What the two ends of a call tell each other in backward. As in PyTorch, each end is an operation
/// that returns its arguments and whose derivative runs the hooks.
struct BackwardHooks::State {
  std::weak_ptr<Hooks> hooks;  // the module may be gone by then
  size_t inputs = 0;           // how many there are
  bool needs_input_gradients = false;
  std::vector<Tensor> grad_outputs;

  /// The gradients of the outputs are there.
  std::vector<Tensor> outputs_done(std::vector<Tensor> grads) {
    const std::shared_ptr<Hooks> alive = hooks.lock();
    if (!alive) return grads;
    const ModuleBase& module = *alive->owner;
    for (const auto& [id, hook] : HookList<BackwardPreHook>(alive->before_backward))
      replace(grads, hook(module, grads), "pre hook returned an invalid number of grad_output");
    if (needs_input_gradients) {
      grad_outputs = grads;
      return grads;
    }
    if (!alive->after_backward.empty())
      warn(
          "hooks",
          "Full backward hook is firing when gradients are computed with respect to module outputs "
          "since no inputs require gradients.");
    for (const auto& [id, hook] : HookList<BackwardHook>(alive->after_backward))
      for (const Tensor& grad : hook(module, std::vector<Tensor>(inputs), grads))
        if (grad.defined())
          throw Error(
              "Backward hook for Modules where no input requires gradient should always return "
              "None "
              "or None for all gradients.");
    return grads;
  }

  /// The gradients of the inputs are there.
  std::vector<Tensor> inputs_done(std::vector<Tensor> grads) {
    const std::shared_ptr<Hooks> alive = hooks.lock();
    // Without gradients of outputs, those of the inputs came another way than through forward.
    if (!alive || grad_outputs.empty()) return grads;
    const std::vector<Tensor> outputs = std::exchange(grad_outputs, {});
    for (const auto& [id, hook] : HookList<BackwardHook>(alive->after_backward))
      replace(grads, hook(*alive->owner, grads, outputs),
              "hook returned an invalid number of grad_input");
    return grads;
  }

  static void replace(std::vector<Tensor>& grads, std::vector<Tensor> given,
                      std::string_view what) {
    if (given.empty()) return;
    if (given.size() != grads.size())
      throw Error(
          fmt::format("Backward {}, got {}, but expected {}", what, given.size(), grads.size()));
    grads = std::move(given);
  }
};

namespace {

using Derivative = Callback<std::vector<Tensor>(const std::vector<Tensor>& grads)>;

/// Puts tensors with the same elements in the place of those that need a gradient. `derivative`
/// gets the gradients of all, undefined where there is none, and gives what becomes of them. False
/// where none needs one.
bool watch(TensorRefs tensors, const Derivative& derivative) {
  if (!is_grad_enabled()) return false;
  std::vector<size_t> places;
  std::vector<Tensor> before, after;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].defined() && tensors[i].requires_grad()) {
      places.push_back(i);
      before.push_back(tensors[i]);
      after.push_back(tensors[i].detach());
    }
  if (places.empty()) return false;
  const auto spread = [derivative, places, count = tensors.size()](const std::vector<Tensor>& grads,
                                                                   const std::vector<bool>&) {
    std::vector<Tensor> all(count);
    for (size_t i = 0; i < places.size(); ++i) all[places[i]] = grads[i];
    all = derivative(all);
    std::vector<Tensor> wanted;
    for (const size_t place : places) wanted.push_back(all[place]);
    return wanted;
  };
  after = autograd::record("BackwardHookFunctionBackward", std::move(after),
                           autograd::jointly(before, spread));
  for (size_t i = 0; i < places.size(); ++i) tensors[places[i]] = after[i];
  return true;
}

}  // namespace

BackwardHooks::BackwardHooks(const std::shared_ptr<Hooks>& hooks)
    : state_(std::make_shared<State>()) {
  state_->hooks = hooks;
}

void BackwardHooks::watch_inputs(TensorRefs inputs) {
  state_->inputs = inputs.size();
  state_->needs_input_gradients = watch(
      inputs, [s = state_](const std::vector<Tensor>& grads) { return s->inputs_done(grads); });
}

void BackwardHooks::watch_outputs(TensorRefs outputs) {
  watch(outputs, [s = state_](const std::vector<Tensor>& grads) { return s->outputs_done(grads); });
}

}  // namespace wick::nn
