#include "kernels/fork_mutex.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <new>
#include <thread>

#if __has_include(<pthread.h>)
#include <pthread.h>
#define WICK_FORKS 1
#endif

namespace wick::kernels {

/// All that there are, in a list.
struct AllForkMutexes {
  static AllForkMutexes& get() {
    // Never destroyed, for mutexes of static objects may go later, and in memory of its own, for
    // the pool's mutex may be made when there is no other.
    alignas(AllForkMutexes) static std::array<std::byte, sizeof(AllForkMutexes)> memory;
    static auto* all = [] {
      auto* made = new (memory.data()) AllForkMutexes;
#ifdef WICK_FORKS
      pthread_atfork([] { get().lock_all(); }, [] { get().unlock_all(); },
                     [] { get().unlock_all(); });
#endif
      return made;
    }();
    return *all;
  }

  void add(ForkMutex& m) {
    const std::lock_guard lock(mutex);
    m.next_ = first;
    if (first) first->before_ = &m;
    first = &m;
  }
  void remove(ForkMutex& m) {
    const std::lock_guard lock(mutex);
    (m.before_ ? m.before_->next_ : first) = m.next_;
    if (m.next_) m.next_->before_ = m.before_;
  }

  /// Threads take these in orders of their own: who cannot have all at once gives back what it has.
  void lock_all() {
    ForkMutex::fork_waits_ = true;  // else threads that lock again and again leave no moment
    while (!try_lock_all()) std::this_thread::yield();
    ForkMutex::fork_waits_ = false;  // the child sees that too
  }
  bool try_lock_all() {
    mutex.lock();
    for (ForkMutex* m = first; m; m = m->next_) {
      if (m->try_lock()) continue;
      for (ForkMutex* held = first; held != m; held = held->next_) held->unlock();
      mutex.unlock();
      return false;
    }
    return true;
  }
  void unlock_all() {
    for (ForkMutex* m = first; m; m = m->next_) m->unlock();
    mutex.unlock();
  }

  std::mutex mutex;
  ForkMutex* first = nullptr;
};

std::atomic<bool> ForkMutex::fork_waits_{false};

void ForkMutex::let_fork() {
  // Not for ever: this thread may hold another mutex, which fork() waits for.
  for (int i = 0; i < 100 && fork_waits_.load(std::memory_order_relaxed); ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(20));
}

ForkMutex::ForkMutex() { AllForkMutexes::get().add(*this); }
ForkMutex::~ForkMutex() { AllForkMutexes::get().remove(*this); }

}  // namespace wick::kernels
