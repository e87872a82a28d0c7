#include "cli/diff.h"

#include <catch.h>

#include <cmath>

#include "wick/ops.h"

namespace wick::cli {

using Lines = std::vector<std::string>;

TEST_CASE("tensors that differ") {
  const nn::StateDict a{{"same", tensor({1., 2.})},
                        {"value", tensor({1., 2., 4.})},
                        {"shape", zeros({2, 3})},
                        {"dtype", zeros({2}, float64)},
                        {"gone", zeros({1})}};
  const nn::StateDict b{{"new", tensor({1, 2})},
                        {"same", tensor({1., 2.})},
                        {"value", tensor({1., 3., 5.})},
                        {"shape", zeros({3, 2})},
                        {"dtype", zeros({2})}};
  const auto differences = compare(a, b, {});
  REQUIRE(differences.size() == 5);
  CHECK(differences[0].name == "value");
  CHECK(differences[0].values);
  CHECK(differences[0].different == 2);
  CHECK(differences[0].elements == 3);
  CHECK(differences[0].max_abs == 1);
  CHECK(differences[0].max_rel == 1.0 / 3);
  CHECK(differences[1].a == "float32 [2, 3]");
  CHECK(differences[1].b == "float32 [3, 2]");
  CHECK(differences[1].values);  // as many elements
  CHECK(differences[1].different == 0);
  CHECK(differences[2].a == "float64 [2]");
  CHECK(differences[2].b == "float32 [2]");
  CHECK(differences[2].values);
  CHECK(differences[3].name == "gone");
  CHECK(differences[3].b.empty());
  CHECK(differences[4].name == "new");
  CHECK(differences[4].a.empty());
}

TEST_CASE("numbers within a tolerance are the same, and nan is nan") {
  const auto count = [](const Tensor& x, const Tensor& y, const Tolerance& tolerance) {
    const auto differences = compare({{"x", x}}, {{"x", y}}, tolerance);
    return differences.empty() ? 0 : differences.front().different;
  };
  CHECK(count(tensor({1., 2.}), tensor({1.1, 2.5}), {.atol = 0.2}) == 1);
  CHECK(count(tensor({1., 2.}), tensor({1.1, 2.5}), {.rtol = 0.25}) == 0);
  CHECK(count(tensor({NAN, 1.}), tensor({NAN, NAN}), {.atol = 9}) == 1);
  CHECK(count(tensor({INFINITY, 1.}), tensor({INFINITY, INFINITY}), {.rtol = 9}) == 1);
  CHECK(count(tensor({0.}), tensor({-0.}), {}) == 0);
  CHECK(count(zeros({0, 3}), zeros({0, 3}), {}) == 0);
  // Neighbours beyond 2^53, which are one double.
  const int64_t large = (int64_t{1} << 60) + 1;
  CHECK(count(tensor(large), tensor(large + 1), {}) == 1);
  CHECK(count(tensor({true, false}), tensor({true, true}), {}) == 1);
}

TEST_CASE("numbers are compared across dtypes and shapes", "[cli]") {
  const nn::StateDict a{{"half", tensor({0.1, 1., 2.})},
                        {"count", tensor({1, 2, 3})},
                        {"rows", tensor({1., 2., 3., 4.}).view({2, 2})},
                        {"other", zeros({3})}};
  const nn::StateDict b{{"half", tensor({0.1, 1., 2.}).to(float16)},
                        {"count", tensor({1., 2., 3.5})},
                        {"rows", tensor({1., 2., 3., 4.})},
                        {"other", zeros({4})}};
  const auto differences = compare(a, b, {});
  REQUIRE(differences.size() == 4);
  CHECK(differences[0].different == 1);
  CHECK(differences[0].max_abs < 1e-4);
  CHECK(differences[1].different == 1);
  CHECK(differences[1].max_abs == 0.5);
  CHECK(differences[2].values);
  CHECK(differences[2].different == 0);
  CHECK_FALSE(differences[3].values);
  const auto values = compare(a, b, {.atol = 1e-3, .values_only = true});
  REQUIRE(values.size() == 2);
  CHECK(values[0].name == "count");
  CHECK(values[1].name == "other");
  // Large integers beside floating-point numbers, and bools.
  CHECK(compare({{"x", tensor({true, false})}}, {{"x", tensor({1, 0})}}, {.values_only = true})
            .empty());
}

TEST_CASE("large and strided tensors are compared to the last element") {
  const Tensor x = zeros({1000, 600});
  const Tensor y = x.clone();
  y(999, 599) = 1;
  CHECK(compare({{"x", x}}, {{"x", y}}, {}).front().different == 1);
  CHECK(compare({{"x", x.t()}}, {{"x", y.t()}}, {}).front().different == 1);
}

TEST_CASE("lines that two texts do not share") {
  CHECK(line_differences("a\nb\n", "a\nb\n").empty());
  CHECK(line_differences("a\nb\nc\n", "a\nx\nc\n") == Lines{"  a", "- b", "+ x", "  c"});
  CHECK(line_differences("", "a\n") == Lines{"+ a"});
  CHECK(line_differences("a\n", "") == Lines{"- a"});
  CHECK(line_differences("a\nb\na\n", "a\n") == Lines{"  a", "- b", "- a"});
  CHECK(line_differences("1\n2\n3\n4\n5\n6\n7\nx\n", "1\n2\n3\n4\n5\n6\n7\ny\n") ==
        Lines{"  ...", "  6", "  7", "- x", "+ y"});
  CHECK(line_differences("a\nb\nc\nd\n", "b\nc\ne\nd\n") ==
        Lines{"- a", "  b", "  c", "+ e", "  d"});
}

}  // namespace wick::cli
