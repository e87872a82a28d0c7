#include "wick/options.h"

#include <algorithm>
#include <cmath>

namespace wick {

bool OptionRules::within(double value) const {
  if (minimum && !(above ? value > *minimum : value >= *minimum)) return false;
  return !maximum || (below ? value < *maximum : value <= *maximum);
}

bool OptionRules::allows(double value) const {
  return within(value) && (!finite || std::isfinite(value));
}

bool OptionRules::allows(int64_t value) const {
  // Not through double, which has not all of them.
  if (minimum) {
    const auto least = static_cast<int64_t>(*minimum);
    if (above ? value <= least : value < least) return false;
  }
  if (maximum) {
    const auto most = static_cast<int64_t>(*maximum);
    if (below ? value >= most : value > most) return false;
  }
  return true;
}

bool OptionRules::allows(std::string_view value) const {
  if (!choices[0]) return true;
  return std::any_of(choices.begin(), choices.end(),
                     [&](const char* choice) { return choice && value == choice; });
}

namespace {

/// Where the first item of a list ends: at a comma that stands in no brackets and no text.
size_t end_of_item(std::string_view list) {
  int depth = 0;
  bool text = false;
  for (size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == '"' && (i == 0 || list[i - 1] != '\\')) text = !text;
    if (text) continue;
    if (c == '(' || c == '{') ++depth;
    if (c == ')' || c == '}') --depth;
    if (c == ',' && depth == 0) return i;
  }
  return list.size();
}

}  // namespace

std::string_view detail::next_name(std::string_view& names) {
  const size_t end = end_of_item(names);
  std::string_view name = names.substr(0, end);
  names.remove_prefix(std::min(names.size(), end + 1));
  if (const size_t open = name.find('('); open != name.npos)  // option(name).at_least(..)
    name = name.substr(open + 1, name.find(')') - open - 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with('_') || name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

std::string detail::filled(std::string_view message, std::string_view value,
                           std::string_view mark) {
  std::string text(message);
  if (const size_t at = text.find(mark); at != text.npos) text.replace(at, mark.size(), value);
  return text;
}

}  // namespace wick
