/// \file
/// Callback and HookHandle of wick/callback.h under the names that modules use.
#pragma once

#include "wick/callback.h"

namespace wick::nn {

using wick::Callback;
using wick::HookHandle;

}  // namespace wick::nn
