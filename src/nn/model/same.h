// Does a text describe a module?
#pragma once

#include <string>

#include "wick/nn/module.h"

namespace wick::nn::model {

/// Throws Error, which says which field is another, unless the model file `text` describes
/// `module`: a layer may have been changed since it was made.
void require_same(const std::string& text, const ModuleBase& module);

}  // namespace wick::nn::model
