// What is registered on a module.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "wick/nn/hooks.h"

namespace wick::nn {

template <class Hook>
using HookList = std::vector<std::pair<uint64_t, Hook>>;

struct Hooks {
  const ModuleBase* owner = nullptr;  // the module that has them; they go when it goes
  uint64_t next_id = 1;
  HookList<CallPreHook> before;
  HookList<CallHook> after;
  HookList<BackwardPreHook> before_backward;
  HookList<BackwardHook> after_backward;
  HookList<StateDictPreHook> before_state;
  HookList<StateDictHook> after_state;
  HookList<LoadPreHook> before_load;
  HookList<LoadHook> after_load;
};

}  // namespace wick::nn
