// Dropout's backward pass, which keeps a bit an element, against a product with the whole mask.
#include <cmath>
#include <limits>

#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace autograd = wick::autograd;
using wick::DType;
using wick::Tensor;

namespace {

constexpr double p = 0.3;

/// The mask that dropout of `shape` uses after manual_seed(seed).
Tensor mask_after(uint64_t seed, const wick::Shape& shape, DType dtype = wick::float32) {
  wick::manual_seed(seed);
  const wick::NoGradGuard guard;
  return wick::dropout(wick::ones(shape, dtype), p);
}

Tensor gradient(const Tensor& y, const Tensor& x, const Tensor& g, bool create_graph = false) {
  return autograd::grad({y}, {x}, {.grad_outputs = {g}, .create_graph = create_graph})[0];
}

}  // namespace

TEST_CASE("dropout: forward and backward are products with the mask", "[dropout][autograd]") {
  for (const DType dtype : {wick::float32, wick::float64, wick::bfloat16, wick::float16})
    for (const int64_t n :
         {1, 7, 8, 9, 63, 64, 65, 127, 511, 513, 1023, 1024, 1025, 20000, 70001}) {
      CAPTURE(wick::name(dtype), n);
      const Tensor x = wick::randn({n}, dtype).requires_grad_();
      const Tensor g = wick::randn({n}, dtype);
      const Tensor mask = mask_after(5, {n}, dtype);
      wick::manual_seed(5);
      const Tensor y = wick::dropout(x, p);
      CHECK(y.detach().equal(x.detach() * mask));
      CHECK(gradient(y, x, g).equal(g * mask));
      wick::manual_seed(5);
      const wick::NoGradGuard guard;
      CHECK(wick::dropout(x, p).equal(x * mask));
    }
}

TEST_CASE("dropout: gradients of any layout, and what is not finite", "[dropout][autograd]") {
  const Tensor x = wick::randn({30, 40}).requires_grad_();
  const Tensor mask = mask_after(6, {30, 40});
  wick::manual_seed(6);
  const Tensor y = wick::dropout(x, p);
  const auto check = [&](const Tensor& g) {
    const Tensor dx = autograd::grad({y}, {x}, {.grad_outputs = {g}, .retain_graph = true})[0];
    CHECK(dx.allclose(g * mask, 0, 0, true));
  };
  check(wick::randn({40, 30}).t());
  check(wick::randn({30, 80}).slice(1, 0, 80, 2));
  check(wick::ones({1}).expand({30, 40}));
  check(wick::full({30, 40}, std::numeric_limits<double>::infinity()));
  check(wick::full({30, 40}, std::numeric_limits<double>::quiet_NaN()));
  const Tensor dx = gradient(y, x, wick::full({30, 40}, -1.0));
  for (const float value : dx.to_vector<float>()) CHECK(std::signbit(value));  // -0, as a product

  // Of x.t(), the mask is drawn in row-major order.
  const Tensor turned = mask_after(6, {40, 30});
  wick::manual_seed(6);
  const Tensor z = wick::dropout(x.t(), p);
  CHECK(z.detach().equal(x.detach().t() * turned));
  CHECK(gradient(z, x, wick::ones({40, 30})).equal(turned.t()));
}

TEST_CASE("dropout: the gradient of the gradient", "[dropout][autograd]") {
  const Tensor x = wick::randn({50}).requires_grad_();
  const Tensor g = wick::randn({50}).requires_grad_();
  const Tensor mask = mask_after(8, {50});
  wick::manual_seed(8);
  const Tensor dx = gradient(wick::dropout(x, p), x, g, true);
  CHECK(dx.requires_grad());
  CHECK(gradient(dx, g, wick::full({50}, 2.0)).equal(mask * 2.0));

  const auto f = [](const std::vector<Tensor>& in) {
    wick::manual_seed(9);
    return wick::dropout(in[0], p).sin();
  };
  const Tensor wide = wick::randn({4, 5}, wick::float64).requires_grad_();
  CHECK(autograd::gradcheck(f, {wide}));
  CHECK(autograd::gradgradcheck(f, {wide}));
  const auto in_place = [](const std::vector<Tensor>& in) {
    wick::manual_seed(9);
    const Tensor y = in[0] * 2;
    wick::dropout_(y, p);
    return y.sin();
  };
  CHECK(autograd::gradcheck(in_place, {wide}));
  CHECK(autograd::gradgradcheck(in_place, {wide}));
}

TEST_CASE("dropout_: in place, on views too", "[dropout][autograd]") {
  const Tensor x = wick::randn({6, 100}).requires_grad_();
  const Tensor mask = mask_after(11, {2, 100});
  const Tensor y = x * 3;
  const uint64_t version = y.version();
  wick::manual_seed(11);
  wick::dropout_(y.narrow(0, 2, 2), p);
  CHECK(y.version() > version);
  const Tensor whole = wick::ones({6, 100});
  whole.narrow(0, 2, 2).copy_(mask);
  CHECK(y.detach().equal(x.detach() * 3 * whole));
  CHECK(gradient(y, x, wick::ones({6, 100})).equal(whole * 3));

  // A result that another derivative needs must not be changed.
  const Tensor z = wick::exp(x);
  wick::dropout_(z, p);
  CHECK_THROWS_AS(z.sum().backward(), wick::Error);
}

TEST_CASE("dropout: what is kept lives as long as the graph", "[dropout][autograd]") {
  const Tensor x = wick::randn({70}).requires_grad_();
  const Tensor y = wick::dropout(x, p);
  wick::Tensor(y.detach()).zero_();  // the result is not needed
  y.sum().backward();
  CHECK_THROWS_AS(y.sum().backward(), wick::Error);
  CHECK(wick::dropout(wick::ones({5}, {.device = wick::meta}).requires_grad_(), p).is_meta());
}
