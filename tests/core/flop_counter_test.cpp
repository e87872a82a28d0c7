// FlopCounter: which products count, and how.
#include "wick/flop_counter.h"

#include <thread>

#include "catch.h"
#include "core/flop_counter.h"
#include "wick/wick.h"

using namespace wick;

namespace {

template <class F>
int64_t count(F f) {
  const FlopCounter counter;
  f();
  CHECK(counter.flops() == 2 * counter.multiply_adds());
  return counter.multiply_adds();
}

}  // namespace

TEST_CASE("matrix products count their multiplications", "[core][flops]") {
  const NoGradGuard no_grad;
  for (const Device device : {cpu, Device::meta}) {
    const auto make = [&](const Shape& shape) { return ones(shape, {.device = device}); };
    CAPTURE(name(device));
    CHECK(count([&] { mm(make({2, 3}), make({3, 5})); }) == 30);
    CHECK(count([&] { matmul(make({2, 3}), make({3, 5})); }) == 30);
    CHECK(count([&] { bmm(make({7, 2, 3}), make({7, 3, 5})); }) == 210);
    CHECK(count([&] { matmul(make({7, 2, 3}), make({3, 5})); }) == 210);
    CHECK(count([&] { matmul(make({7, 1, 2, 3}), make({4, 3, 5})); }) == 840);
    CHECK(count([&] { mv(make({2, 3}), make({3})); }) == 6);
    CHECK(count([&] { dot(make({3}), make({3})); }) == 3);
    CHECK(count([&] { addmm(make({5}), make({2, 3}), make({3, 5})); }) == 30);
    CHECK(count([&] { linear(make({4, 2, 3}), make({5, 3}), make({5})); }) == 120);
    CHECK(count([&] { linear(make({3}), make({5, 3})); }) == 15);
    CHECK(count([&] { make({2, 3}) * make({2, 3}); }) == 0);
    CHECK(count([&] { outer(make({2}), make({3})); }) == 0);
    CHECK(count([&] { mm(make({2, 0}), make({0, 5})); }) == 0);
  }
}

TEST_CASE("fused layers count as the composed ones do", "[core][flops]") {
  const NoGradGuard no_grad;
  const Tensor x = ones({4, 2, 3}), w1 = ones({7, 3}), w2 = ones({5, 7}), none_given;
  CHECK(count([&] { fused_linear_activation(x, {w1, none_given}, Activation::relu); }) == 168);
  CHECK(count([&] {
          fused_feed_forward(x, {w1, none_given}, Activation::gelu, {w2, none_given});
        }) == 168 + 280);
}

TEST_CASE("a counter sees its own thread, from when it was made", "[core][flops]") {
  mm(ones({2, 3}), ones({3, 5}));
  const FlopCounter outer;
  mm(ones({2, 3}), ones({3, 5}));
  const FlopCounter inner;
  mm(ones({1, 1}), ones({1, 1}));
  CHECK(outer.multiply_adds() == 31);
  CHECK(inner.multiply_adds() == 1);
  std::thread([] { mm(ones({2, 3}), ones({3, 5})); }).join();
  CHECK(outer.multiply_adds() == 31);
  // The gradients' products count as well: two of the size of the first.
  const Tensor a = ones({2, 3}).requires_grad_(), b = ones({3, 5}).requires_grad_();
  CHECK(count([&] { mm(a, b).sum().backward(); }) == 90);
}

TEST_CASE("counts of shapes beyond all bounds stay within 64 bits", "[core][flops]") {
  const int64_t huge = int64_t{1} << 40;
  CHECK(count([&] { core::count_multiply_adds(huge, huge); }) == INT64_MAX / 4);
  CHECK(count([&] {
          for (int i = 0; i < 3; ++i) core::count_multiply_adds(huge, huge);
        }) == INT64_MAX / 2);
  const FlopCounter counter;
  for (int i = 0; i < 3; ++i) core::count_multiply_adds(INT64_MAX, 1);
  CHECK(counter.flops() > 0);
}
