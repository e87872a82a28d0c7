// Where an error passed through on its way out of nested modules.
#pragma once

#include "wick/nn/module_base.h"

namespace wick::nn {

/// "Linear(512 -> 2048)" for what has in_features and out_features, else the type's name.
std::string describe(const ModuleBase& module);

/// Where `inner` stands below `outer`; "" if it does not.
std::string path_to(const ModuleBase& inner, const ModuleBase& outer);

/// Puts the path that `error` took on its way out of `module` in front of its text.
void note_path(Error& error, const ModuleBase& module);

}  // namespace wick::nn
