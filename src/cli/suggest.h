// "Did you mean ...?" for commands and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wick::cli {

/// "; did you mean "summary"?" with the name that is most like `wanted`, or "" if none is: at most
/// a third of the letters differ, whatever their case, or one begins with the other.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace wick::cli
