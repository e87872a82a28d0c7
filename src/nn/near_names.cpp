#include "nn/near_names.h"

#include <algorithm>
#include <array>

namespace wick::nn {
namespace {

constexpr size_t longest = 256;  // the distance takes quadratic time

/// True if `name` ends with `part`, behind a dot.
bool ends_with_part(std::string_view name, std::string_view part) {
  return name.size() > part.size() && !part.empty() && name.ends_with(part) &&
         name[name.size() - part.size() - 1] == '.';
}

/// How unlike two folded names are, or something above `most`: 0 if they are the same, 1 if one is
/// the other behind a dot (a lost or added prefix), else the letters that differ; a prefix that is
/// too much costs one more.
size_t name_distance(std::string_view wanted, std::string_view name, size_t most, int64_t& budget) {
  if (wanted == name) return 0;
  if (ends_with_part(name, wanted) || ends_with_part(wanted, name)) return 1;
  if (const size_t dot = wanted.rfind('.'); dot != wanted.npos && name.find('.') == name.npos)
    return 1 + name_distance(wanted.substr(dot + 1), name, most, budget);
  const size_t distance = edit_distance(wanted, name, most, budget);
  // Some letter has to be the same.
  return distance < std::max(wanted.size(), name.size()) ? distance : most + 1;
}

}  // namespace

std::string folded_name(std::string_view name) {
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

size_t edit_distance(std::string_view a, std::string_view b, size_t limit, int64_t& budget) {
  const size_t more = limit + 1;
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return more;
  budget -= static_cast<int64_t>(std::min(a.size(), b.size()));
  while (!a.empty() && !b.empty() && a.front() == b.front()) a.remove_prefix(1), b.remove_prefix(1);
  while (!a.empty() && !b.empty() && a.back() == b.back()) a.remove_suffix(1), b.remove_suffix(1);
  using Row = std::array<size_t, longest + 2>;
  std::array<Row, 3> rows;
  Row *before = &rows[0], *last = &rows[1], *now = &rows[2];
  const size_t reach = std::min(b.size(), limit);
  for (size_t j = 0; j <= reach; ++j) (*last)[j] = j;
  (*last)[reach + 1] = more;
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t first = i > limit ? i - limit : 1;
    const size_t end = i + std::min(limit, b.size()) < b.size() ? i + limit : b.size();
    (*now)[first - 1] = first == 1 ? std::min(i, more) : more;
    size_t least = (*now)[first - 1];
    for (size_t j = first; j <= end; ++j) {
      size_t edits = std::min(
          {(*last)[j] + 1, (*now)[j - 1] + 1, (*last)[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
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

void NearNames::add(std::string_view name) {
  if (name.size() <= longest) names_.emplace_back(folded_name(name), name);
}

std::string NearNames::nearest(std::string_view wanted) {
  if (wanted.empty() || wanted.size() > longest) return "";
  const std::string folded = folded_name(wanted);
  std::string_view best;
  size_t most = std::max<size_t>(folded.substr(folded.rfind('.') + 1).size() / 3, 1);
  if (folded.find('.') != folded.npos) most = std::max(most + 1, folded.size() / 3);
  size_t best_exact = 0;  // 0 as long as there is none
  for (const auto& [folded_candidate, candidate] : names_) {
    if (--budget_ < 0) break;
    const size_t distance = name_distance(folded, folded_candidate, most, budget_);
    if (distance > most || (distance == most && best_exact == 1)) continue;
    const bool must_be_nearer = best_exact != 0 && distance == most;
    const size_t limit = must_be_nearer ? best_exact - 2 : 2 * longest;
    const size_t exact = 1 + edit_distance(wanted, candidate, limit, budget_);
    if (must_be_nearer && exact >= best_exact) continue;
    most = distance;
    best_exact = exact;
    best = candidate;
  }
  return std::string(best);
}

}  // namespace wick::nn
