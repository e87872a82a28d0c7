#include "wick/callback.h"

namespace wick {

void HookHandle::remove() {
  if (remove_) std::exchange(remove_, nullptr)();
}

}  // namespace wick
