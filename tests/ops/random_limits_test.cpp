// Random numbers at the bounds of what each function takes.
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "catch.h"
#include "kernels/random/random.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The range of the elements, and that nothing is outside.
std::pair<double, double> range(const Tensor& x) {
  return {x.to(float64).min().item<double>(), x.to(float64).max().item<double>()};
}

}  // namespace

TEST_CASE("a range of 2^28 takes two words an element, a smaller one takes one", "[random]") {
  for (const uint64_t size : {(uint64_t{1} << 28) - 1, uint64_t{1} << 28, (uint64_t{1} << 28) + 1,
                              uint64_t{1}, uint64_t{1} << 32, uint64_t{1} << 63}) {
    kernels::RandomState state(5), words(5);
    std::vector<int64_t> out(300);
    kernels::fill_random_range(state, out.data(), 300, size, -7);
    bool same = true;
    for (const int64_t value : out) {
      const uint64_t drawn =
          size >= uint64_t{1} << 28 ? kernels::next_u64(words) : kernels::next_u32(words);
      same = same && value == static_cast<int64_t>(drawn % size - uint64_t{7});
    }
    CAPTURE(size);
    CHECK(same);
    CHECK(kernels::next_u32(state) == kernels::next_u32(words));
  }
  // And as tensors: torch.manual_seed(0); torch.randint(0, 2**32, (3,)) takes words in pairs.
  const auto state_after = [](int64_t high) {
    Generator generator(0);
    randint(0, high, {3}, {}, &generator);
    return generator.get_state();
  };
  const auto after_words = [](int count) {
    Generator generator(0);
    randint(0, 2, {count}, {}, &generator);
    return generator.get_state();
  };
  CHECK(state_after((int64_t{1} << 28) - 1) == after_words(3));
  CHECK(state_after(int64_t{1} << 28) == after_words(6));
  CHECK(state_after((int64_t{1} << 28) + 1) == after_words(6));
  CHECK(state_after(int64_t{1} << 32) == after_words(6));
  const Tensor wide = randint(0, int64_t{1} << 32, {2000});
  CHECK(range(wide).second > 0x1p31);
  CHECK(range(wide).second < 0x1p32);
}

TEST_CASE("randint gives PyTorch 2.15's numbers around each change of its algorithm", "[random]") {
  struct Case {
    DType dtype;
    int64_t high;
    std::vector<int64_t> numbers;
    double next;  // of rand(1) after them
  };
  const double one_word = 0.13203048706054688, two_words = 0.4900934100151062;
  const Case cases[] = {
      {int64, 268435455, {209652404, 130329144, 118924928}, one_word},
      {int64, 268435456, {130329135, 136432832, 195187451}, two_words},
      {int64, 268435457, {265551859, 112682522, 112664408}, two_words},
      {int64, 2147483647, {818069386, 1179589038, 272611717}, two_words},
      {int64, 4294967295, {608416988, 2402841398, 1978730047}, two_words},
      {int64, 4294967296, {2546248239, 3626093760, 3684848379}, two_words},
      {int64, 4294967297, {189112195, 554378827, 1095999416}, two_words},
      {int32, 268435455, {209652404, 130329144, 118924928}, one_word},
      {int32, 268435456, {130329135, 136432832, 195187451}, two_words},
      {int32, 2147483647, {818069386, 1179589038, 272611717}, two_words},
      {float64, 268435455, {209652404, 130329144, 118924928}, one_word},
      {float64, 268435457, {265551859, 112682522, 112664408}, two_words},
      {float64, 4294967296, {2546248239, 3626093760, 3684848379}, two_words},
      {float32, 268435455, {209652528, 130329280, 118925096}, one_word},
      {float32, 268435456, {209652528, 130329280, 118925096}, one_word},
      {float32, 268435457, {265551856, 112682520, 112664408}, two_words},
      {float32, 2147483647, {382722848, 1858664704, 710291712}, two_words},
      {float32, 4294967296, {382722848, 4006148352, 710291712}, two_words},
      {float32, 4294967297, {189112192, 554378816, 1095999360}, two_words},
  };
  for (const Case& c : cases) {
    manual_seed(0);
    CAPTURE(name(c.dtype), c.high);
    CHECK(randint(0, c.high, {3}, c.dtype).to_vector<int64_t>() == c.numbers);
    CHECK(rand({1}).item<float>() == static_cast<float>(c.next));
  }
  const int64_t half = int64_t{1} << 27;
  manual_seed(0);
  CHECK(randint(-half, half, {3}).to_vector<int64_t>() ==
        std::vector<int64_t>{-3888593, 2215104, 60969723});
  manual_seed(0);
  CHECK(randint(-half, half - 1, {3}).to_vector<int64_t>() ==
        std::vector<int64_t>{75434676, -3888584, -15292800});
}

TEST_CASE("randint takes exactly what the dtype holds", "[random]") {
  CHECK_NOTHROW(randint(0, 256, {2}, uint8));
  CHECK_THROWS_AS(randint(0, 257, {2}, uint8), ValueError);
  CHECK_THROWS_AS(randint(-1, 2, {2}, uint8), ValueError);
  CHECK_NOTHROW(randint(INT32_MIN, int64_t{INT32_MAX} + 1, {2}, int32));
  CHECK_THROWS_AS(randint(INT32_MIN, int64_t{INT32_MAX} + 2, {2}, int32), ValueError);
  CHECK_THROWS_AS(randint(int64_t{INT32_MIN} - 1, 0, {2}, int32), ValueError);
  CHECK_NOTHROW(randint(INT64_MIN, INT64_MAX, {2}));
  CHECK_NOTHROW(randint(0, 2, {2}, bool_));
  CHECK_THROWS_AS(randint(0, 3, {2}, bool_), ValueError);
  CHECK_THROWS_AS(randint(-1, 1, {2}, bool_), ValueError);
  CHECK_NOTHROW(randint(-65504, 65505, {2}, float16));
  CHECK_THROWS_AS(randint(0, 70000, {2}, float16), ValueError);
  CHECK_THROWS_AS(randint(3, 3, {2}), ValueError);
  CHECK_NOTHROW(randint(3, 4, {2}));
  CHECK(randint(3, 4, {5}).to_vector<int64_t>() == std::vector<int64_t>(5, 3));
  CHECK(range(randint(0, 256, {3000}, uint8)) == std::pair(0.0, 255.0));
  CHECK(range(randint(-2, 3, {300}, float16)) == std::pair(-2.0, 2.0));
}

TEST_CASE("uniform_ takes bounds that the dtype holds, and whose difference it does", "[random]") {
  const double most = std::numeric_limits<float>::max();
  CHECK_NOTHROW(zeros({2}).uniform_(0, most));
  CHECK_NOTHROW(zeros({2}).uniform_(-most, 0));
  CHECK_THROWS_AS(zeros({2}).uniform_(-1e32, most), ValueError);
  CHECK_THROWS_AS(zeros({2}).uniform_(0, std::nextafter(most, infinity)), ValueError);
  CHECK_THROWS_AS(zeros({2}).uniform_(-infinity, 0), ValueError);
  CHECK_THROWS_AS(zeros({2}).uniform_(0, not_a_number), ValueError);
  CHECK_NOTHROW(zeros({2}, float16).uniform_(0, 65504));
  CHECK_THROWS_AS(zeros({2}, float16).uniform_(0, 65505), ValueError);
  CHECK_NOTHROW(zeros({2}, bfloat16).uniform_(0, 0x1.FEp+127));
  CHECK_THROWS_AS(zeros({2}, bfloat16).uniform_(0, 0x1.FFp+127), ValueError);
  CHECK_NOTHROW(zeros({2}, float64).uniform_(0, std::numeric_limits<double>::max()));
  CHECK(zeros({3}).uniform_(2, 2).to_vector<double>() == std::vector<double>(3, 2));
  CHECK_THROWS_AS(zeros({3}).uniform_(2, std::nextafter(2, 1)), ValueError);
  const auto [low, high] = range(zeros({5000}).uniform_(-2, 3));
  CHECK((low >= -2 && low < -1.9));
  CHECK((high <= 3 && high > 2.9));
}

TEST_CASE("probabilities of exactly 0 and 1, and none beyond", "[random]") {
  const double below = -std::numeric_limits<double>::denorm_min(), above = std::nextafter(1, 2);
  CHECK(zeros({50}).bernoulli_(1).sum().item<double>() == 50);
  CHECK(ones({50}).bernoulli_(0).sum().item<double>() == 0);
  CHECK_THROWS_AS(zeros({2}).bernoulli_(below), ValueError);
  CHECK_THROWS_AS(zeros({2}).bernoulli_(above), ValueError);
  CHECK(bernoulli(tensor({0., 1.})).to_vector<double>() == std::vector<double>{0, 1});
  CHECK_THROWS_AS(bernoulli(tensor({0., above}, float64)), ValueError);
  CHECK_THROWS_AS(bernoulli(tensor({below, 1.}, float64)), ValueError);
  const Tensor x = ones({40});
  CHECK(dropout(x, 0).is_same(x));
  CHECK(dropout(x, 1).sum().item<double>() == 0);
  CHECK(dropout(x, 0.5, false).is_same(x));
  CHECK_THROWS_AS(dropout(x, below), ValueError);
  CHECK_THROWS_AS(dropout(x, above), ValueError);
  CHECK_THROWS_AS(dropout(x, not_a_number, false), ValueError);
  CHECK_THROWS_AS(dropout_(x, above), ValueError);
  CHECK(std::isnan(dropout(tensor({infinity}), 1).item<double>()));
  const Tensor y = dropout(ones({1000}, float64), 0.75);
  for (const double v : y.to_vector<double>()) CHECK((v == 0 || v == 4));
  CHECK_THROWS_AS(dropout(ones({4}, int64), 0.5), TypeError);
  CHECK_NOTHROW(dropout(ones({4}, int64), 0.5, false));
}

TEST_CASE("deviations and rates of 0", "[random]") {
  CHECK(zeros({20}).normal_(3, 0).to_vector<double>() == std::vector<double>(20, 3));
  CHECK(normal(3, 0, {5}).to_vector<double>() == std::vector<double>(5, 3));
  CHECK_THROWS_AS(zeros({2}).normal_(0, -std::numeric_limits<double>::denorm_min()), ValueError);
  CHECK_NOTHROW(zeros({2}).exponential_(0));
  CHECK_THROWS_AS(zeros({2}).exponential_(-1e-300), ValueError);
  CHECK_THROWS_AS(zeros({2}).exponential_(not_a_number), ValueError);
  CHECK(zeros({4000}, float64).exponential_(4).mean().item<double>() == Approx(0.25).epsilon(0.1));
}

TEST_CASE("randperm counts as far as the dtype does", "[random]") {
  CHECK(randperm(256, {.dtype = uint8}).to(int64).sum().item<int64_t>() == 255 * 128);
  CHECK_THROWS_AS(randperm(257, {.dtype = uint8}), ValueError);
  CHECK(randperm(2049, {.dtype = float16}).to(int64).sum().item<int64_t>() == 2048 * 2049 / 2);
  CHECK_THROWS_AS(randperm(2050, {.dtype = float16}), ValueError);
  CHECK(randperm(257, {.dtype = bfloat16}).to(int64).sum().item<int64_t>() == 257 * 128);
  CHECK_THROWS_AS(randperm(258, {.dtype = bfloat16}), ValueError);
  CHECK_THROWS_AS(randperm(int64_t{INT32_MAX} + 2, {.dtype = int32, .device = Device::meta}),
                  ValueError);
  CHECK_NOTHROW(randperm(int64_t{INT32_MAX} + 1, {.dtype = int32, .device = Device::meta}));
  CHECK_NOTHROW(randperm((int64_t{1} << 24) + 1, {.dtype = float32, .device = Device::meta}));
  CHECK_THROWS_AS(randperm((int64_t{1} << 24) + 2, {.dtype = float32, .device = Device::meta}),
                  ValueError);
  CHECK(randperm(1).to_vector<int64_t>() == std::vector<int64_t>{0});
}

TEST_CASE("random_ without bounds reaches to the end of what the dtype counts", "[random]") {
  CHECK(range(zeros({3000}, uint8).random_()) == std::pair(0.0, 255.0));
  CHECK(range(zeros({100}, bool_).random_()) == std::pair(0.0, 1.0));
  const auto [low, high] = range(zeros({3000}, int32).random_());
  CHECK(low >= 0);
  CHECK(high > 0.99 * INT32_MAX);
  const auto half = range(zeros({20000}, float16).random_());
  CHECK(half == std::pair(0.0, 2048.0));
  const auto single = range(zeros({3000}).random_());
  CHECK(single.first >= 0);
  CHECK((single.second > 0.99 * 0x1p24 && single.second <= 0x1p24));
  CHECK(range(zeros({3000}, bfloat16).random_()) == std::pair(0.0, 256.0));
}

TEST_CASE("strided memory gets the numbers of contiguous memory, in any length", "[random]") {
  // Through a buffer of 256 elements.
  for (const int64_t n : {1, 255, 256, 257, 512, 513, 1000}) {
    const auto both = [n](auto fill) {
      Generator a(3), b(3);
      const Tensor plain = zeros({n}), spread = zeros({n, 2});
      fill(plain, &a);
      fill(spread.select(1, 1), &b);
      CHECK(equal(spread.select(1, 1), plain));
      CHECK_FALSE(spread.select(1, 0).any().item<bool>());
      CHECK(a.get_state() == b.get_state());
    };
    CAPTURE(n);
    both([](const Tensor& x, Generator* g) { x.uniform_(0, 1, g); });
    both([](const Tensor& x, Generator* g) { x.bernoulli_(0.3, g); });
    both([](const Tensor& x, Generator* g) { x.random_(0, 100, g); });
    both([](const Tensor& x, Generator* g) { x.random_(g); });
    both([](const Tensor& x, Generator* g) { x.exponential_(2, g); });
    // Normal numbers come one by one there, as in PyTorch: the same for fewer than 16.
    if (n < 16) both([](const Tensor& x, Generator* g) { x.normal_(0, 1, g); });
  }
}

TEST_CASE("random tensors are written at once: version 0, then one more each time", "[random]") {
  CHECK(rand({3}).version() == 0);
  CHECK(randint(5, {3}).version() == 0);
  CHECK(randperm(3).version() == 0);
  CHECK(bernoulli(ones({3})).version() == 0);
  CHECK(rand_like(ones({3})).version() == 0);
  const Tensor x = zeros({2}).requires_grad_() * 1;
  x.uniform_();
  CHECK(x.grad_fn() == "UniformBackward0");
  CHECK(x.bernoulli_().grad_fn() == "BernoulliBackward2");
  CHECK(x.random_().grad_fn() == "RandomBackward2");
  CHECK(x.random_(0, 3).grad_fn() == "RandomBackward0");
  CHECK(x.exponential_().grad_fn() == "ExponentialBackward0");
  CHECK(x.normal_().grad_fn() == "NormalBackward0");
}
