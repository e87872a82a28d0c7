// The time of a model file grows like its size, whatever is wrong with it: each kind of damage with
// a size and its double.
#include <algorithm>
#include <cstring>
#include <ctime>
#include <functional>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;

/// What was told of a text, and the processor's time that took, the least of some runs.
struct Told {
  std::string text;
  double seconds = 1e9;
};

Told read(const std::string& text) {
  Told told;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    try {
      nn::from_json(text);
      told.text = "";
    } catch (const wick::ModelFileError& error) {
      told.text = error.what();
    }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    told.seconds = std::min(told.seconds, seconds);
  }
  return told;
}

/// `first`, n entries, `last`.
std::string repeated(std::string_view first, int n, const std::function<std::string(int)>& entry,
                     std::string_view last) {
  std::string text(first);
  for (int i = 0; i < n; ++i) text += (i == 0 ? "" : ",") + entry(i);
  return text + std::string(last);
}

/// Texts of 16 letters that std::hash of libstdc++, MurmurHash64A with a fixed seed, does not tell
/// apart: the second half leads the state of the first back to where it was.
std::vector<std::string> colliding(size_t count) {
  constexpr uint64_t m = 0xc6a4a7935bd1e995;
  uint64_t inverse = m;  // of m modulo 2^64
  for (int i = 0; i < 6; ++i) inverse *= 2 - m * inverse;
  const auto mixed = [](uint64_t k) {
    k *= m;
    k ^= k >> 47;
    return k * m;
  };
  const auto unmixed = [&](uint64_t k) {
    k *= inverse;
    k ^= k >> 47;
    return k * inverse;
  };
  const uint64_t start = 0xc70f6907ULL ^ (16 * m);
  const uint64_t goal = 0x123456789abcdefULL * inverse;
  std::vector<std::string> names;
  for (uint64_t i = 0; names.size() < count; ++i) {
    std::string name(8, 'a');  // the digits of i
    for (size_t d = 0; d < 8; ++d) name[d] = static_cast<char>('a' + ((i >> (4 * d)) & 15));
    uint64_t first = 0;
    std::memcpy(&first, name.data(), 8);
    const uint64_t second = unmixed(((start ^ mixed(first)) * m) ^ goal);
    char letters[8];
    std::memcpy(letters, &second, 8);
    const bool fit = std::all_of(letters, letters + 8, [](char c) {
      return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '.';
    });
    if (fit) names.push_back(name + std::string(letters, 8));
  }
  return names;
}

}  // namespace

TEST_CASE("each kind of damage takes time like the size of the file", "[model_file][hostile]") {
  const std::vector<std::string> same_hash = colliding(9'000);
#ifdef __GLIBCXX__
  REQUIRE(std::hash<std::string>{}(same_hash.front()) ==
          std::hash<std::string>{}(same_hash.back()));
#endif
  const auto unlike = [](int i) {
    return fmt::format("{:08x}_unlike_{:08x}", 77777U * static_cast<unsigned>(i), i);
  };
  const auto layer = [](const std::string& rest) { return R"({"type": "GELU")" + rest + "}"; };
  struct Damage {
    std::string_view what;
    std::function<std::string(int)> text;
    int n;
    std::string_view told;  ///< "" for files with nothing wrong
  };
  const std::vector<Damage> all{
      {"a key many times",
       [&](int n) {
         return repeated(R"({"type": "GELU",)", n, [](int) { return "\"a\":1"; }, "}");
       },
       50'000, "and 99899 more"},
      {"keys that nobody knows, and one that is missing",
       [&](int n) {
         return repeated(R"({"type": "Linear",)", n,
                         [&](int i) { return "\"" + unlike(i) + "\":1"; }, "}");
       },
       20'000, "and 39902 more"},
      {"keys of the same hash",
       [&](int n) {
         return repeated(R"({"type": "GELU",)", n,
                         [&](int i) { return "\"" + same_hash[static_cast<size_t>(i)] + "\":1"; },
                         "}");
       },
       4'500, "more"},
      {"too many layers",
       [&](int n) {
         return repeated(
             "[", n, [&](int) { return layer(""); }, "]");
       },
       50'000, "more layers than the limit of 10000"},
      {"layers that nobody knows",
       [&](int n) {
         return repeated(
             "[", n, [&](int i) { return R"({"type":")" + unlike(i) + "\"}"; }, "]");
       },
       4'500, "and 8900 more"},
      {"layers without a type, on lines of their own",
       [&](int n) {
         return repeated(
             "[", n, [](int) { return "\n{\"tipe\": 1}"; }, "]");
       },
       4'500, "and 8900 more"},
      {"options of another type",
       [&](int n) {
         return repeated(
             "[", n, [&](int) { return layer(R"(, "approximate": 1)"); }, "]");
       },
       4'500, "and 8900 more"},
      {"names that are taken",
       [&](int n) {
         return repeated(
             "[", n, [&](int) { return layer(R"(, "name": "x")"); }, "]");
       },
       4'500, "and 8899 more"},
      {"names of the same hash",
       [&](int n) {
         return repeated(
             "[", n,
             [&](int i) {
               return layer(R"(, "name": ")" + same_hash[static_cast<size_t>(i)] + "\"");
             },
             "]");
       },
       4'500, ""},
      {"tests that are none",
       [&](int n) {
         return repeated(R"({"model": [], "tests": [)", n,
                         [](int i) { return fmt::format("{}", i); }, "]}");
       },
       50'000, "more"},
      {"metadata with many keys",
       [&](int n) {
         return repeated(R"({"model": [], "metadata": {)", n,
                         [&](int i) { return "\"" + unlike(i) + "\":{}"; }, "}}");
       },
       50'000, ""},
      {"a number of many digits",
       [&](int n) {
         return R"({"version": )" + std::string(static_cast<size_t>(n), '7') + R"(, "model": []})";
       },
       4'000'000, "number overflow"},
      {"lists in lists, as deep as they may be",
       [&](int n) {
         return repeated(R"({"model": [], "metadata": [)", n / 150,
                         [](int) { return std::string(150, '[') + std::string(150, ']'); }, "]}");
       },
       150'000, ""},
  };
  for (const Damage& damage : all) {
    INFO(damage.what);
    const std::string text = damage.text(damage.n), long_text = damage.text(2 * damage.n);
    Told once, twice;
    // What disturbed one measurement does not disturb four.
    for (int attempt = 0; attempt < 4; ++attempt) {
      once = read(text);
      twice = read(long_text);
      if (twice.seconds < 2.8 * once.seconds + 0.02) break;
    }
    INFO(once.seconds << " s, twice as large " << twice.seconds << " s");
    if (damage.told.empty())
      CHECK(twice.text.empty());
    else
      CHECK_THAT(twice.text, ContainsSubstring(std::string(damage.told)));
    CHECK(twice.text.size() < 100'000);
    CHECK(twice.seconds < 2.8 * once.seconds + 0.02);
    CHECK(twice.seconds < 5);
  }
}

TEST_CASE("what is written takes time like its size too", "[model_file][hostile]") {
  const auto seconds = [](int n) {
    nn::ModelFile file{.model = nn::ReLU()};
    file.metadata = repeated(
        "{", n, [](int i) { return fmt::format("\"{}\": {{}}", i); }, "}");
    double least = 1e9;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t start = std::clock();
      (void)file.to_json();
      least = std::min(least, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    return least;
  };
  const double once = seconds(50'000);
  CHECK(seconds(100'000) < 2.8 * once + 0.02);
}

TEST_CASE("names of weights that do not match", "[model_file][hostile][io]") {
  const TemporaryFolder folder;
  const auto seconds = [&](int n) {
    nn::StateDict state;
    for (int i = 0; i < n; ++i)
      state.set(fmt::format("{:0>200}", int64_t{7919} * i), wick::zeros({1}));
    wick::io::save_safetensors(folder / "w.safetensors", state);
    const std::string text =
        repeated(R"({"weights": "w.safetensors", "model": [)", n,
                 [](int i) {
                   return fmt::format(
                       R"({{"name": "{:x<190}", "type": "LayerNorm", "normalized_shape": 1}})", i);
                 },
                 "]}");
    const std::clock_t start = std::clock();
    CHECK_THROWS_AS(nn::from_json(text, {.directory = folder / ""}), wick::ModelFileError);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  const double once = seconds(1'000);
  const double twice = seconds(2'000);
  INFO(once << " s, twice as many " << twice << " s");
  CHECK(twice < 2.8 * once + 0.1);
  CHECK(twice < 10);
}
