#include "catch.h"
#include "wick/wick.h"

namespace {

using wick::Tensor;

Tensor leaf() { return wick::ones({2}, {.requires_grad = true}); }

}  // namespace

TEST_CASE("what depends on a leaf that requires gradients is recorded", "[autograd]") {
  const Tensor x = leaf();
  CHECK(x.is_leaf());
  CHECK(x.requires_grad());
  CHECK(x.grad_fn().empty());
  const Tensor y = x * 2;
  CHECK_FALSE(y.is_leaf());
  CHECK(y.requires_grad());
  CHECK(y.grad_fn() == "MulBackward0");
  CHECK_FALSE((wick::ones({2}) * 2).requires_grad());
  CHECK_FALSE((x > 0).requires_grad());  // not differentiable
  CHECK_FALSE(x.to(wick::int64).requires_grad());
}

TEST_CASE("every creation takes requires_grad, and starts at version 0", "[autograd]") {
  const wick::TensorOptions options{.requires_grad = true};
  for (const Tensor& x :
       {wick::empty({2}, options), wick::zeros({2}, options), wick::ones({2}, options),
        wick::full({2}, 3.0, options), wick::arange(0., 2., 1., options),
        wick::linspace(0, 1, 3, options), wick::eye(2, {}, options),
        wick::tensor({1., 2.}, options), wick::rand({2}, options), wick::randn({2}, options),
        wick::normal(0, 1, {2}, options)}) {
    CHECK(x.requires_grad());
    CHECK(x.is_leaf());
    CHECK(x.version() == 0);
  }
  CHECK(wick::empty({2}, wick::bool_).version() == 0);
  CHECK_THROWS_AS(wick::arange(3, options), wick::TypeError);  // integers
}

TEST_CASE("nothing is recorded under NoGradGuard", "[autograd]") {
  const Tensor x = leaf();
  CHECK(wick::is_grad_enabled());
  {
    const wick::NoGradGuard guard;
    CHECK_FALSE(wick::is_grad_enabled());
    { const wick::NoGradGuard inner; }
    CHECK_FALSE(wick::is_grad_enabled());
    CHECK_FALSE((x * 2).requires_grad());
    x.add_(1);  // and leaves may be written to
  }
  CHECK(wick::is_grad_enabled());
  CHECK((x * 2).requires_grad());
  CHECK_THROWS_AS(x.add_(1), wick::Error);
}

TEST_CASE("leaves finds the ends of the graph, each once", "[autograd]") {
  const Tensor a = leaf(), b = leaf();
  const Tensor y = (a + b) * a - b.detach();
  const std::vector<Tensor> found = wick::autograd::leaves(y);
  REQUIRE(found.size() == 2);
  CHECK((found[0].is_same(a) || found[0].is_same(b)));
  CHECK((found[1].is_same(a) || found[1].is_same(b)));
  CHECK_FALSE(found[0].is_same(found[1]));
  CHECK(wick::autograd::leaves(a).size() == 1);
  CHECK(wick::autograd::leaves(wick::ones({1})).empty());
  CHECK_THROWS_AS(wick::autograd::leaves(Tensor()), wick::Error);
}

TEST_CASE("an op in place enters the graph", "[autograd]") {
  const Tensor x = leaf();
  const Tensor y = wick::zeros({2});
  y += x;
  CHECK(y.grad_fn() == "AddBackward0");
  y.mul_(2);
  CHECK(y.grad_fn() == "MulBackward0");
  CHECK(wick::autograd::leaves(y).size() == 1);
}

TEST_CASE("detach shares elements and leaves the graph", "[autograd]") {
  const Tensor x = leaf();
  const Tensor y = (x * 2).detach();
  CHECK_FALSE(y.requires_grad());
  CHECK(y.is_leaf());
  const Tensor z = x.detach();
  CHECK(z.shares_storage(x));
  z.fill_(5);
  CHECK(x[0].item<float>() == 5);
}

TEST_CASE("set_data changes what every handle sees", "[autograd]") {
  const Tensor x = leaf();
  const Tensor other = x;
  x.set_data(wick::zeros({3}, wick::float64));
  CHECK(other.shape() == wick::Shape{3});
  CHECK(other.dtype() == wick::float64);
  CHECK(other.requires_grad());
  CHECK_THROWS_AS((x * 2).set_data(wick::zeros({3})), wick::Error);
  CHECK_THROWS_AS(x.set_data(Tensor()), wick::Error);
}

TEST_CASE("a storage counts how often it was written", "[autograd]") {
  CHECK(wick::ones({2}).version() == 0);
  CHECK(wick::randn({2}).version() == 0);
  CHECK(wick::eye(3).version() == 0);
  const Tensor x = wick::zeros({4});
  x.add_(1);
  CHECK(x.version() == 1);
  x[0] = 7;  // through a view
  CHECK(x.version() == 2);
  static_cast<void>(x + 1);
  static_cast<void>(x.data_ptr<float>());
  CHECK(x.version() == 2);
}
