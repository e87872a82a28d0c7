#include "core/flop_counter.h"

#include <algorithm>
#include "wick/flop_counter.h"
namespace wick {
namespace {

// Of this thread since it began; unsigned, so that it may wrap around.
thread_local uint64_t multiply_adds_so_far = 0;

}  // namespace

void core::count_multiply_adds(int64_t results, int64_t terms) {
  constexpr int64_t most = INT64_MAX / 4;  // shapes on meta may be as large as one likes
  int64_t count = 0;
  if (__builtin_mul_overflow(results, terms, &count)) count = most;
  multiply_adds_so_far += static_cast<uint64_t>(std::min(count, most));
}

FlopCounter::FlopCounter() : start_(multiply_adds_so_far) {}
int64_t FlopCounter::multiply_adds() const {
  return static_cast<int64_t>(std::min(multiply_adds_so_far - start_, uint64_t{INT64_MAX} / 2));
}

}  // namespace wick
