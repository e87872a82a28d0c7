// "Did you mean ...?"
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace wick::nn {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
inline size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

/// `name` as names are compared: ASCII letters in lower case, no _, - and blanks, :: as a dot.
inline std::string folded_name(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      result += static_cast<char>(c + 32);
    else if (c == ':' && result.ends_with('.'))
      continue;
    else if (c == ':')
      result += '.';
    else if (c != '_' && c != '-' && c != ' ')
      result += c;
  }
  return result;
}

/// True if `name` ends with `part`, behind a dot.
inline bool ends_with_part(std::string_view name, std::string_view part) {
  return name.size() > part.size() && !part.empty() && name.ends_with(part) &&
         name[name.size() - part.size() - 1] == '.';
}

/// How unlike two folded names are, or something above `most`: 0 if they are the same, 1 if one is
/// the other behind a dot (a lost or added prefix), else the letters that differ; a prefix that is
/// too much costs one more.
inline size_t name_distance(std::string_view wanted, std::string_view name, size_t most) {
  if (wanted == name) return 0;
  if (ends_with_part(name, wanted) || ends_with_part(wanted, name)) return 1;
  if (const size_t dot = wanted.rfind('.'); dot != wanted.npos && name.find('.') == name.npos)
    return 1 + name_distance(wanted.substr(dot + 1), name, most);
  const size_t longer = std::max(wanted.size(), name.size());
  if (longer - std::min(wanted.size(), name.size()) > most) return most + 1;
  const size_t distance = edit_distance(wanted, name);
  return distance < longer ? distance : most + 1;  // some letter has to be the same
}

/// The name in `names` that is most like `wanted`, or "" if none is close: at most a third of the
/// letters differ. Case, underscores, hyphens and prefixes such as "torch.nn." do not count, unless
/// several names are as near.
template <class Names>
std::string nearest_name(std::string_view wanted, const Names& names) {
  constexpr size_t longest = 256;  // the distance takes quadratic time
  if (wanted.empty() || wanted.size() > longest) return "";
  const std::string folded = folded_name(wanted);
  std::string best;
  size_t most = std::max<size_t>(folded.substr(folded.rfind('.') + 1).size() / 3, 1);
  if (folded.find('.') != folded.npos) most = std::max(most + 1, folded.size() / 3);
  size_t best_exact = 0;  // 0 as long as there is none
  for (const auto& item : names) {
    const std::string_view name(item);
    if (name.size() > longest) continue;
    const size_t distance = name_distance(folded, folded_name(name), most);
    if (distance > most || (distance == most && best_exact == 1)) continue;
    const size_t exact = 1 + edit_distance(wanted, name);
    if (best_exact != 0 && distance == most && exact >= best_exact) continue;
    most = distance;
    best_exact = exact;
    best = std::string(name);
  }
  return best;
}

/// "; did you mean "x"?", or nothing.
template <class Names>
std::string did_you_mean(std::string_view wanted, const Names& names) {
  const std::string near = nearest_name(wanted, names);
  return near.empty() ? "" : "; did you mean \"" + near + "\"?";
}

}  // namespace wick::nn
