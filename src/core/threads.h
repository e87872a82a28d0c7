// The one place where teams of threads are started. (A thread by itself is in data/prefetcher.cpp.)
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace wick::core {

/// A reference to a callable, for parameters: no allocation, no ownership.
template <class Signature>
class FunctionRef;
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& f)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::add_pointer_t<std::remove_reference_t<F>>>(object))(
              static_cast<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, static_cast<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// Calls body(begin, end) on parts of [0, n), on several threads if n > grain and no region is
/// running already. Parts are about equal, and at least half of `grain` long (but for the last);
/// `grain` positions should be worth about 5 us. An exception in a part is rethrown here. What a
/// part computes must not depend on where the parts are cut. All threads compute in the caller's
/// floating-point modes (rounding, denormals). In a child of fork(), and while other programs have
/// the cores, the caller may do everything itself: see core/team.h.
void parallel_for(int64_t n, int64_t grain, FunctionRef<void(int64_t, int64_t)> body);

/// As above, but the parts are single indices handed out as threads become free: for few, large
/// pieces of work, which together are worth `grains` times 5 us (n times where that is more).
void parallel_tasks(int64_t n, int64_t grains, FunctionRef<void(int64_t)> body);
inline void parallel_tasks(int64_t n, FunctionRef<void(int64_t)> body) {
  parallel_tasks(n, n, body);
}

}  // namespace wick::core
