#include <fmt/format.h>

#include <cmath>

#include "wick/format.h"

namespace wick {

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";  // fmt would show the sign of a nan
  // fmt and Python agree on the digits and on when to use an exponent, not on "1" and "1.0".
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace wick
