// What stands behind a wick::Generator, for the library's own use.
#pragma once

#include <mutex>

#include "kernels/memory/fork_mutex.h"
#include "kernels/random/random.h"
#include "wick/random.h"

namespace wick::core {

struct GeneratorState {
  kernels::ForkMutex mutex;
  kernels::RandomState random;
};

struct GeneratorAccess {
  static GeneratorState& state(const Generator& generator) { return *generator.state_; }
};

/// Holds a generator's lock for as long as it lives and gives its stream to the kernels:
///     core::GeneratorLock random(generator);
///     kernels::fill_uniform(*random, out, n, 0.0, 1.0);
class GeneratorLock {
 public:
  explicit GeneratorLock(const Generator& generator)
      : state_(GeneratorAccess::state(generator)), lock_(state_.mutex) {}

  kernels::RandomState& operator*() const { return state_.random; }

 private:
  GeneratorState& state_;
  std::lock_guard<kernels::ForkMutex> lock_;
};

}  // namespace wick::core
