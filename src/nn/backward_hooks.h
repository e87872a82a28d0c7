// The hooks of a module that look at the gradients of its calls.
#pragma once

#include <memory>
#include <span>

#include "nn/hooks.h"
#include "wick/nn/module_base.h"

namespace wick::nn {

/// The backward hooks around one call.
class BackwardHooks {
 public:
  /// Of the module that `hooks` are registered on.
  explicit BackwardHooks(const std::shared_ptr<Hooks>& hooks);
  /// Puts what notices their gradients in the place of the inputs, before forward.
  void watch_inputs(TensorRefs inputs);
  /// The same for the outputs, after forward and the hooks that run then.
  void watch_outputs(TensorRefs outputs);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wick::nn
