// What keeps deeply nested modules from using up the stack.
#pragma once

#include <cstdint>

#include "wick/nn/visitor.h"

namespace wick::nn {

/// Counts in `depth`, a thread's own, while it lives; throws Error beyond max_module_nesting.
class NestingScope {
 public:
  explicit NestingScope(int64_t& depth) : depth_(depth) {
    if (depth_ >= max_module_nesting) fail();
    ++depth_;
  }
  ~NestingScope() { --depth_; }
  NestingScope(const NestingScope&) = delete;
  NestingScope& operator=(const NestingScope&) = delete;

  [[noreturn]] static void fail();

 private:
  int64_t& depth_;
};

/// Whether `inner` is a module somewhere below `outer`.
bool is_inside(const ModuleBase& inner, const ModuleBase& outer);

/// Throws Error: an AnyModule is empty.
[[noreturn]] void fail_moved_out();

}  // namespace wick::nn
