#include "kernels/memory/fork_mutex.h"

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
    int none = 0;
    if (!makers.compare_exchange_strong(none, forking)) return false;
    mutex.lock();
    for (ForkMutex* m = first; m; m = m->next_) {
      if (m->try_lock()) continue;
      for (ForkMutex* held = first; held != m; held = held->next_) held->unlock();
      mutex.unlock();
      makers = 0;
      return false;
    }
    return true;
  }
  void unlock_all() {
    for (ForkMutex* m = first; m; m = m->next_) m->unlock();
    mutex.unlock();
    makers = 0;
  }

  /// How many objects are being made, or that a fork() is going on. Not a std::shared_mutex, in
  /// which threads that wait leave a mark that a child keeps.
  static constinit std::atomic<int> makers;
  static constexpr int forking = -1;
  std::mutex mutex;
  ForkMutex* first = nullptr;
};

constinit std::atomic<int> AllForkMutexes::makers{0};
constinit std::atomic<bool> ForkMutex::fork_waits_{false};

namespace {

/// Before the first thread is started, so that none is making it when another one forks.
[[maybe_unused]] const AllForkMutexes& made_at_start = AllForkMutexes::get();

}  // namespace

void ForkMutex::let_fork() {
  // Not for ever: this thread may hold another mutex, which fork() waits for.
  for (int i = 0; i < 100 && fork_waits_.load(std::memory_order_relaxed); ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(20));
}

MakingShared::MakingShared() {
  int others = 0;
  while (!AllForkMutexes::makers.compare_exchange_weak(others, others + 1)) {
    if (others != AllForkMutexes::forking) continue;
    others = 0;
    std::this_thread::yield();
  }
}
MakingShared::~MakingShared() { --AllForkMutexes::makers; }

ForkMutex::ForkMutex() { AllForkMutexes::get().add(*this); }
ForkMutex::~ForkMutex() { AllForkMutexes::get().remove(*this); }

}  // namespace wick::kernels
