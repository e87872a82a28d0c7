// Shapes and strides, without memory: each function at, below and above its bounds.
#include "core/layout.h"

#include "catch.h"
#include "wick/error.h"

using namespace wick;
using namespace wick::core;

TEST_CASE("row-major strides: a size of 0 counts as 1", "[core][layout]") {
  CHECK(contiguous_strides({}) == Strides{});
  CHECK(contiguous_strides({5}) == Strides{1});
  CHECK(contiguous_strides({2, 3, 4}) == Strides{12, 4, 1});
  CHECK(contiguous_strides({2, 0, 4}) == Strides{4, 4, 1});
}

TEST_CASE("contiguous: strides of sizes 0 and 1 say nothing", "[core][layout]") {
  CHECK(is_contiguous({}, {}));
  CHECK(is_contiguous({2, 3}, {3, 1}));
  CHECK_FALSE(is_contiguous({2, 3}, {1, 2}));
  CHECK_FALSE(is_contiguous({2, 3}, {4, 1}));
  CHECK_FALSE(is_contiguous({2, 3}, {3, 2}));
  CHECK(is_contiguous({1, 3}, {100, 1}));
  CHECK(is_contiguous({2, 1}, {1, 100}));
  CHECK(is_contiguous({2, 0}, {7, 7}));
  CHECK(is_contiguous({0, 2}, {7, 7}));
}

TEST_CASE("dense: one block in any order of dimensions", "[core][layout]") {
  CHECK(is_dense({}, {}));
  CHECK(is_dense({2, 3}, {3, 1}));
  CHECK(is_dense({2, 3}, {1, 2}));
  CHECK(is_dense({2, 3, 4}, {4, 8, 1}));
  CHECK_FALSE(is_dense({2, 3}, {4, 1}));  // gaps
  CHECK_FALSE(is_dense({2, 3}, {0, 1}));  // repeated
  CHECK_FALSE(is_dense({3}, {2}));
  CHECK_FALSE(is_dense({2, 3}, {2, 1}));  // rows that share an element
  CHECK(is_dense({1, 3}, {77, 1}));
  CHECK(is_dense({0, 3}, {5, 5}));
}

TEST_CASE("overlap: a stride of 0 in a dimension of at least 2", "[core][layout]") {
  CHECK(has_overlap({2}, {0}));
  CHECK_FALSE(has_overlap({1}, {0}));
  CHECK_FALSE(has_overlap({0}, {0}));
  CHECK_FALSE(has_overlap({2, 0}, {0, 1}));
  CHECK(has_overlap({3, 2}, {1, 0}));
  CHECK_FALSE(has_overlap({3, 2}, {2, 1}));
}

TEST_CASE("wrap_dim takes -rank to rank - 1, and a 0-d tensor counts as 1-d", "[core][layout]") {
  CHECK(wrap_dim(0, 3) == 0);
  CHECK(wrap_dim(2, 3) == 2);
  CHECK(wrap_dim(-1, 3) == 2);
  CHECK(wrap_dim(-3, 3) == 0);
  CHECK_THROWS_AS(wrap_dim(3, 3), IndexError);
  CHECK_THROWS_AS(wrap_dim(-4, 3), IndexError);
  CHECK(wrap_dim(0, 0) == 0);
  CHECK(wrap_dim(-1, 0) == 0);
  CHECK_THROWS_AS(wrap_dim(1, 0), IndexError);
  CHECK_THROWS_AS(wrap_dim(-2, 0), IndexError);
  CHECK_THROWS_AS(wrap_dim(INT64_MIN, 3), IndexError);
  CHECK_THROWS_AS(wrap_dim(INT64_MAX, 3), IndexError);
}

TEST_CASE("dim_mask: one bit a dimension, all for none, no repetition", "[core][layout]") {
  CHECK(dim_mask({}, 0) == 0U);
  CHECK(dim_mask({}, 3) == 0b111U);
  CHECK(dim_mask({}, 16) == 0xFFFFU);
  CHECK(dim_mask({0, -1}, 3) == 0b101U);
  CHECK(dim_mask(0, 0) == 1U);
  CHECK_THROWS_AS(dim_mask({1, 1}, 3), ValueError);
  CHECK_THROWS_AS(dim_mask({1, -2}, 3), ValueError);
  CHECK_THROWS_AS(dim_mask({3}, 3), IndexError);
}

TEST_CASE("broadcast strides repeat what has size 1 and lead with zeros", "[core][layout]") {
  CHECK(broadcast_strides({3}, {1}, {2, 3}) == Strides{0, 1});
  CHECK(broadcast_strides({2, 1}, {1, 1}, {2, 3}) == Strides{1, 0});
  CHECK(broadcast_strides({1}, {5}, {1}) == Strides{5});  // not repeated: stays
  CHECK(broadcast_strides({}, {}, {2, 3}) == Strides{0, 0});
  CHECK(broadcast_strides({2, 1}, {4, 9}, {7, 2, 1}) == Strides{0, 4, 9});
}

TEST_CASE("infer_shape fills one -1 and counts elements", "[core][layout]") {
  CHECK(infer_shape({2, -1}, 6) == Shape{2, 3});
  CHECK(infer_shape({-1}, 0) == Shape{0});
  CHECK(infer_shape({6}, 6) == Shape{6});
  CHECK(infer_shape({}, 1) == Shape{});
  CHECK(infer_shape({0, 5}, 0) == Shape{0, 5});
  CHECK_THROWS_WITH(infer_shape({-1, -1}, 4), "only one dimension can be inferred");
  CHECK_THROWS_WITH(infer_shape({-2, 2}, 4), "invalid shape dimension -2");
  CHECK_THROWS_WITH(infer_shape({4, -1}, 6), "shape '[4, -1]' is invalid for input of size 6");
  CHECK_THROWS_WITH(infer_shape({7}, 6), "shape '[7]' is invalid for input of size 6");
  CHECK_THROWS_WITH(infer_shape({5}, 6), "shape '[5]' is invalid for input of size 6");
  CHECK_THROWS_WITH(infer_shape({0, -1}, 0), ContainsSubstring("is ambiguous"));
  CHECK_THROWS_WITH(infer_shape({0, -1}, 6), "shape '[0, -1]' is invalid for input of size 6");
  const int64_t half = int64_t{1} << 32;
  CHECK_THROWS_AS(infer_shape({half, half}, 0), ShapeError);  // 2^64 is not 0
}

TEST_CASE("view_strides shows the same elements, or says that it cannot", "[core][layout]") {
  CHECK(view_strides({2, 3}, {3, 1}, {6}) == Strides{1});
  CHECK(view_strides({2, 3}, {3, 1}, {3, 2}) == Strides{2, 1});
  CHECK(view_strides({2, 3}, {1, 2}, {6}) == std::nullopt);
  CHECK(view_strides({2, 3}, {6, 2}, {6}) == Strides{2});               // evenly spaced
  CHECK(view_strides({4, 3}, {6, 1}, {2, 2, 3}) == Strides{12, 6, 1});  // cut out of one dimension
  CHECK(view_strides({4, 3}, {6, 1}, {12}) == std::nullopt);
  CHECK(view_strides({1, 3}, {99, 1}, {3}) == Strides{1});
  CHECK(view_strides({}, {}, {1, 1}) == Strides{1, 1});
  CHECK(view_strides({0, 3}, {3, 1}, {3, 0}) == contiguous_strides({3, 0}));
  CHECK(view_strides({2, 0}, {7, 9}, {2, 0}) == Strides{7, 9});
  CHECK(view_strides({2, 3}, {3, 1}, {2, 1, 3})->size() == 3);
}

TEST_CASE("extent: the lowest and the highest offset", "[core][layout]") {
  const auto check = [](const Extent& e, int64_t low, int64_t high) {
    CHECK(e.low == low);
    CHECK(e.high == high);
  };
  check(extent({}, {}), 0, 0);
  check(extent({2, 3}, {3, 1}), 0, 5);
  check(extent({2, 3}, {-3, 1}), -3, 2);
  check(extent({2, 0}, {3, 1}), 0, -1);
  check(extent({5}, {0}), 0, 0);
  check(extent({1}, {INT64_MAX}), 0, 0);
  check(extent({2}, {INT64_MAX}), 0, INT64_MAX);
  CHECK_THROWS_AS(extent({3}, {INT64_MAX}), ShapeError);
  CHECK_THROWS_AS(extent({2, 2}, {INT64_MAX, 1}), ShapeError);
  CHECK_THROWS_AS(extent({3}, {INT64_MIN}), ShapeError);
}

TEST_CASE("check_size: no negative size, and bytes that fit in 64 bits", "[core][layout]") {
  const int64_t most = INT64_MAX / 4;
  CHECK_NOTHROW(check_size({most}, 4));
  CHECK_THROWS_AS(check_size({most + 1}, 4), ShapeError);
  CHECK_THROWS_AS(check_size({0, most + 1}, 4), ShapeError);  // its strides would not fit
  CHECK_NOTHROW(check_size({}, 8));
  CHECK_NOTHROW(check_size({0}, 8));
  CHECK_THROWS_WITH(check_size({2, -1}, 4),
                    "Trying to create tensor with negative dimension -1: [2, -1]");
}
