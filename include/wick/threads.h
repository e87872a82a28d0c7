/// \file
/// How many threads the operations of one thread use; for all threads see set_num_threads in
/// wick/device.h.
///
/// Threads of an operation. All of them round and flush denormals as the calling thread does. Work
/// of microseconds is done by the caller alone for a while after the others of its team had to wait
/// for a core, which other programs or threads had; where the system can start no more threads,
/// there are fewer. Signals find their handlers a little later while a thread multiplies matrices
/// with a oneDNN older than 3.11.2, whose kernels would let a handler write into tensors.
///
/// After fork(). In the child, operations on the thread that called fork() use that thread alone
/// (get_num_threads() is 1) if the parent had other threads: they stay with the parent, and OpenMP
/// would wait for them. Threads that the child starts have teams as usual. fork() waits until no
/// thread holds a lock of the library, so the child can use all of it: memory, the generators,
/// gradients, and a DataLoader's epoch under way, which goes on without its thread.
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
