#include "wick/options.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wick {

bool OptionRules::within(double value) const {
  if (minimum && !(above ? value > *minimum : value >= *minimum)) return false;
  return !maximum || (below ? value < *maximum : value <= *maximum);
}

bool OptionRules::allows(double value) const {
  return within(value) && (!finite || std::isfinite(value));
}

// Not through double, which has not all of them.
bool OptionRules::allows(int64_t value) const {
  if (minimum && *minimum >= 0x1p63) return false;
  if (maximum && *maximum < -0x1p63) return false;
  return least() <= value && value <= most();
}

int64_t OptionRules::least() const {
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  if (!minimum) return lowest;
  const double bound = above ? std::floor(*minimum) : std::ceil(*minimum);
  if (!(bound < 0x1p63)) return highest;
  if (bound < -0x1p63) return lowest;
  return static_cast<int64_t>(bound) + (above ? 1 : 0);
}

int64_t OptionRules::most() const {
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  if (!maximum) return highest;
  const double bound = below ? std::ceil(*maximum) : std::floor(*maximum);
  if (!(bound > -0x1p63)) return lowest;
  if (bound >= 0x1p63) return highest;
  return static_cast<int64_t>(bound) - (below ? 1 : 0);
}

bool OptionRules::allows(std::string_view value) const {
  if (!choices[0]) return true;
  return std::any_of(choices.begin(), choices.end(),
                     [&](const char* choice) { return choice && value == choice; });
}

std::string detail::filled(std::string_view message, std::string_view value,
                           std::string_view mark) {
  std::string text(message);
  if (const size_t at = text.find(mark); at != text.npos) text.replace(at, mark.size(), value);
  return text;
}

}  // namespace wick
