// Where an error passed through on its way out of nested modules.
#pragma once

#include "wick/nn/module.h"

namespace wick::nn {

/// Puts the path that `error` took on its way out of `module` in front of its text.
void note_path(Error& error, const Module& module);

}  // namespace wick::nn
