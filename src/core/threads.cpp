#include "core/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "core/check.h"
#include "core/team.h"
#include "wick/device.h"
#include "wick/threads.h"

namespace wick {
namespace {

std::atomic<int> chosen_threads{0};  // 0: as OpenMP says
thread_local int threads_here = 0;   // 0: as chosen

void check_threads(const char* who, int threads) {
  constexpr int most = 1024;
  if (threads < 1 || threads > most)
    core::fail<ValueError>("{} expects 1 to {} threads, got {}", who, most, threads);
}

/// Keeps the first exception of a parallel region, which must not leave it.
class FirstError {
 public:
  void capture() noexcept {
    if (!taken_.test_and_set()) error_ = std::current_exception();
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic_flag taken_;
  std::exception_ptr error_;
};

}  // namespace

int get_num_threads() {
  if (core::team_is_lost()) return 1;
  if (threads_here > 0) return threads_here;
  const int chosen = chosen_threads.load(std::memory_order_relaxed);
  return chosen > 0 ? chosen : omp_get_max_threads();
}

void set_num_threads(int threads) {
  check_threads("set_num_threads", threads);
  chosen_threads.store(threads, std::memory_order_relaxed);
}

NumThreadsGuard::NumThreadsGuard(int threads) : before_(threads_here) {
  check_threads("NumThreadsGuard", threads);
  threads_here = threads;
}

NumThreadsGuard::~NumThreadsGuard() { threads_here = before_; }

namespace core {

void parallel_for(int64_t n, int64_t grain, FunctionRef<void(int64_t, int64_t)> body) {
  if (n <= 0) return;
  const int64_t grains = (n - 1) / std::max<int64_t>(grain, 1) + 1;
  const int64_t wanted = std::min<int64_t>(grains, get_num_threads());
  if (wanted <= 1 || omp_in_parallel()) return body(0, n);
  const int64_t parts = granted_threads(wanted, grains);
  if (parts <= 1) return body(0, n);
  const int64_t step = (n - 1) / parts + 1;
  FirstError error;
  const FloatModes modes = FloatModes::here();
  RegionClock clock;
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static)
  for (int64_t part = 0; part < parts; ++part) {
    const FloatModesGuard same(modes);
    try {
      const int64_t begin = part * step;
      if (begin < n) body(begin, std::min(n, begin + step));
    } catch (...) {
      error.capture();
    }
    if (omp_get_thread_num() == 0) clock.own_part_done();
  }
  clock.done();
  error.rethrow();
}

void parallel_tasks(int64_t n, int64_t grains, FunctionRef<void(int64_t)> body) {
  const int64_t wanted = std::min<int64_t>(n, get_num_threads());
  const int64_t threads =
      wanted <= 1 || omp_in_parallel() ? 1 : granted_threads(wanted, std::max(n, grains));
  if (threads <= 1) {
    for (int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  FirstError error;
  const FloatModes modes = FloatModes::here();
  RegionClock clock;
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(dynamic)
  for (int64_t i = 0; i < n; ++i) {
    const FloatModesGuard same(modes);
    try {
      body(i);
    } catch (...) {
      error.capture();
    }
    if (omp_get_thread_num() == 0) clock.own_part_done();
  }
  clock.done();
  error.rethrow();
}

}  // namespace core
}  // namespace wick
