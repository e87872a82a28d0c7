// Corners of the backward pass.
#include <cmath>
#include <limits>

#include "catch.h"
#include "wick/wick.h"

namespace {

using wick::Error;
using wick::Tensor;
namespace autograd = wick::autograd;
using V = std::vector<double>;

V numbers(const Tensor& t) { return t.to_vector<double>(); }
Tensor leaf(const wick::Shape& shape) { return wick::ones(shape, {.requires_grad = true}); }

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace

TEST_CASE("a leaf that is a view of a tensor without gradients", "[autograd][in-place]") {
  const Tensor w = wick::ones({6}).view({2, 3}).requires_grad_();
  const std::string expected =
      "a view of a leaf Variable that requires grad is being used in an in-place operation.";
  CHECK(message([&] { w.mul_(2); }) == expected);
  const Tensor row = w[0];
  CHECK(message([&] { row.mul_(2); }) == expected);
}

TEST_CASE("results of sort may be written to", "[autograd][in-place]") {
  const Tensor x = wick::randn({3, 1}, {.requires_grad = true});
  const Tensor sorted = sort(x, 0).values;
  sorted.mul_(2);
  sorted.sum().backward();
  CHECK(numbers(x.grad()) == V{2, 2, 2});
}

TEST_CASE("gradients share memory with nothing", "[autograd][backward]") {
  const Tensor a = leaf({3}), b = leaf({3}), g = wick::ones({3});
  (a + b).sum().backward({.create_graph = true});
  CHECK_FALSE(a.grad().shares_storage(b.grad()));
  a.backward(g, {.create_graph = true});
  const Tensor c = leaf({3});
  c.backward(g);
  CHECK_FALSE(c.grad().shares_storage(g));
  const Tensor y = c * 2;
  y.retain_grad();
  y.backward(g, {.retain_graph = true});
  CHECK_FALSE(y.grad().shares_storage(g));
  y.sum().backward();
  CHECK(numbers(y.grad()) == V{2, 2, 2});  // the sum of both passes
  const Tensor t = wick::ones({3, 4}).t().clone().requires_grad_();
  (t * 2).sum().backward();
  CHECK(t.grad().strides() == t.strides());
}

TEST_CASE("an op whose result is its argument", "[autograd][record]") {
  const Tensor x = leaf({2});
  const Tensor y = autograd::record("SameBackward0", x.contiguous(),
                                    autograd::wrt(x, [](const Tensor& g) { return g * 3; }));
  CHECK(x.is_leaf());
  y.sum().backward();
  CHECK(numbers(x.grad()) == V{3, 3});
}

TEST_CASE("a write through a view is freed with its graph", "[autograd][in-place]") {
  const Tensor x = leaf({2, 2}), w = leaf({2});
  const Tensor y = x.clone();
  y[0].mul_(w * 1);
  y.sum().backward();
  CHECK(message([&] { y.sum().backward(); }).starts_with("Trying to backward through the graph"));
}

TEST_CASE("retain_grad survives a write in place", "[autograd][in-place]") {
  const Tensor x = leaf({3});
  const Tensor y = x * 2, v = y.slice(0, 0, 2);
  v.retain_grad();
  v.mul_(3);
  CHECK(v.retains_grad());
  v.sum().backward();
  CHECK(numbers(v.grad()) == V{1, 1});
  CHECK(numbers(x.grad()) == V{6, 6, 0});
}

TEST_CASE("detach_ leaves views that exist connected", "[autograd]") {
  const Tensor x = leaf({3});
  const Tensor y = x * 2, v = y.slice(0, 0, 2);
  y.detach_();
  v.sum().backward();
  CHECK(numbers(x.grad()) == V{2, 2, 0});
}

TEST_CASE("what cannot be kept is refused before anything is written", "[autograd][in-place]") {
  Tensor m, mask, index;
  {
    const wick::InferenceModeGuard guard;
    m = wick::ones({3}) * 3;
    mask = m > 0;
    index = wick::tensor({0});
    const wick::EnableGradGuard enabled;
    CHECK_FALSE((leaf({3}) * 2).requires_grad());
  }
  const Tensor y = leaf({3}) * 1;
  CHECK_THROWS_AS(y.mul_(m), Error);
  CHECK_THROWS_AS(y.masked_fill_(mask, 5), Error);
  CHECK_THROWS_AS(y.index_put_({index}, wick::tensor({7.0F})), Error);
  CHECK(numbers(y) == V{1, 1, 1});
  CHECK(y.version() == 0);
}

TEST_CASE("a view looked at in inference mode keeps its history", "[autograd][in-place]") {
  const Tensor x = leaf({2}), buffer = wick::zeros({2});
  const Tensor view = buffer[0];
  buffer.copy_(x * 3);
  {
    const wick::InferenceModeGuard guard;
    static_cast<void>(view.requires_grad());
  }
  CHECK(view.requires_grad());
  view.backward();
  CHECK(numbers(x.grad()) == V{3, 0});
}

TEST_CASE("slopes far out, with and without a recorded pass", "[autograd]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (const bool create : {false, true}) {
    const auto slope = [&](auto f, double at, wick::DType dtype) {
      const Tensor x = wick::full({1}, at, {.dtype = dtype, .requires_grad = true});
      return autograd::grad({f(x).sum()}, {x}, {.create_graph = create})[0].template item<double>();
    };
    const auto by_tanh = [](const Tensor& x) { return gelu(x, "tanh"); };
    const auto exact = [](const Tensor& x) { return gelu(x); };
    const auto swish = [](const Tensor& x) { return silu(x); };
    CHECK(slope(by_tanh, 300, wick::float16) == 1);
    for (const double at : {1e20, inf}) {
      CHECK(slope(by_tanh, at, wick::float32) == 1);
      CHECK(slope(exact, at, wick::float32) == 1);
      CHECK(slope(swish, at, wick::float32) == 1);
      CHECK(slope(by_tanh, -at, wick::float32) == 0);
      CHECK(slope(exact, -at, wick::float32) == 0);
      CHECK(slope(swish, -at, wick::float32) == 0);
    }
  }
}

TEST_CASE("means of many half numbers have a slope", "[autograd]") {
  const Tensor x = wick::ones({100000}, {.dtype = wick::float16, .requires_grad = true});
  x.mean().backward();
  CHECK(std::fabs(x.grad()[0].item<double>() - 1e-5) < 1e-7);
}

TEST_CASE("gather from a number, empty parts of cat, zeros in a product", "[autograd]") {
  const Tensor number = leaf({});
  gather(number, 0, wick::tensor({0, 0, 0})).sum().backward();
  CHECK(number.grad().item<double>() == 3);
  const Tensor nothing = leaf({2, 0}), b = leaf({2, 1});
  wick::cat({nothing, b}, 1).sum().backward();
  CHECK(nothing.grad().shape() == wick::Shape{2, 0});
  const Tensor x = wick::tensor({0., 2., 3.}, wick::float64).requires_grad_();
  const Tensor g = autograd::grad({x.prod()}, {x}, {.create_graph = true})[0];
  CHECK(numbers(g) == V{6, 0, 0});
  CHECK(numbers(autograd::grad({g[0]}, {x}, {.retain_graph = true})[0]) == V{0, 3, 2});
  CHECK(numbers(autograd::grad({g[1]}, {x})[0]) == V{3, 0, 0});
  const Tensor m = wick::tensor({{0., 2.}, {3., 0.}}, wick::float64).requires_grad_();
  CHECK(autograd::gradgradcheck([](const auto& in) { return in[0].prod(0); }, {m}));
}

TEST_CASE("hooks keep the dtype", "[autograd]") {
  const Tensor x = leaf({3});
  x.register_hook([](const Tensor& g) { return g.to(wick::float64); });
  CHECK(message([&] { (x * 2).sum().backward(); }) ==
        "hook has changed the type of value (was FloatTensor got DoubleTensor)");
}

TEST_CASE("inputs of backward may be computed tensors", "[autograd]") {
  const Tensor x = leaf({2});
  const Tensor y = x * 2;
  autograd::backward({(y * y).sum()}, {.inputs = {y}});
  CHECK(numbers(y.grad()) == V{4, 4});
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("gradcheck of a function that differentiates", "[autograd][gradcheck]") {
  const Tensor x = wick::tensor({0.3, 0.7}, wick::float64).requires_grad_();
  CHECK(autograd::gradcheck(
      [](const auto& in) {
        return autograd::grad({in[0].pow(3).sum()}, {in[0]}, {.create_graph = true})[0];
      },
      {x}));
}
