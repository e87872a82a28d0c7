#include "wick/scalar.h"

#include <array>
#include <cmath>
#include <span>
#include <sstream>

#include "catch.h"
#include "wick/format.h"
#include "wick/ops.h"

using wick::Scalar;
using wick::Tensor;
using wick::tensor;
using wick::ValueError;

namespace {

/// item<T>() gives `value`, and throws for what is just outside of T.
template <class T>
void check_type(const std::string& name) {
  INFO(name);
  using Limits = std::numeric_limits<T>;
  CHECK(tensor(7.9).item<T>() == T{7});
  CHECK(tensor(true).item<T>() == T{1});
  const std::string text = "value cannot be converted to type " + name + " without overflow";
  for (const double value : {wick::nan, wick::inf, -wick::inf, 1e30, -1e30})
    CHECK_THROWS_WITH(tensor(value, wick::float64).item<T>(), text);
  if constexpr (sizeof(T) < 8) {
    const auto most = static_cast<int64_t>(Limits::max()), least = int64_t{Limits::min()};
    CHECK(tensor(most).item<T>() == Limits::max());
    CHECK(tensor(least).item<T>() == Limits::min());
    CHECK_THROWS_WITH(tensor(most + 1).item<T>(), text);
    CHECK_THROWS_WITH(tensor(least - 1).item<T>(), text);
    CHECK(tensor(static_cast<double>(most) + 0.5, wick::float64).item<T>() == Limits::max());
    CHECK_THROWS_WITH(tensor(static_cast<double>(most) + 1, wick::float64).item<T>(), text);
    CHECK_THROWS_WITH((tensor({int64_t{0}, most + 1}).to_vector<T>()), text);
  }
  if constexpr (!Limits::is_signed) {
    CHECK_THROWS_WITH(tensor(-1).item<T>(), text);
    CHECK(tensor(-0.5).item<T>() == T{0});
  } else {
    CHECK(tensor(-3).item<T>() == T{-3});
  }
  // And there, from any container.
  const std::vector<T> numbers{1, 2, 100};
  const Tensor made = tensor(numbers);
  const bool own = std::is_same_v<T, uint8_t> || std::is_same_v<T, int32_t>;
  CHECK(made.dtype() == (own ? wick::dtype_of<std::conditional_t<own, T, int64_t>> : wick::int64));
  CHECK(made.to_vector<T>() == numbers);
  CHECK(made.slice(0, 0, {}, 2).to_vector<T>() == std::vector<T>{1, 100});
  CHECK(tensor(std::span<const T>(numbers)).equal(made));
  CHECK(tensor(std::array<T, 3>{1, 2, 100}).equal(made));
  CHECK(tensor({T{1}, T{2}, T{100}}).dtype() == wick::int64);
  CHECK(tensor(numbers, wick::float16).dtype() == wick::float16);
  CHECK(tensor(std::vector<T>{}).shape() == wick::Shape{0});
}

}  // namespace

TEST_CASE("elements come out and go in as any integer type", "[scalar]") {
  check_type<size_t>("uint64_t");
  check_type<unsigned long>("uint64_t");
  check_type<unsigned long long>("uint64_t");
  check_type<long long>("int64_t");
  check_type<long>("int64_t");
  check_type<int>("int");
  check_type<unsigned>("uint32_t");
  check_type<short>("int16_t");
  check_type<unsigned short>("uint16_t");
  check_type<signed char>("int8_t");
  check_type<unsigned char>("uint8_t");
  check_type<char>("int8_t");
  CHECK(tensor(INT64_MIN).item<int64_t>() == INT64_MIN);
  CHECK(tensor(-0x1p63, wick::float64).item<long long>() == INT64_MIN);
  CHECK_THROWS_AS(tensor(0x1p63, wick::float64).item<int64_t>(), ValueError);
  CHECK(tensor(0x1p62, wick::float64).item<size_t>() == size_t{1} << 62);
}

TEST_CASE("elements come out as floating types and bool", "[scalar]") {
  CHECK(tensor(0.5, wick::bfloat16).item<double>() == 0.5);
  CHECK(tensor(0.5).item<long double>() == 0.5L);
  CHECK(tensor(3).item<wick::Half>() == wick::Half(3));
  CHECK(std::isinf(tensor(1e40, wick::float64).item<float>()));
  CHECK(tensor(wick::nan).item<bool>());
  CHECK(tensor({0.5, 0.}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(tensor({0.5, 0.}).to_vector<long double>() == std::vector<long double>{0.5L, 0});
  CHECK(tensor(std::vector<bool>{true, false}).dtype() == wick::bool_);
  CHECK(tensor(std::array<bool, 1>{true}).dtype() == wick::bool_);
  CHECK(tensor(std::vector<long double>{0.5L}).dtype() == wick::float64);
  CHECK(tensor(std::vector<float>{0.5F}, wick::float64).dtype() == wick::float64);
  CHECK_THROWS_AS(wick::zeros({1}, {.device = wick::meta}).item<int>(), wick::TypeError);
}

TEST_CASE("scalars and pairs print", "[scalar][format]") {
  std::ostringstream out;
  out << Scalar(true) << ' ' << Scalar(3) << ' ' << Scalar(1.0) << ' ' << Scalar(wick::nan);
  CHECK(out.str() == "True 3 1.0 nan");
  CHECK(fmt::format("{:>5}|{}", Scalar(2), Scalar(-wick::inf)) == "    2|-inf");
  CHECK(fmt::format("{}", wick::Dims{0, -1}) == "[0, -1]");
  out.str("");
  out << tensor({1, 3, 2}).max(0);
  CHECK(out.str() == "values=tensor(3),\nindices=tensor(1)");
  CHECK(fmt::format("{}", tensor({1., 3.}).sort()) ==
        "values=tensor([1., 3.]),\nindices=tensor([0, 1])");
}
