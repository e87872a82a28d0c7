// Keeping signal handlers away from code whose stack pointer does not point to a stack.
#pragma once

#include <cstdint>

namespace wick::kernels {

/// While this lives, no handler runs on this thread for a signal from outside: it runs when this
/// ends. Faults of the thread's own (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS) get through,
/// for the system ends a process that blocks one when it comes. Two system calls, of 100 to 300 ns
/// each.
class HeldSignals {
 public:
  /// Does nothing unless `needed`.
  explicit HeldSignals(bool needed);
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  uint64_t before_ = 0;
  bool held_ = false;
};

}  // namespace wick::kernels
