// A few mutexes for many objects, which need none of their own then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/memory/fork_mutex.h"

namespace wick::core {

/// For static objects. Different objects may share a mutex: nobody may hold two of one set.
class StripedMutex {
 public:
  kernels::ForkMutex& of(const void* object) {
    return stripes_[reinterpret_cast<uintptr_t>(object) / 64 % stripes_.size()].mutex;
  }

 private:
  struct alignas(64) Stripe {
    kernels::ForkMutex mutex;
  };
  std::array<Stripe, 64> stripes_;
};

}  // namespace wick::core
