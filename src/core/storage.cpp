#include <unistd.h>

#include <cstdlib>
#include <new>

#include "core/check.h"
#include "core/tensor_impl.h"

namespace wick {
namespace {

constexpr size_t alignment = 64;  // a cache line, and the widest vector

/// Memory of the machine. More than that is refused at once: the kernel would hand it out and kill
/// the process when it is touched.
int64_t physical_memory() {
  static const int64_t bytes =
      static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<int64_t>(sysconf(_SC_PAGE_SIZE));
  return bytes;
}

[[noreturn]] void fail_to_allocate(int64_t bytes) {
  core::fail<Error>("can't allocate memory: you tried to allocate {} bytes", bytes);
}

}  // namespace

void core::check_memory(int64_t count, size_t size) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(count, static_cast<int64_t>(size), &bytes)) bytes = INT64_MAX;
  if (bytes > physical_memory()) fail_to_allocate(bytes);
}

Storage::Storage(int64_t bytes, Device device) : bytes_(bytes), device_(device), owned_(true) {
  if (device == Device::meta || bytes == 0) return;
  core::check_memory(bytes, 1);
  data_ = static_cast<char*>(
      ::operator new (static_cast<size_t>(bytes), std::align_val_t{alignment}, std::nothrow));
  if (!data_) fail_to_allocate(bytes);
}

Storage::~Storage() {
  if (owned_ && data_) ::operator delete (data_, std::align_val_t{alignment});
}

}  // namespace wick
