// Numbers as Python prints them, for module printing and error texts.
#pragma once

#include <string>

namespace wick::core {

/// repr(float): the shortest digits that read back as `value`, always recognisable as a float:
/// "1.0", "0.1", "1e-05", "1e+16", "inf", "nan".
std::string python_repr(double value);

}  // namespace wick::core
