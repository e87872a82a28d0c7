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

/// ASCII letters in lower case.
inline std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return result;
}

/// The name in `names` that is most like `wanted`, or "" if none is close: at most a third of the
/// letters differ, apart from their case, or one ends with the other after a dot (a lost or added
/// prefix).
template <class Names>
std::string nearest_name(std::string_view wanted, const Names& names) {
  constexpr size_t longest = 256;  // the distance takes quadratic time
  std::string best;
  size_t best_distance = std::max<size_t>(wanted.size() / 3, 1) + 1;
  for (const auto& item : names) {
    const std::string_view name(item);
    const bool suffix = (name.size() > wanted.size() && name.ends_with(wanted) &&
                         name[name.size() - wanted.size() - 1] == '.') ||
                        (wanted.size() > name.size() && wanted.ends_with(name) &&
                         wanted[wanted.size() - name.size() - 1] == '.');
    if (wanted.empty() || wanted.size() > longest || name.size() > longest) continue;
    const size_t distance =
        suffix ? 1 : std::max<size_t>(1, edit_distance(lower_case(wanted), lower_case(name)));
    if (distance < best_distance) {
      best_distance = distance;
      best = std::string(name);
    }
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
