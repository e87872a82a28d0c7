// Watching the calls of modules on a thread, whatever they are and however they are nested.
#pragma once

#include "wick/nn/module_base.h"

namespace wick::nn {

/// While it lives, it is told of every call of a module on this thread. One at a time watches; an
/// inner one replaces an outer one for a while.
class CallObserver {
 public:
  CallObserver() : before_(current_) { current_ = this; }
  virtual ~CallObserver() { current_ = before_; }
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

  virtual void enter(const ModuleBase& module, TensorRefs inputs) = 0;
  /// Not called if the module throws.
  virtual void leave(const ModuleBase& module, TensorRefs inputs, TensorRefs outputs) = 0;

  /// The one that watches this thread, or null.
  static CallObserver* current() { return current_; }

 private:
  inline static thread_local CallObserver* current_ = nullptr;
  CallObserver* before_;
};

}  // namespace wick::nn
