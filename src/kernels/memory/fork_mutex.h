// Mutexes that no fork() leaves locked.
#pragma once

#include <atomic>
#include <mutex>

namespace wick::kernels {

/// A mutex for what all threads share. fork() waits until no thread holds one, for a child has only
/// the thread that called fork(), and what the others held would stay locked there for ever.
/// Nobody may make, destroy or wait for a fork() while holding one.
class ForkMutex {
 public:
  ForkMutex();
  ~ForkMutex();
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  void lock() {
    if (fork_waits_.load(std::memory_order_relaxed)) let_fork();
    mutex_.lock();
  }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  friend struct AllForkMutexes;
  static void let_fork();
  static std::atomic<bool> fork_waits_;
  std::mutex mutex_;
  ForkMutex* before_ = nullptr;
  ForkMutex* next_ = nullptr;
};

/// While one lives, no fork() happens: its thread is making an object that all threads share. May
/// be nested.
class MakingShared {
 public:
  MakingShared();
  ~MakingShared();
  MakingShared(const MakingShared&) = delete;
  MakingShared& operator=(const MakingShared&) = delete;
};

/// What `make` returned a pointer to when it was first called, here or by another thread: a static
/// object of a function that is never destroyed, as threads and static objects of the user may
/// outlive any order. To be used in place of `static T& x = *new T`, whose guard stays locked for
/// ever in a child if another thread was making the object at a fork().
template <auto make>
auto& made_once() {
  using Pointer = decltype(make());
  static constinit std::atomic<Pointer> made{nullptr};
  if (const Pointer done = made.load(std::memory_order_acquire)) return *done;
  const MakingShared making;
  static const Pointer only = make();
  made.store(only, std::memory_order_release);
  return *only;
}

/// The pointer or number that `look_up` returns, asked for once, or by several threads at the same
/// time: for what is cheap to find, always the same, and not null or 0.
template <auto look_up>
auto looked_up() {
  static constinit std::atomic<decltype(look_up())> known{};
  auto found = known.load(std::memory_order_relaxed);
  if (!found) known.store(found = look_up(), std::memory_order_relaxed);
  return found;
}

/// made_once() of a default-constructed T.
template <class T>
T& one_for_all() {
  return made_once<[] { return new T; }>();
}

}  // namespace wick::kernels
