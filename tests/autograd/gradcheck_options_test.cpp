// gradcheck itself: what it compares, how closely, and what it leaves alone.
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;
using autograd::gradcheck;
using autograd::gradgradcheck;

namespace {

using Inputs = std::vector<Tensor>;

Tensor leaf(const std::vector<double>& values) { return tensor(values).requires_grad_(); }

/// x^2, with a derivative that is `wrong` off.
autograd::Function square_off_by(double wrong) {
  return [wrong](const Inputs& in) {
    const Tensor& x = in[0];
    return autograd::record("OffBackward0", x.detach() * x.detach(),
                            autograd::wrt(x, [x = autograd::Saved(x), wrong](const Tensor& g) {
                              return g * (x.get() * 2 + wrong);
                            }));
  };
}

}  // namespace

TEST_CASE("gradcheck allows what its tolerances allow", "[autograd][gradcheck]") {
  const Tensor x = leaf({0.5, -0.25});  // slopes of 1 and -0.5
  CHECK(gradcheck(square_off_by(0), {x}));
  CHECK_FALSE(gradcheck(square_off_by(1e-2), {x}, {.raise_exception = false}));
  CHECK(gradcheck(square_off_by(1e-2), {x}, {.atol = 2e-2, .rtol = 0}));
  CHECK_FALSE(
      gradcheck(square_off_by(1e-2), {x}, {.atol = 5e-3, .rtol = 0, .raise_exception = false}));
  CHECK(gradcheck(square_off_by(1e-2), {x}, {.atol = 0, .rtol = 0.03}));
  CHECK_FALSE(
      gradcheck(square_off_by(1e-2), {x}, {.atol = 0, .rtol = 0.01, .raise_exception = false}));
  // Central differences of a cube are off by eps^2.
  const auto cube = [](const Inputs& in) { return in[0] * in[0] * in[0]; };
  CHECK(gradcheck(cube, {x}));
  CHECK_FALSE(gradcheck(cube, {x}, {.eps = 0.5, .raise_exception = false}));
  CHECK(gradcheck(cube, {x}, {.eps = 0.5, .atol = 0.26}));
}

TEST_CASE("gradcheck tells both Jacobians and which input", "[autograd][gradcheck]") {
  const auto second_wrong = [](const Inputs& in) {
    return autograd::record("WrongBackward0", in[0].detach() + in[1].detach() * 3,
                            autograd::wrt(in[0], [](const Tensor& g) { return g; }),
                            autograd::wrt(in[1], [](const Tensor& g) { return g * 4; }));
  };
  const Tensor a = leaf({1}), b = leaf({2});
  CHECK_THROWS_WITH(
      gradcheck(second_wrong, {a, b}),
      ContainsSubstring("Jacobian mismatch for output 0 with respect to input 1,\n") &&
          ContainsSubstring("numerical:tensor([[3.") &&
          ContainsSubstring("analytical:tensor([[4."));
  CHECK(gradcheck(second_wrong, {a, b.detach()}));  // an input that requires none is not compared
  const auto none_depends = [](const Inputs&) { return ones({2}, float64); };
  CHECK_THROWS_WITH(gradcheck(none_depends, {a}),
                    "gradcheck: the output does not depend on an input that requires a gradient");
  CHECK_FALSE(gradcheck(none_depends, {a}, {.raise_exception = false}));
  CHECK_THROWS_WITH(gradcheck(none_depends, {ones({1})}),
                    ContainsSubstring("gradcheck expects at least one input tensor to require"));
}

TEST_CASE("gradcheck takes integers, empty tensors, and any layout", "[autograd][gradcheck]") {
  const auto pick = [](const Inputs& in) { return in[0].gather(0, in[1]); };
  CHECK(gradcheck(pick, {leaf({1, 2, 3}), tensor({2, 0, 0})}));
  const auto sum = [](const Inputs& in) { return in[0].sum(); };
  CHECK(gradcheck(sum, {zeros({0, 2}, {.dtype = float64, .requires_grad = true})}));
  const auto keep = [](const Inputs& in) { return in[0] * 2; };
  CHECK(gradcheck(keep, {zeros({0}, {.dtype = float64, .requires_grad = true})}));
  CHECK(gradcheck(keep, {arange(6., {.dtype = float64}).view({2, 3}).t().requires_grad_()}));
  CHECK(gradcheck(keep, {ones({}, {.dtype = float64, .requires_grad = true})}));
  const auto with_unused = [](const Inputs& in) { return in[0] * 2; };
  CHECK(gradcheck(with_unused, {leaf({1}), leaf({2, 3})}));  // whose slope is 0
}

TEST_CASE("gradcheck leaves its inputs alone, and works without gradients",
          "[autograd][gradcheck]") {
  const Tensor x = leaf({1, 2});
  const NoGradGuard off;
  CHECK(gradcheck([](const Inputs& in) { return in[0].sin(); }, {x}));
  CHECK_FALSE(x.grad().defined());
  CHECK(x.version() == 0);
  CHECK_FALSE(is_grad_enabled());
  // A function that writes into its input gets a copy each time.
  CHECK(gradcheck(
      [](const Inputs& in) {
        const Tensor y = in[0] * 1;
        y.mul_(3);
        return y;
      },
      {x}));
}

TEST_CASE("gradgradcheck finds a derivative that has none itself", "[autograd][gradcheck]") {
  const auto detached = [](const Inputs& in) {
    return autograd::record(
        "DetachedBackward0", in[0].detach() * in[0].detach(),
        autograd::wrt(in[0], [x = in[0].detach()](const Tensor& g) { return g * (x * 2); }));
  };
  const Tensor x = leaf({0.5, -0.25});
  CHECK(gradcheck(detached, {x}));
  CHECK_FALSE(gradgradcheck(detached, {x}, {.raise_exception = false}));
  CHECK_THROWS_AS(gradgradcheck(detached, {x}), Error);
  CHECK(gradgradcheck([](const Inputs& in) { return in[0] * in[0]; }, {x}));
  const auto product = [](const Inputs& in) { return in[0] * in[1]; };
  CHECK(gradgradcheck(product, {x, x.detach()}));
  CHECK(gradgradcheck(product, {x, leaf({3, 4})}));
  CHECK(gradgradcheck([](const Inputs& in) { return in[0].exp(); }, {x, leaf({1})}));
}
