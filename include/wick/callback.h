/// \file
/// Callback: std::function without its header, which would make every program that includes wick
/// compile a tenth of a second longer. HookHandle: what takes a registered function out again.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

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
    if constexpr (requires { f == nullptr; })
      if (f == nullptr) return;
    held_ = std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(f));
  }

  explicit operator bool() const { return held_ != nullptr; }
  /// Calls what it holds; there must be something.
  R operator()(Args... args) const { return held_->call(std::forward<Args>(args)...); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Holder : Base {
    explicit Holder(F f) : function(std::move(f)) {}
    R call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };
  std::shared_ptr<Base> held_;
};

/// Takes a hook out again; what registers a hook gives one.
class HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(Callback<void()> remove) : remove_(std::move(remove)) {}
  /// Does nothing if the hook, or what it was registered with, is gone.
  void remove() {
    if (remove_) std::exchange(remove_, nullptr)();
  }

 private:
  Callback<void()> remove_;
};

}  // namespace wick
