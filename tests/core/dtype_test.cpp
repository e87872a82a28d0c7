// The table of dtypes, and how numbers become half ones.
#include "wick/dtype.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The half number nearest to `value`, ties to even, found among all of them.
double nearest_half(double value) {
  double best = 0, best_distance = infinity;
  bool best_even = true;
  for (uint32_t bits = 0; bits <= 0x7C00U; ++bits) {
    // 65536 stands for infinity: what is nearer to it than to 65504 overflows.
    const double h = bits == 0x7C00U
                         ? 65536.0
                         : static_cast<double>(detail::half_to_float(static_cast<uint16_t>(bits)));
    const double distance = std::abs(std::abs(value) - h);
    if (distance < best_distance || (distance == best_distance && bits % 2 == 0 && !best_even)) {
      best = h;
      best_distance = distance;
      best_even = bits % 2 == 0;
    }
  }
  if (best == 65536.0) best = infinity;
  return std::copysign(best, value);
}

double as(double value, DType dtype) { return tensor(value, {.dtype = dtype}).item<double>(); }

}  // namespace

TEST_CASE("a double becomes a half number by way of float, as in PyTorch", "[core][dtype]") {
  const double tie = 1 + 0x1p-11;
  for (const double value : {tie - 0x1p-24,
                             tie - 0x1p-36,
                             tie - 0x1p-50,
                             tie,
                             tie + 0x1p-50,
                             tie + 0x1p-24,
                             1 + 3 * 0x1p-11 - 0x1p-40,
                             1 + 3 * 0x1p-11,
                             65519.999,
                             65520.0,
                             65519.99999999999,
                             0x1p-25,
                             0x1p-25 + 0x1p-60,
                             0x1p-24,
                             3 * 0x1p-25,
                             3 * 0x1p-25 - 0x1p-70,
                             0.0,
                             -0.0,
                             -tie + 0x1p-40,
                             0x1.ffcp-15,
                             0x1p-14 - 0x1p-26}) {
    CAPTURE(value);
    const double expected = nearest_half(static_cast<double>(static_cast<float>(value)));
    CHECK(as(value, float16) == expected);
    CHECK(tensor({value, value}, {.dtype = float64}).to(float16)[1].item<double>() == expected);
    CHECK(std::signbit(as(value, float16)) == std::signbit(value));
  }
  CHECK(as(1 + 3 * 0x1p-8 - 0x1p-40, bfloat16) == 1 + 0x1p-6);
  CHECK(as(1 + 3 * 0x1p-8, bfloat16) == 1 + 0x1p-6);
  CHECK(as(1 + 0x1p-8, bfloat16) == 1);
}

TEST_CASE("a sum becomes a half number in one rounding", "[core][dtype]") {
  const auto sum_of = [](std::vector<double> terms, DType dtype) {
    return tensor(terms, {.dtype = dtype}).sum().item<double>();
  };
  // By way of float, what is just above a tie would be one and go down, and the other way round.
  for (const double sign : {1.0, -1.0}) {
    CHECK(sum_of({sign, sign * 0x1p-11, -sign * 0x1p-24}, float16) == sign);
    CHECK(sum_of({sign, sign * 0x1p-11, sign * 0x1p-24}, float16) == sign * (1 + 0x1p-10));
    CHECK(sum_of({sign, sign * 0x1p-11}, float16) == sign);
    CHECK(sum_of({sign, sign * 3 * 0x1p-11}, float16) == sign * (1 + 0x1p-9));
    CHECK(sum_of({sign, sign * 3 * 0x1p-11, -sign * 0x1p-24}, float16) == sign * (1 + 0x1p-10));
    CHECK(sum_of({sign, sign * 3 * 0x1p-11, sign * 0x1p-24}, float16) == sign * (1 + 0x1p-9));
    CHECK(sum_of({sign, sign * 0x1p-8, -sign * 0x1p-40}, bfloat16) == sign);
    CHECK(sum_of({sign, sign * 0x1p-8, sign * 0x1p-40}, bfloat16) == sign * (1 + 0x1p-7));
    CHECK(sum_of({sign, sign * 0x1p-8}, bfloat16) == sign);
    CHECK(sum_of({sign, sign * 3 * 0x1p-8, -sign * 0x1p-40}, bfloat16) == sign * (1 + 0x1p-7));
  }
  CHECK(sum_of({65504, 16}, float16) == infinity);
  CHECK(sum_of({65504, 16, -0x1p-20}, float16) == 65504);
}

TEST_CASE("every half number is itself", "[core][dtype]") {
  for (uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = detail::half_to_float(half);
    if (std::isnan(value))
      REQUIRE((detail::float_to_half(value) & 0x7FFFU) == 0x7E00U);
    else
      REQUIRE(detail::float_to_half(value) == half);
    const float wide = std::bit_cast<float>(bits << 16);
    if (std::isnan(wide))
      REQUIRE(detail::float_to_bfloat16(wide) == 0x7FC0U);
    else
      REQUIRE(detail::float_to_bfloat16(wide) == half);
  }
}

TEST_CASE("the table of dtypes", "[core][dtype]") {
  struct Row {
    DType dtype;
    std::string_view name;
    size_t size;
    bool floating;
  };
  const Row rows[] = {{float32, "float32", 4, true},   {float64, "float64", 8, true},
                      {bfloat16, "bfloat16", 2, true}, {float16, "float16", 2, true},
                      {int64, "int64", 8, false},      {int32, "int32", 4, false},
                      {uint8, "uint8", 1, false},      {bool_, "bool", 1, false}};
  CHECK(std::size(rows) == static_cast<size_t>(dtype_count));
  for (const Row& row : rows) {
    CHECK(name(row.dtype) == row.name);
    CHECK(element_size(row.dtype) == row.size);
    CHECK(is_floating_point(row.dtype) == row.floating);
  }
  CHECK_THROWS_AS(element_size(static_cast<DType>(dtype_count)), TypeError);
  CHECK_THROWS_AS(name(static_cast<DType>(255)), TypeError);
}
