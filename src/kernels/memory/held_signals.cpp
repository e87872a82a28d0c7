#include "kernels/memory/held_signals.h"

#ifdef __linux__
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <signal.h>
#endif

namespace wick::kernels {

#ifdef __linux__
namespace {

constexpr uint64_t bit(int signal) { return uint64_t{1} << (signal - 1); }
constexpr uint64_t others =
    ~(bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGSYS));

/// Not pthread_sigmask, which lets through the signals that glibc itself sends to all threads, for
/// setuid() and pthread_cancel(): their handlers use the stack as others do.
void change_mask(int how, const uint64_t& set, uint64_t* before) {
  syscall(SYS_rt_sigprocmask, how, &set, before, sizeof(set));
}

}  // namespace

HeldSignals::HeldSignals(bool needed) : held_(needed) {
  if (held_) change_mask(SIG_BLOCK, others, &before_);
}

HeldSignals::~HeldSignals() {
  if (held_) change_mask(SIG_SETMASK, before_, nullptr);
}
#elif defined(__APPLE__)
static_assert(sizeof(sigset_t) <= sizeof(uint64_t));

HeldSignals::HeldSignals(bool needed) : held_(needed) {
  if (!held_) return;
  sigset_t others;
  sigfillset(&others);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
    sigdelset(&others, fault);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &others, &before);
  before_ = before;
}

HeldSignals::~HeldSignals() {
  if (!held_) return;
  const auto before = static_cast<sigset_t>(before_);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
#else
HeldSignals::HeldSignals(bool) {}
HeldSignals::~HeldSignals() = default;
#endif

}  // namespace wick::kernels
