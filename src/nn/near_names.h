// "Did you mean ...?"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wick::nn {

/// Names that another one may be meant for. It views them: they have to stay.
///
/// Looking for all the names of a file costs no more than a bounded number of compared letters
/// (about a tenth of a second): where thousands of names are wrong, the first ones get suggestions.
class NearNames {
 public:
  template <class Names>
  explicit NearNames(const Names& names) {
    for (const auto& name : names) add(name);
  }

  /// The name that is most like `wanted`, or "" if none is close: at most a third of the letters
  /// differ. Case, underscores, hyphens and prefixes such as "torch.nn." do not count, unless
  /// several names are as near. Names of more than 256 bytes are like no other.
  std::string nearest(std::string_view wanted);

 private:
  void add(std::string_view name);

  std::vector<std::pair<std::string, std::string_view>> names_;  // folded, and as they are
  int64_t budget_ = 40'000'000;
};

/// `name` as names are compared: ASCII letters in lower case, no _, - and blanks, :: as a dot.
std::string folded_name(std::string_view name);

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit` + 1
/// if there are more than `limit`. Both have 256 bytes at most. Only where few edits can lead is
/// looked at, and `budget` pays for that.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit, int64_t& budget);

/// NearNames::nearest, for a single name.
template <class Names>
std::string nearest_name(std::string_view wanted, const Names& names) {
  return NearNames(names).nearest(wanted);
}

/// "; did you mean "x"?", or nothing.
template <class Names>
std::string did_you_mean(std::string_view wanted, const Names& names) {
  const std::string near = nearest_name(wanted, names);
  return near.empty() ? "" : "; did you mean \"" + near + "\"?";
}

}  // namespace wick::nn
