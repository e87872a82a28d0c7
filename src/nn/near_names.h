// "Did you mean ...?"
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace wick::nn {

/// What looking for near names costs at most, for all the names of one message together: pairs of
/// letters that are compared. A file with thousands of wrong names gets its suggestions for the
/// first of them.
inline constexpr int64_t near_names_budget = 20'000'000;

/// Longer names are like no other.
inline constexpr size_t near_names_longest = 256;

inline char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, whatever the
/// case of the letters; `limit` + 1 if there are more than `limit`. Both have near_names_longest
/// letters at most. Only where few edits can lead is looked at, and `budget` pays for that.
inline size_t edit_distance(std::string_view a, std::string_view b, size_t limit, int64_t& budget) {
  const size_t more = limit + 1;
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return more;
  const auto same = [&](size_t i, size_t j) { return lower_case(a[i]) == lower_case(b[j]); };
  budget -= static_cast<int64_t>(std::min(a.size(), b.size()));
  while (!a.empty() && !b.empty() && same(0, 0)) a.remove_prefix(1), b.remove_prefix(1);
  while (!a.empty() && !b.empty() && same(a.size() - 1, b.size() - 1))
    a.remove_suffix(1), b.remove_suffix(1);
  using Row = std::array<size_t, near_names_longest + 2>;
  std::array<Row, 3> rows;
  Row *before = &rows[0], *last = &rows[1], *now = &rows[2];
  for (size_t j = 0; j <= std::min(b.size(), limit); ++j) (*last)[j] = j;
  (*last)[std::min(b.size(), limit) + 1] = more;
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t first = i > limit ? i - limit : 1;
    const size_t end = std::min(b.size(), i + limit);
    (*now)[first - 1] = first == 1 ? std::min(i, more) : more;
    size_t least = (*now)[first - 1];
    for (size_t j = first; j <= end; ++j) {
      size_t edits = std::min(
          {(*last)[j] + 1, (*now)[j - 1] + 1, (*last)[j - 1] + (same(i - 1, j - 1) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1))
        edits = std::min(edits, (*before)[j - 2] + 1);
      (*now)[j] = std::min(edits, more);
      least = std::min(least, edits);
    }
    budget -= static_cast<int64_t>(end + 1 - first);
    if (least > limit) return more;
    (*now)[end + 1] = more;
    std::swap(before, last);
    std::swap(last, now);
  }
  return (*last)[b.size()];
}

/// True if one of the names ends with the other after a dot: a lost or added prefix.
inline bool is_suffix_of_other(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return a.size() < b.size() && b[b.size() - a.size() - 1] == '.' && b.ends_with(a);
}

/// The name in `names` that is most like `wanted`, or "" if none is close: one that differs in the
/// case of its letters, or else the first of those with the fewest edits, at most a third of the
/// letters; a lost or added prefix is as good as one edit. Takes what it costs out of `budget`, and
/// stops where that ends.
template <class Names>
std::string nearest_name(std::string_view wanted, const Names& names, int64_t& budget) {
  std::string best;
  if (wanted.empty() || wanted.size() > near_names_longest) return best;
  size_t best_distance = std::max<size_t>(wanted.size() / 3, 1) + 1;
  for (const auto& item : names) {
    if (best_distance == 0 || --budget < 0) break;
    const std::string_view name(item);
    if (name.size() > near_names_longest) continue;
    const size_t limit = best_distance - 1;
    const size_t distance = limit > 0 && is_suffix_of_other(wanted, name)
                                ? 1
                                : edit_distance(wanted, name, limit, budget);
    if (distance > limit) continue;
    best_distance = distance;
    best = std::string(name);
  }
  return best;
}

/// The same for a single name.
template <class Names>
std::string nearest_name(std::string_view wanted, const Names& names) {
  int64_t budget = near_names_budget;
  return nearest_name(wanted, names, budget);
}

/// "; did you mean "x"?", or nothing.
template <class Names>
std::string did_you_mean(std::string_view wanted, const Names& names) {
  const std::string near = nearest_name(wanted, names);
  return near.empty() ? "" : "; did you mean \"" + near + "\"?";
}

}  // namespace wick::nn
