#include "kernels/memory/pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

#include <unistd.h>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernels/memory/fork_mutex.h"

// The sanitizers see what happens to a block only where it is freed for good.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WICK_KEEPS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define WICK_KEEPS_MEMORY 0
#endif
#endif
#ifndef WICK_KEEPS_MEMORY
#define WICK_KEEPS_MEMORY 1
#endif

namespace wick::kernels {
namespace {

constexpr bool keeps_memory = WICK_KEEPS_MEMORY;
constexpr int64_t alignment = 64;  // a cache line, and the widest vector
constexpr int64_t small_limit = int64_t{1} << 20;
constexpr int64_t huge_page = int64_t{1} << 21;

/// Blocks come in sizes of 64 bytes up to 1 KiB and in eighths of a power of two from there, so
/// that a block's size follows from what was asked for.
constexpr int64_t rounded(int64_t bytes) {
  if (bytes <= 1024) return std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  const auto step = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(bytes - 1)) / 8);
  return (bytes + step - 1) / step * step;
}

/// The place of a small block's size among all sizes.
constexpr size_t size_class(int64_t size) {
  if (size <= 1024) return static_cast<size_t>(size / alignment - 1);
  const int power = 63 - std::countl_zero(static_cast<uint64_t>(size - 1));  // 2^power < size
  const int64_t eighths = (size - (int64_t{1} << power)) >> (power - 3);     // 1 to 8
  return static_cast<size_t>(15 + (power - 10) * 8 + eighths);
}
constexpr size_t size_classes = size_class(small_limit) + 1;
static_assert(size_class(rounded(1024)) == 15 && size_class(rounded(1025)) == 16);
static_assert(size_class(rounded(2048)) == 23 && size_class(rounded(2049)) == 24);

void* from_system(int64_t size) noexcept {
  const bool many_pages = size >= 2 * huge_page;
  void* block = ::operator new(static_cast<size_t>(size),
                               std::align_val_t(many_pages ? huge_page : alignment), std::nothrow);
#ifdef MADV_HUGEPAGE
  // Advice only: fewer page faults and fewer misses of the address translation.
  if (block && many_pages) madvise(block, static_cast<size_t>(size), MADV_HUGEPAGE);
#endif
  return block;
}
void to_system(void* block, int64_t size) noexcept {
  ::operator delete(block, std::align_val_t(size >= 2 * huge_page ? huge_page : alignment));
}

struct FreeBlock {
  FreeBlock* next;
};

/// What a thread keeps. Without a destructor, so that it can be used until the thread is gone.
struct ThreadCache {
  std::array<FreeBlock*, size_classes> free;
  int64_t bytes;
  bool watched;  // a ThreadEnd will empty it
  bool closed;   // it has
};
constexpr int64_t thread_cache_limit = int64_t{8} << 20;
constinit thread_local ThreadCache thread_cache{};

/// The size whose class is `index`.
constexpr int64_t class_size(size_t index) {
  if (index < 16) return static_cast<int64_t>(index + 1) * alignment;
  const auto eighths = static_cast<int64_t>((index - 16) % 8 + 1);
  const auto base = int64_t{1024} << ((index - 16) / 8);
  return base + base / 8 * eighths;
}
static_assert(class_size(size_class(1024)) == 1024 && class_size(size_class(2304)) == 2304);
static_assert(class_size(size_classes - 1) == small_limit);

void empty(ThreadCache& cache) noexcept {
  for (size_t i = 0; i < size_classes; ++i) {
    while (FreeBlock* block = cache.free[i]) {
      cache.free[i] = block->next;
      to_system(block, class_size(i));
    }
  }
  cache.bytes = 0;
}

struct ThreadEnd {
  ThreadEnd() = default;
  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;
  ~ThreadEnd() {
    empty(thread_cache);
    thread_cache.closed = true;
  }
};

void watch_thread_end() {
  static thread_local const ThreadEnd end;
  thread_cache.watched = true;
}

/// The large blocks that are in no use, for all threads.
class LargeBlocks {
  struct Kept {
    void* block;
    int64_t size;
  };

 public:
  void* take(int64_t size) noexcept {
    const std::lock_guard lock(mutex_);
    for (size_t i = count_; i-- > 0;) {  // the last one freed is the likeliest in the cache
      if (kept_[i].size != size) continue;
      void* block = kept_[i].block;
      remove(i);
      return block;
    }
    return nullptr;
  }

  /// Keeps the block, in place of the oldest ones if need be, or frees it.
  void give(void* block, int64_t size) noexcept {
    while (true) {
      Kept old{block, size};
      {
        const std::lock_guard lock(mutex_);
        if (size <= limit_) {
          if (bytes_ + size <= limit_ && count_ < kept_.size()) {
            kept_[count_++] = old;
            bytes_ += size;
            return;
          }
          old = take_oldest();
        }
      }
      // Others need not wait for the system.
      to_system(old.block, old.size);
      if (old.block == block) return;
    }
  }

  void set_limit(int64_t bytes) noexcept {
    {
      const std::lock_guard lock(mutex_);
      limit_ = keeps_memory ? bytes : 0;
    }
    shrink(bytes);
  }

  /// Frees the oldest blocks until at most `most` bytes are kept.
  void shrink(int64_t most) noexcept {
    while (true) {
      Kept old;
      {
        const std::lock_guard lock(mutex_);
        if (bytes_ <= most) return;
        old = take_oldest();
      }
      to_system(old.block, old.size);
    }
  }

  int64_t bytes() noexcept {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  void remove(size_t i) noexcept {
    bytes_ -= kept_[i].size;
    std::copy(kept_.begin() + static_cast<ptrdiff_t>(i) + 1,
              kept_.begin() + static_cast<ptrdiff_t>(count_),
              kept_.begin() + static_cast<ptrdiff_t>(i));
    --count_;
  }
  Kept take_oldest() noexcept {
    const Kept old = kept_[0];
    remove(0);
    return old;
  }

  ForkMutex mutex_;
  std::array<Kept, 256> kept_{};  // oldest first
  size_t count_ = 0;
  int64_t bytes_ = 0;
  int64_t limit_ = keeps_memory ? std::min(int64_t{512} << 20, physical_memory() / 16) : 0;
};

// Never destroyed: static tensors of users may be freed after everything else.
LargeBlocks& large_blocks() {
  return made_once<[] {
    // In memory of its own: the first call may be the one for which there is none.
    alignas(LargeBlocks) static std::array<std::byte, sizeof(LargeBlocks)> memory;
    return new (memory.data()) LargeBlocks;
  }>();
}

/// False once the user wants nothing to be kept.
constinit std::atomic<bool> keeps_small{keeps_memory};

/// When there is no more: what is kept in other sizes may be what is missing.
void* from_system_at_last(int64_t size) noexcept {
  large_blocks().shrink(0);
  empty(thread_cache);
  return from_system(size);
}

}  // namespace

void* allocate(int64_t bytes) noexcept {
  const int64_t size = rounded(bytes);
  if (size > small_limit) {
    if (void* block = large_blocks().take(size)) return block;
    void* block = from_system(size);
    return block ? block : from_system_at_last(size);
  }
  FreeBlock*& first = thread_cache.free[size_class(size)];
  if (FreeBlock* block = first) {
    first = block->next;
    thread_cache.bytes -= size;
    return block;
  }
  void* block = from_system(size);
  return block ? block : from_system_at_last(size);
}

void deallocate(void* block, int64_t bytes) noexcept {
  if (!block) return;
  const int64_t size = rounded(bytes);
  if (size > small_limit) return large_blocks().give(block, size);
  ThreadCache& cache = thread_cache;
  if (cache.closed || !keeps_small.load(std::memory_order_relaxed)) return to_system(block, size);
  if (!cache.watched) watch_thread_end();
  // What fills the cache are sizes that are no longer asked for.
  if (cache.bytes + size > thread_cache_limit) empty(cache);
  FreeBlock*& first = cache.free[size_class(size)];
  first = new (block) FreeBlock{first};
  cache.bytes += size;
}

int64_t physical_memory() noexcept {
  return looked_up<[] {
    return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<int64_t>(sysconf(_SC_PAGE_SIZE));
  }>();
}

int64_t kept_memory() noexcept { return large_blocks().bytes(); }

void free_kept_memory() noexcept {
  large_blocks().shrink(0);
  empty(thread_cache);
#ifdef __GLIBC__
  malloc_trim(0);  // which else keeps pages for itself
#endif
}

void limit_kept_memory(int64_t bytes) noexcept {
  keeps_small = keeps_memory && bytes > 0;
  large_blocks().set_limit(bytes);
  if (bytes == 0) empty(thread_cache);
}

}  // namespace wick::kernels
