#include "core/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "core/check.h"
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
  grain = std::max<int64_t>(grain, 1);
  const int64_t parts = std::min<int64_t>((n - 1) / grain + 1, get_num_threads());
  if (parts <= 1 || omp_in_parallel()) return body(0, n);
  const int64_t step = (n - 1) / parts + 1;
  FirstError error;
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static)
  for (int64_t part = 0; part < parts; ++part) {
    try {
      const int64_t begin = part * step;
      if (begin < n) body(begin, std::min(n, begin + step));
    } catch (...) {
      error.capture();
    }
  }
  error.rethrow();
}

void parallel_tasks(int64_t n, FunctionRef<void(int64_t)> body) {
  const int64_t threads = std::min<int64_t>(n, get_num_threads());
  if (threads <= 1 || omp_in_parallel()) {
    for (int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  FirstError error;
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(dynamic)
  for (int64_t i = 0; i < n; ++i) {
    try {
      body(i);
    } catch (...) {
      error.capture();
    }
  }
  error.rethrow();
}

}  // namespace core
}  // namespace wick
