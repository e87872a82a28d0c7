/// \file
/// Callback: std::function without its header, which would make every program that includes wick
/// compile a tenth of a second longer. HookHandle: what takes a registered function out again.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "wick/export.h"

namespace wick {

template <class Signature>
class Callback;

/// Holds any callable with that signature, or none. Copies share the callable.
template <class R, class... Args>
class Callback<R(Args...)> {
 public:
  Callback() = default;
  Callback(std::nullptr_t) {}
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Callback> && std::is_invocable_r_v<R, F&, Args...>)
      Callback(F&& f) {
    // A function by its name cannot be null, and comparing it is a warning.
    if constexpr (!std::is_function_v<std::remove_reference_t<F>> && requires { f == nullptr; })
      if (f == nullptr) return;
    using Held = std::decay_t<F>;
    held_ = std::make_shared<Held>(std::forward<F>(f));
    call_ = [](void* held, Args... args) -> R {
      return (*static_cast<Held*>(held))(std::forward<Args>(args)...);
    };
  }

  explicit operator bool() const { return held_ != nullptr; }
  /// Calls what it holds; there must be something.
  R operator()(Args... args) const { return call_(held_.get(), std::forward<Args>(args)...); }

 private:
  // Of void, so that no signature needs a std::shared_ptr of its own, which is slow to compile.
  std::shared_ptr<void> held_;
  R (*call_)(void* held, Args... args) = nullptr;
};

/// Takes a hook out again; what registers a hook gives one.
class WICK_API HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(Callback<void()> remove) : remove_(std::move(remove)) {}
  /// Does nothing if the hook, or what it was registered with, is gone.
  void remove();

 private:
  Callback<void()> remove_;
};

}  // namespace wick
