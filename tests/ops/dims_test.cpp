// What dimensions are given as, and what sizes come out as.
#include "catch.h"
#include "wick/wick.h"

using wick::Dims;
using wick::Shape;
using wick::ShapeError;
using wick::Tensor;

namespace {

/// Whether the expression compiles for a Tensor x and a list xs of them.
#define COMPILES(...)                                                       \
  ([]<class T>(const T*) {                                                  \
    return requires(const T& x, const std::vector<T>& xs) { __VA_ARGS__; }; \
  }(static_cast<const Tensor*>(nullptr)))

// A bool or a fraction is no dimension. (What does not depend on the lambda's type is tested by
// structure/does_not_compile.sh.)
static_assert(COMPILES(x.std(0)) && !COMPILES(x.std(false)) && !COMPILES(wick::std(x, false)));
static_assert(COMPILES(x.mean({0, 1})) && !COMPILES(x.mean(true)) && !COMPILES(mean(x, true)));
static_assert(!COMPILES(x.sum({0, true})) && !COMPILES(x.sum(1.5)) && !COMPILES(sum(x, 1.5)));
static_assert(!COMPILES(x.var(true)) && !COMPILES(x.prod(true)) && !COMPILES(x.logsumexp(true)));
static_assert(!COMPILES(x.any(true)) && !COMPILES(x.all(true)) && !COMPILES(wick::all(x, true)));
static_assert(!COMPILES(x.amax(true)) && !COMPILES(x.amin(true)) && !COMPILES(x.norm(2, true)));
static_assert(COMPILES(x.max(0, true)) && !COMPILES(x.max(true)) && !COMPILES(min(x, true)));
static_assert(COMPILES(x.argmax({}, true)) && !COMPILES(x.argmax(true)));
static_assert(!COMPILES(argmin(x, false)) && !COMPILES(x.argmax(0.5)));
static_assert(COMPILES(x.softmax(-1)) && !COMPILES(x.softmax(true)) && !COMPILES(x.softmax(0.5)));
static_assert(!COMPILES(log_softmax(x, true)) && !COMPILES(x.cumsum(true)));
static_assert(COMPILES(x.sort(0, true)) && !COMPILES(x.sort(true)) && !COMPILES(x.argsort(true)));
static_assert(COMPILES(x.topk(1, 0, true)) && !COMPILES(x.topk(1, true)));
static_assert(!COMPILES(x.squeeze(true)) && !COMPILES(x.unsqueeze(true)));
static_assert(!COMPILES(x.flatten(true)) && !COMPILES(x.unflatten(true, {1, 2})));
static_assert(!COMPILES(x.transpose(true, false)) && !COMPILES(x.permute({2, 0, true})));
static_assert(!COMPILES(x.select(true, 0)) && !COMPILES(x.slice(true)));
static_assert(!COMPILES(x.narrow(true, 0, 1)) && !COMPILES(x.unbind(true)));
static_assert(!COMPILES(x.split(1, true)) && !COMPILES(x.chunk(2, true)));
static_assert(!COMPILES(x.gather(true, x)) && !COMPILES(x.index_select(true, x)));
static_assert(!COMPILES(x.flip(true)) && !COMPILES(x.flip({0, true})));
static_assert(!COMPILES(x.roll({1}, true)) && !COMPILES(x.view({true, -1})));
static_assert(!COMPILES(x.size(true)) && !COMPILES(x.stride(true)));
static_assert(COMPILES(cat(xs, 1)) && !COMPILES(cat(xs, true)) && !COMPILES(stack(xs, true)));
static_assert(!COMPILES(x[true]) && !std::constructible_from<wick::Bound, bool>);
static_assert(!std::constructible_from<wick::nn::Softmax, bool>);
static_assert(!std::constructible_from<wick::nn::LogSoftmax, bool>);
static_assert(!std::constructible_from<wick::nn::Flatten, bool, bool>);
static_assert(!std::constructible_from<Dims, bool> && !std::constructible_from<Dims, double>);

enum { batch, channels };

}  // namespace

TEST_CASE("any integer is a dimension", "[dims]") {
  const Tensor x = wick::arange(24).view({2, 3, 4}).to(wick::float32);
  const Tensor wanted = x.sum(1);
  CHECK(x.sum(channels).equal(wanted));
  CHECK(x.sum(size_t{1}).equal(wanted));
  CHECK(x.sum(1LL).equal(wanted));
  CHECK(x.sum(short{1}).equal(wanted));
  CHECK(x.sum({-2}).equal(wanted));
  CHECK(x.sum({batch, channels}).equal(x.sum({0, 1})));
  CHECK(x.sum(std::vector<int64_t>{0, 1}).equal(x.sum({0, 1})));
  CHECK(x.sum().equal(x.sum({})));
  CHECK(x.argmax(std::optional<int64_t>(2)).equal(x.argmax(2)));
  CHECK(x.argmax(std::optional<int64_t>()).dim() == 0);
  CHECK(x.size(channels) == 3);
  const size_t rows = 2;
  const int columns = 3;
  CHECK(wick::zeros({rows, columns}).shape() == Shape{2, 3});
  const std::initializer_list<int64_t> list{2, 3};
  CHECK(wick::zeros(list).shape() == Shape(list));
  CHECK(x.sum(list.size()).shape() == Shape{2, 3});
}

TEST_CASE("sizes to be unpacked", "[dims]") {
  const Tensor x = wick::zeros({2, 3, 4});
  const auto [b, t, d] = x.sizes<3>();
  CHECK(b == 2);
  CHECK(t == 3);
  CHECK(d == 4);
  const auto [columns] = x.shape().sizes<3>() == std::array<int64_t, 3>{2, 3, 4}
                             ? wick::zeros({5}).sizes<1>()
                             : std::array<int64_t, 1>{};
  CHECK(columns == 5);
  CHECK(wick::zeros({}).sizes<0>().empty());
  CHECK_THROWS_WITH(x.sizes<2>(), "expected 2 dimensions, but shape [2, 3, 4] has 3");
  CHECK_THROWS_WITH(x[0][0].sizes<2>(), "expected 2 dimensions, but shape [4] has 1");
  CHECK_THROWS_WITH(x.sizes<1>(), "expected 1 dimension, but shape [2, 3, 4] has 3");
  CHECK_THROWS_AS(x.sizes<4>(), ShapeError);
  CHECK_THROWS_AS(Tensor().sizes<1>(), wick::Error);
}
