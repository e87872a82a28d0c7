// Numbers that a dtype cannot hold: what PyTorch 2.15 refuses, wraps around or cuts off.
#include <array>
#include <functional>
#include <optional>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

constexpr int64_t big = int64_t{1} << 40;

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "(no error)";
}

const std::string to_uint8 = "value cannot be converted to type uint8_t without overflow";
const std::string to_int32 = "value cannot be converted to type int without overflow";
const std::string to_int64 = "value cannot be converted to type int64_t without overflow";
const std::string to_float = "value cannot be converted to type float without overflow";

/// What fill_ makes of a number, or nothing if it refuses.
struct Case {
  Scalar value;
  DType dtype;
  std::optional<double> result;
};

std::vector<Case> cases() {
  return {{big, int32, {}},
          {big, uint8, {}},
          {big, int64, static_cast<double>(big)},
          {300, uint8, {}},
          {255, uint8, 255},
          {-1, uint8, 255},
          {-255, uint8, 1},
          {-256, uint8, {}},
          {-1.0, uint8, {}},
          {-0.5, uint8, {}},
          {-0.0, uint8, 0},
          {255.5, uint8, 255},
          {256.0, uint8, {}},
          {2.7, int32, 2},
          {-2.7, int32, -2},
          {2147483647.5, int32, 2147483647},
          {2147483648.0, int32, {}},
          {-2147483648.5, int32, {}},
          {1e20, int64, {}},
          {0x1p63, int64, {}},
          {-0x1p63, int64, -0x1p63},
          {wick::inf, int64, {}},
          {wick::nan, int32, {}},
          {wick::nan, bool_, 1},
          {300, bool_, 1},
          {1e40, float32, {}},
          {-1e40, float32, {}},
          {3.4028235e38, float32, {}},
          {-wick::inf, float32, -wick::inf},
          {1e40, float64, 1e40},
          {1e40, float16, wick::inf},
          {70000, float16, wick::inf},
          {65505, float16, 65504},
          {1e40, bfloat16, wick::inf}};
}

}  // namespace

TEST_CASE("fill_, full and the like refuse what the dtype cannot hold", "[overflow]") {
  for (const Case& c : cases()) {
    INFO(c.value << " as " << c.dtype);
    const Tensor x = full({2, 3}, true, c.dtype);
    const std::vector<std::pair<const char*, std::function<Tensor()>>> ways = {
        {"fill_", [&] { return x.clone().fill_(c.value); }},
        {"fill_ of a view", [&] { return x.clone().t().slice(0, 0, 3, 2).fill_(c.value); }},
        {"full", [&] { return full({2}, c.value, c.dtype); }},
        {"full_like", [&] { return full_like(x, c.value); }},
        {"constant_", [&] { return nn::init::constant_(x.clone(), c.value); }},
        {"x[0] = value",
         [&] {
           const Tensor y = x.clone();
           y[0] = c.value;
           return Tensor(y[0]);
         }},
        {"of none", [&] { return full({0}, c.value, c.dtype); }},
        {"of meta", [&] { return full({1}, c.value, {.dtype = c.dtype, .device = meta}); }},
    };
    for (const auto& [name, make] : ways) {
      INFO(name);
      if (!c.result) {
        CHECK_THROWS_AS(make(), ValueError);
        continue;
      }
      const Tensor made = make();
      CHECK(made.dtype() == c.dtype);
      if (made.is_meta()) continue;
      for (const double element : made.to_vector<double>()) CHECK(element == *c.result);
    }
    CHECK(x.equal(full({2, 3}, true, c.dtype)));  // of all that threw, nothing was written
  }
  CHECK(error_of([] { zeros({1}, int32).fill_(big); }) == to_int32);
  CHECK(error_of([] { full({1}, 300, uint8); }) == to_uint8);
  CHECK(error_of([] { full({1}, 1e20, int64); }) == to_int64);
  CHECK(error_of([] { full({1}, 1e40); }) == to_float);
}

TEST_CASE("assignments by index refuse what the dtype cannot hold", "[overflow]") {
  const Tensor x = zeros({3}, int32), bytes = zeros({3}, uint8);
  const Tensor mask = tensor({true, false, true}), at = tensor({0, 2});
  CHECK(error_of([&] { x[0] = big; }) == to_int32);
  CHECK(error_of([&] { x(mask) = big; }) == to_int32);
  CHECK(error_of([&] { x(at) = big; }) == to_int32);
  CHECK(error_of([&] { x(slice(1, 3)) = wick::nan; }) == to_int32);
  CHECK(error_of([&] { bytes(at) = -0.5; }) == to_uint8);
  CHECK(error_of([&] { bytes.masked_fill(mask, -256); }) == to_uint8);
  CHECK(error_of([&] { zeros({0}, uint8).masked_fill(zeros({0}, bool_), 300); }) == to_uint8);
  CHECK_THROWS_AS(zeros({3}, float16)(mask) = 65505, ValueError);  // as masked_fill
  CHECK_THROWS_AS(zeros({3}, float16).masked_fill(mask, 65505), ValueError);
  CHECK(x.equal(zeros({3}, int32)));
  bytes(mask) = -1;
  bytes[1] = 254.9;
  CHECK(bytes.to_vector<int>() == std::vector<int>{255, 254, 255});
  // Tensors convert as to() does, and arithmetic wraps around.
  bytes[0] = tensor(300);
  bytes[1] += 300;
  CHECK(bytes.to_vector<int>() == std::vector<int>{44, 42, 255});
}

TEST_CASE("tensor refuses what the dtype cannot hold", "[overflow]") {
  CHECK(error_of([] {
          tensor({1, 300}, uint8);
        }) == "value cannot be converted to type uint8 without overflow");
  CHECK(error_of([] {
          tensor({{1., wick::nan}}, int64);
        }) == "value cannot be converted to type int64 without overflow");
  CHECK(error_of([] { tensor(big, int32); }) ==
        "value cannot be converted to type int32 without overflow");
  CHECK(error_of([] {
          tensor(std::vector<int64_t>{0, big}, int32);
        }) == "value cannot be converted to type int32 without overflow");
  CHECK_THROWS_AS(tensor(std::vector<double>{1, -1}, uint8), ValueError);
  CHECK_THROWS_AS(tensor(std::array<float, 1>{3e9F}, int32), ValueError);
  CHECK(tensor({-1, 255}, uint8).to_vector<int>() == std::vector<int>{255, 255});
  CHECK(tensor(std::vector<double>{2.7, 0}, int32).to_vector<int>() == std::vector<int>{2, 0});
  CHECK(tensor({0.5, 0.}, bool_).to_vector<bool>() == std::vector<bool>{true, false});
  // Floating dtypes round, to infinity if need be.
  CHECK(tensor({1e40, -1e40}).to_vector<double>() == std::vector<double>{wick::inf, -wick::inf});
  CHECK(tensor(1e40).item<double>() == wick::inf);
  CHECK(tensor(70000, float16).item<double>() == wick::inf);
}

TEST_CASE("where and clamp refuse numbers that the result cannot hold", "[overflow]") {
  const Tensor bytes = tensor({5, 200}, uint8), ints = tensor({5, 200}, int32);
  const Tensor mask = tensor({true, false});
  CHECK(error_of([&] { where(mask, bytes, 300); }) == to_uint8);
  CHECK(error_of([&] { where(mask, big, ints); }) == to_int32);
  CHECK(error_of([&] { where(mask, zeros({2}), 1e40); }) == to_float);
  CHECK(where(mask, bytes, -1).to_vector<int>() == std::vector<int>{5, 255});
  CHECK(where(mask, big, 1).dtype() == int64);
  CHECK(where(mask, zeros({2}, float16), 1e40).to_vector<double>()[1] == wick::inf);

  CHECK(error_of([&] { clamp(bytes, 300); }) ==
        "Clamp min value 300 is outside the representable range of Byte");
  CHECK(error_of([&] { clamp(ints, {}, -big); }) ==
        "Clamp max value -1.09951e+12 is outside the representable range of Int");
  CHECK(error_of([&] { zeros({1}).clamp_(0, 1e40); }) == to_float);
  CHECK_THROWS_AS(clamp(zeros({1}, float16), 0, 70000), ValueError);
  CHECK(clamp(bytes, -5, 300).equal(bytes));
  CHECK(clamp(ints, -big, big).equal(ints));
  CHECK(clamp(zeros({1}), -wick::inf, wick::inf).equal(zeros({1})));
}

TEST_CASE("arithmetic with a number wraps around, a power does not", "[overflow]") {
  const Tensor bytes = tensor({5}, uint8), ints = tensor({5}, int32);
  CHECK((bytes + 300).item<int>() == 49);
  CHECK((300 - bytes).item<int>() == 39);
  CHECK((ints + big).item<int>() == 5);
  CHECK((ints * 3000000000LL).item<int>() == 2115098112);
  CHECK(bytes.clone().mul_(-300).item<int>() == 36);
  CHECK(error_of([&] { pow(bytes, 300); }) == to_uint8);
  CHECK(error_of([&] { ints.clone().pow_(big); }) == to_int32);
  CHECK(error_of([&] { addmm(ints, ones({1, 1}, int32), ones({1, 1}, int32), big); }) == to_int32);
  CHECK_THROWS_AS(ints % big, ValueError);  // by zero, then
  // Comparisons are of the values.
  CHECK((bytes < 300).item<bool>());
  CHECK((ints < big).item<bool>());
}

TEST_CASE("arange wraps around, linspace refuses", "[overflow]") {
  CHECK(arange(254, 257, 1, {.dtype = uint8}).to_vector<int>() == std::vector<int>{254, 255, 0});
  CHECK(arange(big, big + 2, 1, {.dtype = int32}).to_vector<int>() == std::vector<int>{0, 1});
  CHECK(error_of([] { linspace(250, 260, 3, {.dtype = uint8}); }) == to_uint8);
  CHECK(error_of([] { linspace(-2., 2, 3, {.dtype = uint8}); }) == to_uint8);
  CHECK(error_of([] { linspace(0, wick::nan, 3, {.dtype = int32}); }) == to_int32);
  CHECK(error_of([] { linspace(0, 1e40, 3); }) == to_float);
  CHECK_THROWS_AS(linspace(0, 1e10, 3, {.dtype = float16}), ValueError);
  CHECK(linspace(0, 255, 2, {.dtype = uint8}).to_vector<int>() == std::vector<int>{0, 255});
}

TEST_CASE("an unsigned integer beyond int64 is no Scalar", "[overflow]") {
  const uint64_t past = uint64_t{1} << 63;
  CHECK(error_of([&] { full({1}, past); }) == to_int64);
  CHECK(error_of([&] { tensor({past}); }) == to_int64);
  CHECK(error_of([&] { tensor(std::vector<uint64_t>{1, past}); }) == to_int64);
  CHECK(error_of([&] { tensor({1}) + past; }) == to_int64);
  CHECK(full({1}, past - 1).item<int64_t>() == INT64_MAX);
}
