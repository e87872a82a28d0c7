// The lines that two texts do not share: their longest common subsequence, and the rest.
#include <algorithm>

#include "cli/diff.h"

namespace wick::cli {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

constexpr size_t most_steps = 20'000'000;  // then lines are not matched: it takes memory and time

void add_all(std::vector<std::string>& result, std::string_view mark, const Lines& lines) {
  for (const std::string_view line : lines) result.push_back(std::string(mark) + std::string(line));
}

/// Lines of `a` and `b`, which have no beginning and no end in common.
void add_matched(std::vector<std::string>& result, const Lines& a, const Lines& b) {
  if (a.size() * b.size() > most_steps) {
    add_all(result, "- ", a);
    return add_all(result, "+ ", b);
  }
  // common[i][j]: how many lines a[i..] and b[j..] share.
  const size_t width = b.size() + 1;
  std::vector<uint32_t> common((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      common[i * width + j] =
          a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      result.push_back("  " + std::string(a[i]));
      ++i, ++j;
    } else if (j == b.size() ||
               (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      result.push_back("- " + std::string(a[i++]));
    } else {
      result.push_back("+ " + std::string(b[j++]));
    }
  }
}

/// Only the lines within `context` of a change.
std::vector<std::string> shortened(const std::vector<std::string>& lines) {
  constexpr size_t context = 2;
  std::vector<bool> kept(lines.size(), false);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("  ")) continue;
    const size_t first = i - std::min(i, context);
    const size_t last = std::min(i + context + 1, lines.size());
    std::fill(kept.begin() + static_cast<std::ptrdiff_t>(first),
              kept.begin() + static_cast<std::ptrdiff_t>(last), true);
  }
  std::vector<std::string> result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (kept[i])
      result.push_back(lines[i]);
    else if (i == 0 || kept[i - 1])
      result.emplace_back("  ...");
  }
  return result;
}

}  // namespace

std::vector<std::string> line_differences(std::string_view a, std::string_view b) {
  if (a == b) return {};
  Lines x = lines_of(a);
  Lines y = lines_of(b);
  const auto [x_change, y_change] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
  const Lines before(x.begin(), x_change);
  const auto [x_end, y_end] = std::mismatch(x.rbegin(), std::make_reverse_iterator(x_change),
                                            y.rbegin(), std::make_reverse_iterator(y_change));
  const Lines after(x_end.base(), x.end());
  std::vector<std::string> lines;
  add_all(lines, "  ", before);
  add_matched(lines, Lines(x_change, x_end.base()), Lines(y_change, y_end.base()));
  add_all(lines, "  ", after);
  return shortened(lines);
}

}  // namespace wick::cli
