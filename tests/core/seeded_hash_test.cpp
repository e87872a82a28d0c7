#include "wick/seeded_hash.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catch.h"

using wick::detail::SeededHash;

TEST_CASE("seeded hash: one value for one text", "[core]") {
  const SeededHash hash;
  std::vector<size_t> values;
  std::string text;
  for (int size = 0; size < 40; ++size, text += static_cast<char>('a' + size % 26)) {
    CHECK(hash(text) == hash(std::string(text)));
    // Wherever it stands in memory.
    const std::string moved = "x" + text;
    CHECK(hash(std::string_view(moved).substr(1)) == hash(text));
    values.push_back(hash(text));
  }
  CHECK(hash(std::string_view("a\0", 2)) != hash("a"));
  CHECK(hash({}) == hash(""));
  std::sort(values.begin(), values.end());
  CHECK(std::adjacent_find(values.begin(), values.end()) == values.end());
}

TEST_CASE("seeded hash: low bits are spread", "[core]") {
  constexpr size_t slots = 1024;
  constexpr int names = 100 * slots;
  std::vector<int> counts(slots);
  for (int i = 0; i < names; ++i)
    ++counts[SeededHash()("layers." + std::to_string(i) + ".weight") & (slots - 1)];
  CHECK(*std::max_element(counts.begin(), counts.end()) < 200);
  CHECK(*std::min_element(counts.begin(), counts.end()) > 30);
}

TEST_CASE("seeded hash: tables find string views", "[core]") {
  std::unordered_map<std::string, int, SeededHash, std::equal_to<>> table;
  table["a"] = 1;
  CHECK(table.find(std::string_view("a"))->second == 1);
  CHECK(table.find(std::string_view("b")) == table.end());
}
