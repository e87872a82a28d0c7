// The memory of tensors.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "wick/device.h"

namespace wick {

/// A block of memory, 64-byte aligned when wick allocated it. Meta storages have a size only.
class Storage {
 public:
  /// Allocates; throws Error if there is not enough memory.
  Storage(int64_t bytes, Device device);
  /// Refers to the caller's memory.
  Storage(void* data, int64_t bytes) : data_(static_cast<char*>(data)), bytes_(bytes) {}
  /// Refers to memory that `keeper` holds, such as a mapped file, and that only wick writes to.
  Storage(void* data, int64_t bytes, std::shared_ptr<const void> keeper)
      : data_(static_cast<char*>(data)), bytes_(bytes), keeper_(std::move(keeper)) {}
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  char* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void bump() { version_.fetch_add(1, std::memory_order_relaxed); }
  /// For a storage that was just made and filled: nobody has seen an earlier state.
  void restart() { version_.store(0, std::memory_order_relaxed); }
  /// Counts the pointers for writing that callers took: what they do with them goes unseen.
  uint64_t exposures() const { return exposures_.load(std::memory_order_relaxed); }
  void expose() { exposures_.fetch_add(1, std::memory_order_relaxed); }
  /// False for the caller's memory, which can change at any time.
  bool owned() const { return owned_ || keeper_; }

 private:
  char* data_ = nullptr;
  int64_t bytes_ = 0;
  Device device_ = Device::cpu;
  bool owned_ = false;
  std::shared_ptr<const void> keeper_;
  std::atomic<uint64_t> version_{0};
  std::atomic<uint64_t> exposures_{0};
};

namespace core {

/// Throws Error if `count` things of `size` bytes are more than the machine has memory for.
void check_memory(int64_t count, size_t size);

}  // namespace core
}  // namespace wick
