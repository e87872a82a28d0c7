// Shape as a list: what it refuses. Broadcasting is in tests/ops.
#include "wick/shape.h"

#include "catch.h"
#include "wick/error.h"

using wick::Shape;

TEST_CASE("a shape is a short list") {
  Shape shape{2, 3};
  shape.push_back(4);
  shape.insert(0, 1);
  CHECK(shape == Shape{1, 2, 3, 4});
  CHECK(shape.numel() == 24);
  CHECK(shape[-1] == 4);
  CHECK(shape.back() == 4);
  shape.erase(1);
  CHECK(shape.to_string() == "[1, 3, 4]");
  CHECK(shape.to_vector() == std::vector<int64_t>{1, 3, 4});
  CHECK(Shape().numel() == 1);
  CHECK(Shape::filled(3, 7) == Shape{7, 7, 7});
}

TEST_CASE("a shape refuses what does not fit", "[errors]") {
  Shape shape{2, 3};
  CHECK_THROWS_AS(shape[2], wick::IndexError);
  CHECK_THROWS_AS(shape[-3], wick::IndexError);
  CHECK_THROWS_AS(Shape()[0], wick::IndexError);
  CHECK_THROWS_AS(shape.erase(2), wick::Error);
  CHECK_THROWS_AS(shape.insert(9, 1), wick::Error);
  CHECK_THROWS_AS(Shape::filled(17, 1), wick::ShapeError);
  CHECK_THROWS_AS(Shape::filled(SIZE_MAX, 1), wick::ShapeError);
  CHECK_THROWS_AS(Shape(std::vector<int64_t>(1000, 1)), wick::ShapeError);
  CHECK_THROWS_AS(Shape({INT64_MAX, 3}).numel(), wick::ShapeError);
  CHECK(shape == Shape{2, 3});
}
