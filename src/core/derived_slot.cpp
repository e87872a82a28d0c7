#include "core/derived_slot.h"

#include <utility>

#include "core/striped_mutex.h"

namespace wick {
namespace {

// Not std::atomic<std::shared_ptr>: the load of libstdc++ 12 unlocks without releasing what it
// read.
core::StripedMutex& derived_mutexes() { return kernels::one_for_all<core::StripedMutex>(); }

}  // namespace

std::shared_ptr<const Derived> DerivedSlot::load(const void* kind) const {
  const std::lock_guard lock(derived_mutexes().of(this));
  const std::shared_ptr<const Derived>* at = &first_;
  while (*at && (*at)->kind != kind) at = &(*at)->next;
  return *at;
}

void DerivedSlot::store(Derived derived) {
  std::shared_ptr<const Derived> before;  // goes after the lock
  const std::lock_guard lock(derived_mutexes().of(this));
  for (const Derived* other = first_.get(); other; other = other->next.get()) {
    if (other->kind == derived.kind || other->version != derived.version ||
        other->exposures != derived.exposures)
      continue;
    Derived kept = *other;
    kept.next = std::move(derived.next);
    derived.next = std::make_shared<const Derived>(std::move(kept));
  }
  before = std::exchange(first_, std::make_shared<const Derived>(std::move(derived)));
}

void DerivedSlot::clear() {
  std::shared_ptr<const Derived> before;  // goes after the lock
  const std::lock_guard lock(derived_mutexes().of(this));
  first_.swap(before);
}

}  // namespace wick
