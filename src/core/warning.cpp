#include "wick/warning.h"

#include <atomic>
#include <mutex>
#include <utility>

#include "kernels/memory/fork_mutex.h"

namespace wick {

struct WarningState {
  kernels::ForkMutex mutex;
  WarningHandler handler;                 // under the mutex
  std::atomic<bool> has_handler = false;  // without it, which most calls get by with

  static WarningState& shared() { return kernels::one_for_all<WarningState>(); }
  static const WarningGuard*& guard() {
    thread_local const WarningGuard* innermost = nullptr;
    return innermost;
  }
  /// Whether a handler is running on this thread.
  static bool& handling() {
    thread_local bool running = false;
    return running;
  }
  /// The handler that this thread's warnings go to.
  static WarningHandler current() {
    if (handling()) return {};
    if (const WarningGuard* innermost = guard()) return innermost->handler_;
    WarningState& state = shared();
    if (!state.has_handler.load(std::memory_order_acquire)) return {};
    const std::lock_guard lock(state.mutex);
    return state.handler;
  }
};

namespace {

/// Marks that a handler runs, while it lives.
struct Handling {
  Handling() { WarningState::handling() = true; }
  ~Handling() { WarningState::handling() = false; }
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;
};

}  // namespace

std::string Warning::to_string() const { return "warning: " + message; }

WarningHandler set_warning_handler(WarningHandler handler) {
  WarningState& state = WarningState::shared();
  const std::lock_guard lock(state.mutex);
  state.has_handler.store(static_cast<bool>(handler), std::memory_order_release);
  return std::exchange(state.handler, std::move(handler));
}

WarningGuard::WarningGuard(WarningHandler handler)
    : handler_(std::move(handler)), before_(std::exchange(WarningState::guard(), this)) {}
WarningGuard::~WarningGuard() { WarningState::guard() = before_; }

void warn(std::string_view category, std::string_view message) {
  const WarningHandler handler = WarningState::current();
  if (!handler) return;
  const Handling running;
  handler({std::string(category), std::string(message)});
}

bool hears_warnings() { return static_cast<bool>(WarningState::current()); }

}  // namespace wick
