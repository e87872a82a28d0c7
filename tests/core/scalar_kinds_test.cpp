// Scalar: the kinds of numbers, and what becomes of each as another.
#include "wick/scalar.h"

#include <cstdint>
#include <limits>

#include "catch.h"
#include "wick/ops.h"

using namespace wick;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a Scalar knows its kind, and the dtype of a tensor made of it", "[core][scalar]") {
  CHECK(Scalar().kind() == Scalar::Kind::integer);
  CHECK(Scalar().to_int64() == 0);
  CHECK(Scalar(true).kind() == Scalar::Kind::boolean);
  CHECK(Scalar(true).dtype() == bool_);
  CHECK(Scalar(uint8_t{7}).kind() == Scalar::Kind::integer);
  CHECK(Scalar(7).dtype() == int64);
  CHECK(Scalar(7.0F).kind() == Scalar::Kind::floating);
  CHECK(Scalar(7.0).dtype() == float32);
  CHECK(Scalar(Half(1.5F)).is_floating());
  CHECK(Scalar(Half(1.5F)).to_double() == 1.5);
  CHECK(Scalar(BFloat16(-2.5F)).to_double() == -2.5);
  CHECK_FALSE(Scalar(1).is_floating());
  CHECK_FALSE(Scalar(false).is_floating());
}

TEST_CASE("a Scalar as an integer truncates towards zero and saturates", "[core][scalar]") {
  CHECK(Scalar(2.9).to_int64() == 2);
  CHECK(Scalar(-2.9).to_int64() == -2);
  CHECK(Scalar(-0.5).to_int64() == 0);
  CHECK(Scalar(true).to_int64() == 1);
  CHECK(Scalar(INT64_MIN).to_int64() == INT64_MIN);
  CHECK(Scalar(0x1p63).to_int64() == INT64_MAX);
  CHECK(Scalar(0x1.fffffffffffffp62).to_int64() == 0x7FFFFFFFFFFFFC00);
  CHECK(Scalar(-0x1p63).to_int64() == INT64_MIN);
  CHECK(Scalar(-0x1.fffffffffffffp62).to_int64() == -0x7FFFFFFFFFFFFC00);
  CHECK(Scalar(infinity).to_int64() == INT64_MAX);
  CHECK(Scalar(-infinity).to_int64() == INT64_MIN);
  CHECK(Scalar(not_a_number).to_int64() == 0);
}

TEST_CASE("a Scalar's truth and its double", "[core][scalar]") {
  CHECK(Scalar(0.5).to_bool());
  CHECK(Scalar(-1e-300).to_bool());
  CHECK_FALSE(Scalar(-0.0).to_bool());
  CHECK(Scalar(not_a_number).to_bool());
  CHECK(Scalar(-1).to_bool());
  CHECK_FALSE(Scalar(0).to_bool());
  CHECK_FALSE(Scalar(false).to_bool());
  CHECK(Scalar(true).to_double() == 1);
  CHECK(Scalar(int64_t{1} << 53).to_double() == 0x1p53);
  CHECK(Scalar(-3).to_double() == -3);
}

TEST_CASE("integers do not pass through double on their way into a tensor", "[core][scalar]") {
  const int64_t odd = (int64_t{1} << 53) + 1;
  CHECK(full({1}, odd).item<int64_t>() == odd);
  CHECK(zeros({1}, int64).fill_(odd).item<int64_t>() == odd);
  CHECK((zeros({1}, int64) + odd).item<int64_t>() == odd);
  CHECK(where(tensor(true), odd, 0).item<int64_t>() == odd);
  CHECK(tensor({odd, int64_t{0}})[0].item<int64_t>() == odd);
  CHECK(zeros({2}, int64).masked_fill(tensor(true), odd)[1].item<int64_t>() == odd);
}
