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

}  // namespace wick::kernels
