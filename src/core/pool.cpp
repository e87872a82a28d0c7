#include "core/pool.h"

#include <new>

#include "core/check.h"
#include "wick/memory.h"

namespace wick {

void core::fail_bad_alloc() { throw std::bad_alloc(); }

int64_t cached_memory() { return kernels::kept_memory(); }

void empty_cache() { kernels::free_kept_memory(); }

void set_cache_limit(int64_t bytes) {
  if (bytes < 0) core::fail<ValueError>("set_cache_limit expects at least 0 bytes, got {}", bytes);
  kernels::limit_kept_memory(bytes);
}

}  // namespace wick
