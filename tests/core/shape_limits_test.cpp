// Shape and broadcasting at their limits.
#include <span>
#include <vector>

#include "catch.h"
#include "wick/error.h"
#include "wick/shape.h"

using wick::broadcast_shapes;
using wick::Dims;
using wick::IndexError;
using wick::Shape;
using wick::ShapeError;

TEST_CASE("a shape has at most 16 entries", "[core][shape]") {
  Shape full = Shape::filled(16, 2);
  CHECK(full.size() == 16);
  CHECK_THROWS_WITH(full.push_back(1), "a tensor has at most 16 dimensions, got 17");
  CHECK_THROWS_WITH(full.insert(0, 1), "a tensor has at most 16 dimensions, got 17");
  CHECK(full == Shape::filled(16, 2));
  CHECK(Shape(std::vector<int64_t>(16, 2)) == full);
  CHECK_THROWS_WITH(Shape(std::vector<int64_t>(17, 2)),
                    "a tensor has at most 16 dimensions, got 17");
  full.erase(15);
  full.insert(15, 3);  // behind the last one
  CHECK(full.back() == 3);
}

TEST_CASE("entries are put in and taken out at both ends", "[core][shape]") {
  Shape s{1, 2, 3};
  s.insert(3, 4);
  CHECK(s == Shape{1, 2, 3, 4});
  CHECK_THROWS_WITH(s.insert(5, 9), "cannot insert at 5 into a shape of 4 dimensions");
  s.insert(0, 0);
  CHECK(s == Shape{0, 1, 2, 3, 4});
  s.erase(0);
  s.erase(3);
  CHECK(s == Shape{1, 2, 3});
  s.erase(1);
  CHECK(s == Shape{1, 3});
  CHECK_THROWS_WITH(s.erase(2), "shape index 2 is out of range for 2 dimensions");
  CHECK_THROWS_AS(Shape().erase(0), IndexError);
  CHECK_THROWS_WITH(s[2], "shape index 2 is out of range for 2 dimensions");
  CHECK_THROWS_WITH(s[-3], "shape index -3 is out of range for 2 dimensions");
  CHECK(s[-2] == 1);
  s[-1] = 7;
  CHECK(s == Shape{1, 7});
  CHECK_THROWS_AS(Shape().back(), IndexError);
}

TEST_CASE("shapes are equal if all entries are", "[core][shape]") {
  CHECK(Shape{} == Shape());
  CHECK_FALSE(Shape{1} == Shape{});
  CHECK_FALSE(Shape{1, 2} == Shape{1});
  CHECK_FALSE(Shape{1, 2} == Shape{1, 3});
  CHECK_FALSE(Shape{2, 1} == Shape{3, 1});
  Shape shortened{1, 2, 3};
  shortened.erase(2);
  CHECK(shortened == Shape{1, 2});  // what stood behind does not count
  const std::vector<int64_t> sizes{4, 5};
  CHECK(Shape(std::span<const int64_t>(sizes)) == Shape{4, 5});
  CHECK(Shape(std::array<int64_t, 2>{4, 5}) == Shape{4, 5});
  CHECK(Shape{}.to_string() == "[]");
  CHECK(Shape{-1, 0}.to_string() == "[-1, 0]");
  CHECK(Dims(3) == Shape{3});
  CHECK(Dims(int64_t{-1}) == Shape{-1});
  CHECK(Dims().empty());
}

TEST_CASE("the number of elements fits in 64 bits, or a size is 0", "[core][shape]") {
  const int64_t half = int64_t{1} << 31;
  CHECK(Shape{half, half}.numel() == int64_t{1} << 62);
  CHECK_THROWS_AS((Shape{half, half, 2}.numel()), ShapeError);
  CHECK_THROWS_WITH((Shape{half, half, 2}.numel()),
                    "the number of elements of shape [2147483648, 2147483648, 2] does not fit in "
                    "64 bits");
  CHECK(Shape{half, half, half, 0}.numel() == 0);
  CHECK(Shape{0, half, half, half}.numel() == 0);
  CHECK(Shape{INT64_MAX}.numel() == INT64_MAX);
  CHECK(Shape{INT64_MAX, 1, 1}.numel() == INT64_MAX);
}

TEST_CASE("sizes broadcast where they are equal or 1, aligned at the end", "[core][shape]") {
  CHECK(broadcast_shapes({}, {}) == Shape{});
  CHECK(broadcast_shapes({}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast_shapes({2, 3}, {}) == Shape{2, 3});
  CHECK(broadcast_shapes({3}, {2, 1}) == Shape{2, 3});
  CHECK(broadcast_shapes({2, 1}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes({1, 3}, {2, 1}) == Shape{2, 3});
  CHECK(broadcast_shapes({5, 1, 4}, {3, 1}) == Shape{5, 3, 4});
  CHECK(broadcast_shapes({0}, {1}) == Shape{0});
  CHECK(broadcast_shapes({1}, {0}) == Shape{0});
  CHECK(broadcast_shapes({0}, {0}) == Shape{0});
  CHECK_THROWS_AS(broadcast_shapes({0}, {2}), ShapeError);
  CHECK_THROWS_WITH(broadcast_shapes({2, 3}, {2}),
                    "The size of tensor a (3) must match the size of tensor b (2) at non-singleton "
                    "dimension 1");
  CHECK_THROWS_WITH(broadcast_shapes({4}, {7, 3}),
                    "The size of tensor a (4) must match the size of tensor b (3) at non-singleton "
                    "dimension 1");
  CHECK_THROWS_WITH(broadcast_shapes({2, 3}, {4, 3}),
                    "The size of tensor a (2) must match the size of tensor b (4) at non-singleton "
                    "dimension 0");
}

TEST_CASE("a list of sizes has at most 16, however it is written", "[core][shape]") {
  const auto refused = "a tensor has at most 16 dimensions, got 17";
  CHECK(Shape{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}.size() == 16);
  CHECK_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), refused);
  constexpr int64_t one = 1;
  CHECK_THROWS_WITH(
      (Shape{one, one, one, one, one, one, one, one, one, one, one, one, one, one, one, one, one}),
      refused);
  CHECK_THROWS_WITH(Shape(std::vector<int64_t>(17, 1)), refused);
  CHECK_THROWS_WITH(Shape::filled(17, 1), refused);
  CHECK(Shape::filled(16, 1).size() == 16);
}
