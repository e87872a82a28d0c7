#include "core/storage.h"

#include "core/check.h"
#include "core/pool.h"

namespace wick {
namespace {

[[noreturn]] void fail_to_allocate(int64_t bytes) {
  core::fail<Error>("can't allocate memory: you tried to allocate {} bytes", bytes);
}

}  // namespace

void core::check_memory(int64_t count, size_t size) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(count, static_cast<int64_t>(size), &bytes)) bytes = INT64_MAX;
  // More is refused at once: the kernel would hand it out and kill the process when it is touched.
  if (bytes > physical_memory()) fail_to_allocate(bytes);
}

Storage::Storage(int64_t bytes, Device device) : bytes_(bytes), device_(device), owned_(true) {
  if (device == Device::meta || bytes == 0) return;
  core::check_memory(bytes, 1);
  data_ = static_cast<char*>(core::allocate(bytes));
  if (!data_) fail_to_allocate(bytes);
}

Storage::~Storage() {
  if (owned_) core::deallocate(data_, bytes_);
}

}  // namespace wick
