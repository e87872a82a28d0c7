// for_each_run meets every position once, whatever the layout, and result_strides.
#include "core/iterate.h"

#include <array>
#include <atomic>
#include <cstring>
#include <vector>

#include "catch.h"
#include "core/tensor_impl.h"
#include "wick/threads.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// to = from, element by element, by for_each_run.
void copy(const Tensor& to, const Tensor& from, int64_t grain) {
  const std::array operands{core::operand(to, to.shape()), core::read_operand(from, to.shape())};
  core::for_each_run(
      to.shape(), operands, grain, [](char* const* data, const int64_t* strides, int64_t n) {
        for (int64_t i = 0; i < n; ++i)
          std::memcpy(data[0] + i * strides[0], data[1] + i * strides[1], sizeof(int32_t));
      });
}

Tensor numbers(const Shape& shape) {
  return arange(shape.numel(), {.dtype = int32}).reshape(shape);
}

}  // namespace

TEST_CASE("every position of a shape is met once", "[core][iterate]") {
  const NumThreadsGuard threads(2);
  for (const Shape& shape :
       {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{3, 0, 2}, Shape{2, 3}, Shape{1, 5, 1},
        Shape{4, 3, 5}, Shape{2, 2, 2, 2, 2}, Shape{130, 70}, Shape{9, 64, 8}, Shape{65, 129}}) {
    for (const int64_t grain : {int64_t{1}, int64_t{64}, int64_t{1} << 20}) {
      const Tensor count = zeros(shape, {.dtype = int32});
      const std::array operands{core::operand(count, shape)};
      core::for_each_run(shape, operands, grain,
                         [](char* const* data, const int64_t* strides, int64_t n) {
                           for (int64_t i = 0; i < n; ++i)
                             ++*reinterpret_cast<int32_t*>(data[0] + i * strides[0]);
                         });
      CAPTURE(shape.to_string(), grain);
      CHECK(equal(count, ones(shape, {.dtype = int32})));
    }
  }
}

TEST_CASE("operands of any layout meet at the same position", "[core][iterate]") {
  const NumThreadsGuard threads(2);
  for (const Shape& shape :
       {Shape{3, 4}, Shape{8, 8}, Shape{130, 70}, Shape{64, 257}, Shape{7, 9}}) {
    for (const int64_t grain : {int64_t{1}, int64_t{100}, int64_t{1} << 20}) {
      CAPTURE(shape.to_string(), grain);
      const Tensor x = numbers({shape[1], shape[0]});
      const Tensor plain = empty(shape, {.dtype = int32});
      copy(plain, x.t(), grain);  // across: in tiles where both sizes are at least 8
      CHECK(plain.to_vector<int32_t>() == x.t().to_vector<int32_t>());

      const Tensor row = numbers({shape[1]});
      copy(plain, row, grain);  // repeated
      CHECK(plain[shape[0] - 1].to_vector<int32_t>() == row.to_vector<int32_t>());

      const Tensor wide = numbers({shape[0], 2 * shape[1]});
      const Tensor every_second = wide(all, slice(none, none, 2));
      copy(plain, every_second, grain);
      CHECK(plain.to_vector<int32_t>() == every_second.to_vector<int32_t>());

      const Tensor into = zeros({shape[1], shape[0]}, {.dtype = int32});
      copy(into.t(), every_second, grain);
      CHECK(into.t().to_vector<int32_t>() == every_second.to_vector<int32_t>());
    }
  }
}

TEST_CASE("runs merge dimensions that follow one another", "[core][iterate]") {
  const Tensor x = numbers({4, 5, 6});
  std::vector<int64_t> lengths;
  const auto note = [&](const Tensor& t) {
    lengths.clear();
    const std::array operands{core::operand(t, t.shape())};
    core::for_each_run(t.shape(), operands, int64_t{1} << 20,
                       [&](char* const*, const int64_t*, int64_t n) { lengths.push_back(n); });
  };
  note(x);
  CHECK(lengths == std::vector<int64_t>{120});
  note(x.permute({2, 0, 1}));
  CHECK(lengths == std::vector<int64_t>{120});
  note(x(all, slice(4), all));
  CHECK(lengths == std::vector<int64_t>{24, 24, 24, 24});
}

TEST_CASE("an exception in a run is passed on, with one thread and with two", "[core][iterate]") {
  for (const int threads : {1, 2}) {
    const NumThreadsGuard guard(threads);
    const Tensor x = numbers({100});
    const std::array operands{core::operand(x, x.shape())};
    CHECK_THROWS_WITH(core::for_each_run(x.shape(), operands, 10,
                                         [](char* const*, const int64_t*, int64_t) {
                                           throw ValueError("in a run");
                                         }),
                      "in a run");
  }
}

TEST_CASE("result_strides keeps the layout of the first dense input of full shape",
          "[core][iterate]") {
  const Tensor x = zeros({2, 3}), t = zeros({3, 2}).t(), gaps = zeros({2, 6})(all, slice(0, 6, 2));
  const auto strides = [](std::vector<Tensor> inputs) {
    return core::result_strides({2, 3}, inputs);
  };
  CHECK(strides({x}) == Strides{3, 1});
  CHECK(strides({t}) == Strides{1, 2});
  CHECK(strides({x, t}) == Strides{3, 1});
  CHECK(strides({t, x}) == Strides{1, 2});
  CHECK(strides({gaps}) == Strides{3, 1});
  CHECK(strides({gaps, t}) == Strides{1, 2});
  CHECK(strides({zeros({3}), t}) == Strides{1, 2});  // of another shape
  CHECK(strides({Tensor(), t}) == Strides{1, 2});
  CHECK(strides({zeros({1, 3}).expand({2, 3})}) == Strides{3, 1});
}
