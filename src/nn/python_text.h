// Numbers and tuples as Python prints them, in printed modules and messages.
#pragma once

#include <string>

#include "wick/shape.h"

namespace wick::nn {

std::string python_text(double value);        // 0.1, 1e-05, 1.0
std::string python_text(const Shape& shape);  // (512,)

}  // namespace wick::nn
