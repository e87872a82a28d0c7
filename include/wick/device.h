/// \file
/// Where a tensor's elements are, and how many threads work on them.
#pragma once

#include <cstdint>
#include <string_view>

#include "wick/export.h"

namespace wick {

/// `cpu`: elements in memory. `meta`: a shape, strides and a dtype but no elements; every op works
/// on meta tensors and gives the shape its result would have (PyTorch's meta device).
enum class Device : uint8_t { cpu, meta };

inline constexpr Device cpu = Device::cpu;    ///< elements in memory
inline constexpr Device meta = Device::meta;  ///< a shape without elements

/// "cpu" or "meta".
WICK_API std::string_view name(Device device);

/// Where new tensors go that do not say: cpu, unless a DeviceGuard lives on this thread.
WICK_API Device default_device();

/// Tensors that this thread creates while it lives go to `device`, as with `with
/// torch.device(...)`: `DeviceGuard guard(meta); nn::Linear(1 << 20, 1 << 20)` builds a model
/// without a byte of weights.
class WICK_API DeviceGuard {
 public:
  explicit DeviceGuard(Device device);
  ~DeviceGuard();
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;

 private:
  Device before_;
};

/// How many threads large operations use: at first as OpenMP says, OMP_NUM_THREADS or else the
/// processors that this process may use; under a NumThreadsGuard what the guard says; 1 in a child
/// of fork() on the thread that forked (wick/threads.h). The results of an operation have the same
/// bits for any number of threads.
WICK_API int get_num_threads();
/// Sets the number of threads; throws ValueError unless 1 <= threads <= 1024.
WICK_API void set_num_threads(int threads);

}  // namespace wick
