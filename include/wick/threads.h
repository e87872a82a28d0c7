/// \file
/// How many threads the operations of one thread use; for all threads see set_num_threads in
/// wick/device.h.
#pragma once

#include "wick/export.h"

namespace wick {

/// Operations that this thread calls while it lives use `threads` threads, whatever
/// set_num_threads says. For programs that start threads of their own, which would otherwise each
/// get a team as large as the machine (PyTorch calls `torch.set_num_threads(1)` in its workers):
///
///     std::thread worker([&] {
///       wick::NumThreadsGuard alone(1);
///       y = model(x);  // the same bits as with any number of threads
///     });
class WICK_API NumThreadsGuard {
 public:
  /// Throws ValueError unless 1 <= threads <= 1024.
  explicit NumThreadsGuard(int threads);
  ~NumThreadsGuard();
  NumThreadsGuard(const NumThreadsGuard&) = delete;
  NumThreadsGuard& operator=(const NumThreadsGuard&) = delete;

 private:
  int before_;
};

}  // namespace wick
