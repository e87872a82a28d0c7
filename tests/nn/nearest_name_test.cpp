// The distance of two words, and which name was probably meant.
#include "nn/near_names.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"

using namespace wick::nn;
using Names = std::vector<std::string>;

namespace {

/// The distance without a limit.
size_t distance(std::string_view a, std::string_view b) {
  int64_t budget = 1'000'000;
  return edit_distance(a, b, 100, budget);
}

}  // namespace

TEST_CASE("edit distance: insertions, deletions, replacements, swaps", "[near_names]") {
  CHECK(distance("", "") == 0);
  CHECK(distance("", "abc") == 3);
  CHECK(distance("abc", "") == 3);
  CHECK(distance("abc", "abc") == 0);
  CHECK(distance("abc", "abcd") == 1);
  CHECK(distance("abcd", "abc") == 1);
  CHECK(distance("bcd", "abcd") == 1);
  CHECK(distance("abc", "axc") == 1);
  CHECK(distance("xbc", "abc") == 1);
  CHECK(distance("abx", "abc") == 1);
  // Neighbours that are swapped count once: at the start, in the middle, at the end.
  CHECK(distance("bacd", "abcd") == 1);
  CHECK(distance("acbd", "abcd") == 1);
  CHECK(distance("abdc", "abcd") == 1);
  CHECK(distance("ba", "ab") == 1);
  CHECK(distance("badc", "abcd") == 2);
  CHECK(distance("ca", "abc") == 3);  // no letter is touched twice
  CHECK(distance("kitten", "sitting") == 3);
  CHECK(distance("linear", "Linear") == 1);
  CHECK(distance("a", "b") == 1);
}

TEST_CASE("the nearest name: swapped letters, other letters, lost letters", "[near_names]") {
  const Names names = {"in_features", "out_features", "bias"};
  CHECK(nearest_name("ni_features", names) == "in_features");  // the first two are swapped
  CHECK(nearest_name("in_featuers", names) == "in_features");
  CHECK(nearest_name("in_feature", names) == "in_features");
  CHECK(nearest_name("ou_features", names) == "out_features");
  CHECK(nearest_name("BIAS", names) == "bias");
  CHECK(nearest_name("ibas", names) == "bias");
  CHECK(nearest_name("weight", names) == "");
  CHECK(nearest_name("", names) == "");
  CHECK(nearest_name("bias", Names{}) == "");
}

TEST_CASE("the nearest name: at most a third of the letters differ, and one may", "[near_names]") {
  CHECK(nearest_name("abcdef", Names{"abcdXY"}) == "abcdXY");
  CHECK(nearest_name("abcdef", Names{"abcXYZ"}) == "");
  CHECK(nearest_name("ab", Names{"aX"}) == "aX");
  CHECK(nearest_name("ab", Names{"XY"}) == "");
  CHECK(nearest_name("abcdefghi", Names{"abcdefXYZ"}) == "abcdefXYZ");
  CHECK(nearest_name("abcdefghi", Names{"abcdeWXYZ"}) == "");
}

TEST_CASE("the nearest name: a prefix that was lost or added", "[near_names]") {
  const Names names = {"encoder.layers.0.linear1.weight", "decoder.bias"};
  CHECK(nearest_name("linear1.weight", names) == "encoder.layers.0.linear1.weight");
  CHECK(nearest_name("module.decoder.bias", names) == "decoder.bias");
  CHECK(nearest_name("coder.bias", Names{"decoder_and_encoder.bias"}) == "");  // no dot before it
}

TEST_CASE("the nearest of several is taken, the first of equals", "[near_names]") {
  CHECK(nearest_name("linear", Names{"linean", "linear2", "Linear"}) == "Linear");
  CHECK(nearest_name("lineXX", Names{"lineab", "lineXb"}) == "lineXb");
  CHECK(nearest_name("linea", Names{"lineb", "linec"}) == "lineb");
}

TEST_CASE("did_you_mean is a clause, or nothing", "[near_names]") {
  CHECK(did_you_mean("bais", Names{"bias"}) == "; did you mean \"bias\"?");
  CHECK(did_you_mean("weight", Names{"bias"}) == "");
}

TEST_CASE("very long names are not compared", "[near_names]") {
  const std::string longest(256, 'x'), longer(257, 'x');
  CHECK(nearest_name(longest + "y", Names{longest}) == "");
  CHECK(nearest_name(std::string(255, 'x') + "y", Names{longest}) == longest);
  CHECK(nearest_name(longer, Names{longest}) == "");
}
