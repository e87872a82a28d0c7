// Parameters that a layer cannot do without.
#pragma once

#include <string>

#include "wick/nn/visitor.h"

namespace wick::nn {

/// Throws Error if the parameter was moved out or never set.
inline void require_defined(const char* name, const Parameter& parameter) {
  if (!parameter.defined())
    throw Error(std::string("its parameter `") + name +
                "` is undefined: it was moved out, or never set");
}

}  // namespace wick::nn
