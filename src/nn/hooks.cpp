#include "nn/hooks.h"

#include "wick/format.h"
#include "wick/nn/module.h"

namespace wick::nn {
namespace {

/// Puts `hook` into the list `where` of `hooks`; the handle takes it out again, if they still
/// exist.
template <class Hook>
HookHandle add(const std::shared_ptr<Hooks>& hooks, HookList<Hook> Hooks::*where, Hook hook,
               std::string_view function, HookOptions options = {}) {
  if (!hook) throw ValueError(fmt::format("{} expects a function, got an empty one", function));
  const uint64_t id = hooks->next_id++;
  auto& list = (*hooks).*where;
  list.emplace(options.prepend ? list.begin() : list.end(), id, std::move(hook));
  return HookHandle([weak = std::weak_ptr<Hooks>(hooks), where, id] {
    if (const std::shared_ptr<Hooks> alive = weak.lock())
      std::erase_if((*alive).*where, [id](const auto& entry) { return entry.first == id; });
  });
}

}  // namespace

Tensor& TensorRefs::operator[](size_t index) const {
  if (index >= size())
    throw IndexError(fmt::format("index {} is out of range: the call has {} tensor{}", index,
                                 size(), size() == 1 ? "" : "s"));
  return *tensors_[index];
}

const std::shared_ptr<Hooks>& ModuleBase::hooks() {
  if (!hooks_) {
    hooks_ = std::make_shared<Hooks>();
    hooks_->owner = this;
  }
  return hooks_;
}

bool ModuleBase::has_hooks() const {
  return hooks_ && !(hooks_->before.empty() && hooks_->after.empty() &&
                     hooks_->before_backward.empty() && hooks_->after_backward.empty());
}

HookHandle ModuleBase::register_call_pre_hook(CallPreHook hook, HookOptions options) {
  return add(hooks(), &Hooks::before, std::move(hook), "register_call_pre_hook", options);
}
HookHandle ModuleBase::register_call_hook(CallHook hook, HookOptions options) {
  return add(hooks(), &Hooks::after, std::move(hook), "register_call_hook", options);
}
HookHandle ModuleBase::register_full_backward_pre_hook(BackwardPreHook hook, HookOptions options) {
  return add(hooks(), &Hooks::before_backward, std::move(hook), "register_full_backward_pre_hook",
             options);
}
HookHandle ModuleBase::register_full_backward_hook(BackwardHook hook, HookOptions options) {
  return add(hooks(), &Hooks::after_backward, std::move(hook), "register_full_backward_hook",
             options);
}
HookHandle ModuleBase::register_state_dict_pre_hook(StateDictPreHook hook) {
  return add(hooks(), &Hooks::before_state, std::move(hook), "register_state_dict_pre_hook");
}
HookHandle ModuleBase::register_state_dict_post_hook(StateDictHook hook) {
  return add(hooks(), &Hooks::after_state, std::move(hook), "register_state_dict_post_hook");
}
HookHandle ModuleBase::register_load_state_dict_pre_hook(LoadPreHook hook) {
  return add(hooks(), &Hooks::before_load, std::move(hook), "register_load_state_dict_pre_hook");
}
HookHandle ModuleBase::register_load_state_dict_post_hook(LoadHook hook) {
  return add(hooks(), &Hooks::after_load, std::move(hook), "register_load_state_dict_post_hook");
}

void ModuleBase::require_layer(std::string_view function) const {
  if (!as_layer())
    throw TypeError(fmt::format(
        "{}: {} is no module with one tensor in and one out; register_{} sees all its tensors",
        function, type_name(),
        function.find("pre") == function.npos ? "call_hook" : "call_pre_hook"));
}

HookHandle ModuleBase::register_forward_pre_hook(ForwardPreHook hook, HookOptions options) {
  if (!hook) throw ValueError("register_forward_pre_hook expects a function, got an empty one");
  require_layer("register_forward_pre_hook");
  return register_call_pre_hook(
      [hook = std::move(hook)](const ModuleBase& module, TensorRefs inputs) {
        Tensor replaced = hook(static_cast<const Module&>(module), inputs[0]);
        if (replaced.defined()) inputs[0] = std::move(replaced);
      },
      options);
}

HookHandle ModuleBase::register_forward_hook(ForwardHook hook, HookOptions options) {
  if (!hook) throw ValueError("register_forward_hook expects a function, got an empty one");
  require_layer("register_forward_hook");
  return register_call_hook(
      [hook = std::move(hook)](const ModuleBase& module, TensorRefs inputs, TensorRefs outputs) {
        Tensor replaced = hook(static_cast<const Module&>(module), inputs[0], outputs[0]);
        if (replaced.defined()) outputs[0] = std::move(replaced);
      },
      options);
}

}  // namespace wick::nn
