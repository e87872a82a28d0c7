#include "cli/suggest.h"

#include <algorithm>

namespace wick::cli {
namespace {

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return result;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr size_t longest = 40, shortest_beginning = 3;
  const size_t dashes = std::min(wanted.find_first_not_of('-'), wanted.size());
  const std::string word = lower_case(wanted.substr(dashes));
  if (word.empty() || word.size() > longest) return "";
  std::string best;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    const std::string known =
        lower_case(name).substr(std::min(dashes, name.find_first_not_of('-')));
    const bool begins = word.size() >= shortest_beginning && known.starts_with(word);
    const size_t d = begins ? 1 : distance(word, known);
    if (d >= least || d >= std::max(word.size(), known.size())) continue;
    least = d;
    best = name;
  }
  return best.empty() ? "" : "; did you mean \"" + best + "\"?";
}

}  // namespace wick::cli
