#include "core/team.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#if __has_include(<pthread.h>)
#include <pthread.h>
#include <sys/stat.h>
#define WICK_FORKS 1
#endif
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace wick::core {

// == Floating-point modes =========================================================================

#if defined(__SSE__)
namespace {
constexpr unsigned exceptions_so_far = 0x3F;  // which are no mode
}
FloatModes FloatModes::here() {
  FloatModes modes;
  modes.bits_ = _mm_getcsr() & ~exceptions_so_far;
  return modes;
}
void FloatModes::apply() const {
  _mm_setcsr((_mm_getcsr() & exceptions_so_far) | static_cast<unsigned>(bits_));
}
#elif defined(__aarch64__)
FloatModes FloatModes::here() {
  FloatModes modes;
  __asm__ volatile("mrs %0, fpcr" : "=r"(modes.bits_));
  return modes;
}
void FloatModes::apply() const { __asm__ volatile("msr fpcr, %0" : : "r"(bits_)); }
#else
FloatModes FloatModes::here() { return {}; }
void FloatModes::apply() const {}
#endif

// == After fork() =================================================================================

namespace {

thread_local bool lost = false;

#ifdef WICK_FORKS
/// Threads of this process, or -1 where the system does not say.
int64_t threads_of_process() {
  struct stat tasks {};
  if (stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink < 3) return -1;
  return static_cast<int64_t>(tasks.st_nlink) - 2;
}

bool had_others = false;  // written by the thread that forks, while other forks wait

[[maybe_unused]] const int watching_forks = pthread_atfork(
    [] { had_others = threads_of_process() != 1; }, nullptr, [] { lost = lost || had_others; });
#else
int64_t threads_of_process() { return -1; }
#endif

}  // namespace

bool team_is_lost() { return lost; }

// == Threads that cannot be started ===============================================================

namespace {

using Clock = std::chrono::steady_clock;

/// How many threads, of `wanted`, the system starts at once. OpenMP ends the process where one of
/// its threads cannot be started, so this finds out before.
int64_t startable(int64_t wanted) {
  const int64_t before = threads_of_process();
  std::atomic<bool> end{false};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(wanted));
  try {
    while (static_cast<int64_t>(threads.size()) < wanted)
      threads.emplace_back([&] { end.wait(false); });
  } catch (const std::system_error&) {
    // So many.
  }
  end = true;
  end.notify_all();
  for (std::thread& thread : threads) thread.join();
  // They count against the process's limit until the system has forgotten them.
  const auto patience = Clock::now() + std::chrono::milliseconds(200);
  while (before > 0 && threads_of_process() > before && Clock::now() < patience)
    std::this_thread::yield();
  return static_cast<int64_t>(threads.size());
}

/// A team of at most `wanted` that can be started from this thread.
int64_t possible_team(int64_t wanted) {
  thread_local int64_t proven = 1;
  thread_local Clock::time_point again{};
  if (wanted <= proven) return wanted;
  if (again != Clock::time_point{} && Clock::now() < again) return proven;
  const int64_t started = startable(wanted);  // one more than are needed, for others start some too
  if (started == wanted)
    again = {};
  else
    again = Clock::now() + std::chrono::seconds(1);
  proven = std::max(proven, started);
  return std::min(wanted, proven);
}

// == Threads that wait for a core =================================================================

/// Until then, in Clock's ticks, work of fewer grains is done by one thread.
std::atomic<Clock::rep> one_thread_until{0};
std::atomic<int64_t> large_work{0};
std::atomic<int> always{0};

}  // namespace

AlwaysTeams::AlwaysTeams() { ++always; }
AlwaysTeams::~AlwaysTeams() { --always; }

int64_t granted_threads(int64_t wanted, int64_t grains) {
  if (wanted <= 1 || lost) return 1;
  if (const auto until = one_thread_until.load(std::memory_order_relaxed);
      until != 0 && always.load(std::memory_order_relaxed) == 0 &&
      grains < large_work.load(std::memory_order_relaxed)) {
    if (Clock::now().time_since_epoch().count() < until) return 1;
    one_thread_until.store(0, std::memory_order_relaxed);
  }
  return possible_team(wanted);
}

void RegionClock::done() const {
  // A core comes back after milliseconds; waking a thread takes tens of microseconds.
  constexpr std::chrono::microseconds patience{250};
  const auto now = Clock::now();
  const auto waited = now - own_;
  // Nothing is wrong where the others had more to do than the caller.
  if (waited < patience || waited < 2 * (own_ - start_)) return;
  // Work that takes longer than the wait gets its team all the same; a grain is 2 to 10 us.
  constexpr std::chrono::microseconds grain{2};
  large_work.store(waited / grain, std::memory_order_relaxed);
  // What trying again costs should stay a small part of the time.
  constexpr int times = 32;
  const auto until = now + std::min<Clock::duration>(times * waited, std::chrono::seconds(5));
  one_thread_until.store(until.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace wick::core
