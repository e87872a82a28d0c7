// wick's random kernels against PyTorch's bits: golden/random.json, and hashes of long streams.
#include "kernels/random/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "golden_path.h"
#include "hwy/targets.h"

namespace {

using nlohmann::json;
using wick::BFloat16;
using wick::Half;
using namespace wick::kernels;

constexpr int64_t long_size = 100003;

uint64_t fnv1a(const void* data, size_t size) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ static_cast<const uint8_t*>(data)[i]) * 0x100000001B3ULL;
  }
  return hash;
}

/// The hash of what `fill(state, out, n)` writes for seed 0.
template <class T, class Fill>
uint64_t stream_hash(Fill fill) {
  RandomState state(0);
  std::vector<T> out(static_cast<size_t>(long_size));
  fill(state, out.data(), long_size);
  return fnv1a(out.data(), out.size() * sizeof(T));
}

using Bits = std::vector<uint32_t>;

template <class Fill>
Bits bits_of(RandomState& state, int64_t n, Fill fill) {
  std::vector<float> out(static_cast<size_t>(n));
  fill(state, out.data(), n);
  Bits bits;
  for (const float value : out) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

void rand_f32(RandomState& state, float* out, int64_t n) { fill_uniform(state, out, n, 0.0, 1.0); }
void randn_f32(RandomState& state, float* out, int64_t n) { fill_normal(state, out, n, 0.0, 1.0); }

/// What wick gives for a call of golden/random.json, in the file's form.
const std::vector<std::pair<std::string, std::function<json(RandomState&)>>>& golden_calls() {
  static const std::vector<std::pair<std::string, std::function<json(RandomState&)>>> calls = {
      {"rand(5)", [](RandomState& s) -> json { return bits_of(s, 5, rand_f32); }},
      {"randn(5)", [](RandomState& s) -> json { return bits_of(s, 5, randn_f32); }},
      {"randn(16)", [](RandomState& s) -> json { return bits_of(s, 16, randn_f32); }},
      {"randn(3,17)", [](RandomState& s) -> json { return bits_of(s, 51, randn_f32); }},
      {"randperm(10)",
       [](RandomState& s) -> json {
         std::vector<int64_t> out(10);
         fill_permutation(s, out.data(), 10);
         return out;
       }},
      {"randint(0,1000,(6,))",
       [](RandomState& s) -> json {
         std::vector<int64_t> out(6);
         fill_random_range(s, out.data(), 6, 1000, 0);
         return out;
       }},
      {"empty(7).uniform_(-2,3)",
       [](RandomState& s) -> json {
         return bits_of(s, 7, [](auto& t, float* o, int64_t n) { fill_uniform(t, o, n, -2, 3); });
       }},
      {"empty(20).normal_(2,3)",
       [](RandomState& s) -> json {
         return bits_of(s, 20, [](auto& t, float* o, int64_t n) { fill_normal(t, o, n, 2, 3); });
       }},
      {"empty(12).bernoulli_(0.3)",
       [](RandomState& s) -> json {
         std::vector<uint8_t> out(12);
         fill_bernoulli(s, out.data(), 12, 0.3);
         return out;
       }},
      {"Dropout(0.5)(ones(12))",
       [](RandomState& s) -> json {
         std::vector<float> out(12);
         fill_dropout_mask(s, out.data(), 12, 0.5);
         return out;
       }},
      {"Linear(3,4)",
       [](RandomState& s) -> json {
         // weight: kaiming_uniform_ with a = sqrt(5); bias: +-1 / sqrt(in), both in this order.
         const double gain = std::sqrt(2.0 / (1.0 + std::sqrt(5.0) * std::sqrt(5.0)));
         const double w = std::sqrt(3.0) * (gain / std::sqrt(3.0));
         const double b = 1.0 / std::sqrt(3.0);
         const auto within = [](double bound) {
           return [bound](auto& t, float* o, int64_t n) { fill_uniform(t, o, n, -bound, bound); };
         };
         json result;
         result["weight"] = bits_of(s, 12, within(w));
         result["bias"] = bits_of(s, 4, within(b));
         return result;
       }},
      {"rand(2) then randn(3) then randn(3) then rand(2)",
       [](RandomState& s) -> json {
         Bits all;
         const auto append = [&](const Bits& part) {
           all.insert(all.end(), part.begin(), part.end());
         };
         append(bits_of(s, 2, rand_f32));
         append(bits_of(s, 3, randn_f32));
         append(bits_of(s, 3, randn_f32));
         append(bits_of(s, 2, rand_f32));
         return all;
       }},
      {"randn(4,dtype=f64)",
       [](RandomState& s) -> json {
         std::vector<double> out(4);
         fill_normal(s, out.data(), 4, 0.0, 1.0);
         return out;
       }},
  };
  return calls;
}

}  // namespace

TEST_CASE("random: every entry of golden/random.json", "[random][golden]") {
  std::ifstream file(golden_path("random.json"));
  REQUIRE(file);
  const json golden = json::parse(file);
  REQUIRE(golden.at("cases").size() == 5);
  for (const json& entry : golden.at("cases")) {
    const auto seed = entry.at("seed").get<uint64_t>();
    size_t checked = 0;
    for (const auto& [name, call] : golden_calls()) {
      INFO("seed " << seed << ", " << name);
      json expected = entry.at(name);
      if (name == "randn(4,dtype=f64)") {
        for (json& value : expected) value = std::stod(value.get<std::string>());  // hexadecimal
      }
      RandomState state(seed);
      CHECK(call(state) == expected);
      ++checked;
    }
    CHECK(checked + 1 == entry.size());  // and "seed": nothing in the file goes unread
  }
}

TEST_CASE("random: the engine is std::mt19937 of the low 32 bits of the seed", "[random]") {
  const uint64_t seed = GENERATE(uint64_t{0}, uint64_t{1}, uint64_t{5489}, uint64_t{0xFFFFFFFF},
                                 uint64_t{0x123456789ABCDEF0}, ~uint64_t{0});
  std::mt19937 reference(static_cast<uint32_t>(seed));
  RandomState one_by_one(seed);
  RandomState in_runs(seed);
  std::vector<uint32_t> run;
  bool same = true;
  for (int64_t n = 0; n < 1300; n += 37) {  // runs that begin and end anywhere in the 624 words
    run.assign(static_cast<size_t>(n), 0);
    fill_u32(in_runs, run.data(), n);
    for (const uint32_t output : run) {
      const auto expected = static_cast<uint32_t>(reference());
      same = same && output == expected && next_u32(one_by_one) == expected;
    }
  }
  CHECK(same);
  CHECK(in_runs.words == one_by_one.words);
  CHECK(in_runs.left == one_by_one.left);
  CHECK(in_runs.next == one_by_one.next);

  RandomState pair(seed);
  RandomState single(seed);
  const uint64_t high = next_u32(single);
  CHECK(next_u64(pair) == ((high << 32) | next_u32(single)));
}

TEST_CASE("random: long streams have the hashes of PyTorch's", "[random]") {
  // FNV-1a, 64 bits, over the bytes that PyTorch 1.13 (x86-64, AVX2, no MKL) gives after
  // manual_seed(0) for 100003 elements. check_random.py compares any other seed.
  CHECK(stream_hash<float>(rand_f32) == 0xC84CDE7EA484C74CULL);
  CHECK(stream_hash<float>(randn_f32) == 0xC5046E5886A31170ULL);
  CHECK(stream_hash<double>([](auto& s, double* o, int64_t n) {
          fill_uniform(s, o, n, 0.0, 1.0);
        }) == 0x39E12F06CC21EA68ULL);
  CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) {
          fill_uniform(s, o, n, -2.0, 3.0);
        }) == 0xEFC6F1E8C0C9EE80ULL);
  CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) { fill_bernoulli(s, o, n, 0.3); }) ==
        0x6D1E66BD27733428ULL);
  CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) { fill_dropout_mask(s, o, n, 0.1); }) ==
        0xEAD3ACCE05B64F15ULL);
  CHECK(stream_hash<int64_t>([](auto& s, int64_t* o, int64_t n) {
          fill_random_range(s, o, n, 1000, 0);
        }) == 0x810124CD651DBE71ULL);
  CHECK(stream_hash<int64_t>([](auto& s, int64_t* o, int64_t n) {
          fill_random_range(s, o, n, (uint64_t{1} << 40) + 5, -5);
        }) == 0x40F5602EAB71FDC6ULL);
  CHECK(stream_hash<int64_t>([](auto& s, int64_t* o, int64_t n) { fill_permutation(s, o, n); }) ==
        0xEB4FD22978F51D89ULL);
  CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) { fill_random(s, o, n); }) ==
        0x5245B9CB6C459920ULL);
  CHECK(stream_hash<int64_t>([](auto& s, int64_t* o, int64_t n) { fill_random(s, o, n); }) ==
        0x0B4C3BC28616D78CULL);
}

#ifdef __GLIBC__
TEST_CASE("random: long streams that go through the C library", "[random]") {
  CHECK(stream_hash<double>([](auto& s, double* o, int64_t n) {
          fill_normal(s, o, n, 0.0, 1.0);
        }) == 0xE0FEC172711095C6ULL);
  CHECK(stream_hash<double>([](auto& s, double* o, int64_t n) {
          fill_exponential(s, o, n, 2.0);
        }) == 0x02C63C58252A8240ULL);
  CHECK(stream_hash<Half>([](auto& s, Half* o, int64_t n) { fill_normal(s, o, n, 0.0, 1.0); }) ==
        0xE68D30F078B338D6ULL);
  CHECK(stream_hash<BFloat16>([](auto& s, BFloat16* o, int64_t n) {
          fill_normal(s, o, n, 0.0, 1.0);
        }) == 0xA7C30672332B93D0ULL);
}
#endif

TEST_CASE("random: the bits are the same on every instruction set", "[random][simd]") {
  struct Restore {
    ~Restore() { hwy::SetSupportedTargetsForTest(0); }
  } restore;
  const int64_t here = hwy::SupportedTargets();
  int targets = 0;
  for (int64_t rest = here; rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    INFO(hwy::TargetName(rest & -rest));
    ++targets;
    CHECK(stream_hash<float>(rand_f32) == 0xC84CDE7EA484C74CULL);
    CHECK(stream_hash<float>(randn_f32) == 0xC5046E5886A31170ULL);
    CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) {
            fill_uniform(s, o, n, -2.0, 3.0);
          }) == 0xEFC6F1E8C0C9EE80ULL);
    CHECK(stream_hash<double>([](auto& s, double* o, int64_t n) {
            fill_uniform(s, o, n, 0.0, 1.0);
          }) == 0x39E12F06CC21EA68ULL);
    CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) { fill_bernoulli(s, o, n, 0.3); }) ==
          0x6D1E66BD27733428ULL);
    CHECK(stream_hash<float>([](auto& s, float* o, int64_t n) {
            fill_dropout_mask(s, o, n, 0.1);
          }) == 0xEAD3ACCE05B64F15ULL);
  }
  CHECK(targets >= 1);
}

TEST_CASE("random: normal for 15 to 17 numbers", "[random]") {
  const auto draw = [](int64_t n) {
    RandomState state(3);
    return bits_of(state, n, randn_f32);
  };
  const Bits n15 = draw(15);
  const Bits n16 = draw(16);
  const Bits n17 = draw(17);
  CHECK(n17[0] == n16[0]);  // the last 16 of 17 are a new block
  for (size_t i = 1; i < 16; ++i) CHECK(n17[i] != n16[i]);
  for (size_t i = 0; i < 15; ++i) CHECK(n15[i] != n16[i]);

  RandomState state(3);
  bits_of(state, 15, randn_f32);
  REQUIRE(state.cached_normal.has_value());  // 15 is odd: half a pair is left
  const double kept = *state.cached_normal;
  bits_of(state, 5, rand_f32);
  bits_of(state, 32, randn_f32);
  CHECK(state.cached_normal == kept);  // neither uses it
  float next = 0;
  fill_normal(state, &next, 1, 10.0, 0.5);
  CHECK(next == static_cast<float>(std::fma(kept, 0.5, 10.0)));  // kept before mean and std
  CHECK(!state.cached_normal.has_value());

  RandomState strided(3);
  const Bits one_by_one = bits_of(
      strided, 20, [](auto& s, float* o, int64_t n) { fill_normal_one_by_one(s, o, n, 0.0, 1.0); });
  CHECK(Bits(one_by_one.begin(), one_by_one.begin() + 15) == n15);
}

TEST_CASE("random: nothing is drawn for no elements", "[random]") {
  const int64_t n = GENERATE(int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min());
  RandomState state(9);
  float* const none = nullptr;
  fill_u32(state, nullptr, n);
  fill_uniform(state, none, n, -1.0, 2.0);
  fill_normal(state, none, n, 0.0, 1.0);
  fill_normal_one_by_one(state, none, n, 0.0, 1.0);
  fill_bernoulli(state, none, n, 0.5);
  fill_bernoulli_each(state, none, static_cast<const float*>(nullptr), n);
  fill_random(state, none, n);
  fill_random_range(state, none, n, 7, 0);
  fill_permutation(state, none, n);
  fill_exponential(state, none, n, 1.0);
  fill_dropout_mask(state, none, n, 0.5);
  CHECK(next_u32(state) == std::mt19937(9)());
}

TEST_CASE("random: randint covers its range up to all of int64", "[random]") {
  RandomState state(11);
  std::vector<int64_t> out(1000);
  fill_random_range(state, out.data(), 1000, 3, -1);
  CHECK(std::set<int64_t>(out.begin(), out.end()) == std::set<int64_t>{-1, 0, 1});

  fill_random_range(state, out.data(), 1000, 0, std::numeric_limits<int64_t>::min());
  CHECK(*std::min_element(out.begin(), out.end()) < -(int64_t{1} << 62));
  CHECK(*std::max_element(out.begin(), out.end()) > (int64_t{1} << 62));

  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  CHECK(random_from<int64_t>(highest) == highest);
  CHECK(random_to<int64_t>(lowest) == lowest);
  CHECK(random_from<float>(1000) == 1000);
  CHECK(random_from<float>((int64_t{1} << 40) + 1) == (int64_t{1} << 40) + (int64_t{1} << 17));
  const int64_t near_end = (int64_t{1} << 38) + 10;
  for (const int64_t bound : {lowest, lowest + 1, lowest + near_end, int64_t{-1},
                              highest - near_end, highest - 1, highest}) {
    random_from<float>(bound);  // no overflow: for the sanitizers
    random_to<float>(bound);
    random_from<double>(bound);
    random_to<Half>(bound);
    random_from<BFloat16>(bound);
  }
}
