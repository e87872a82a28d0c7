// Derivatives where there is more than one: at bounds, among equals, at zero. PyTorch 2.15's
// choice.
#include "catch.h"
#include "wick/wick.h"

namespace {

using wick::DType;
using wick::Tensor;
using V = std::vector<double>;
namespace F = wick::nn::functional;
constexpr double inf = wick::inf;

/// The gradient of sum(f(x) * [1, 2, ...]) where there are several, so that places count.
template <class Function>
V gradient(Function f, const V& at, DType dtype = wick::float64) {
  const Tensor x = wick::tensor(at, {.dtype = dtype, .requires_grad = true});
  f(x).sum().backward();
  return x.grad().template to_vector<double>();
}

/// The same of a function of two.
template <class Function>
std::pair<V, V> gradients(Function f, const V& a, const V& b) {
  const Tensor x = wick::tensor(a, {.dtype = wick::float64, .requires_grad = true});
  const Tensor y = wick::tensor(b, {.dtype = wick::float64, .requires_grad = true});
  f(x, y).sum().backward();
  return {x.grad().to_vector<double>(), y.grad().to_vector<double>()};
}

}  // namespace

TEST_CASE("clamp has no slope at its bounds", "[autograd][ties]") {
  const V at{-3, 0, 1, 2, 5, wick::nan};
  for (const DType dtype : {wick::float64, wick::float32, wick::float16, wick::bfloat16}) {
    INFO(dtype);
    CHECK(gradient([](const Tensor& x) { return x.clamp(0, 2); }, at, dtype) ==
          V{0, 0, 1, 0, 0, 0});
    CHECK(gradient([](const Tensor& x) { return x.clamp(0); }, at, dtype) == V{0, 0, 1, 1, 1, 0});
    CHECK(gradient([](const Tensor& x) { return x.clamp({}, 2); }, at, dtype) ==
          V{1, 1, 1, 0, 0, 0});
    CHECK(gradient([](const Tensor& x) { return (x * 1).clamp_(0., 2.); }, at, dtype) ==
          V{0, 0, 1, 0, 0, 0});
  }
  CHECK(gradient([](const Tensor& x) { return x.clamp(2, 0); }, at) == V{0, 0, 0, 0, 0, 0});
  CHECK(gradient([](const Tensor& x) { return x.clamp(2, 2); }, at) == V{0, 0, 0, 0, 0, 0});
  CHECK(gradient([](const Tensor& x) { return x.clamp(-inf, inf); }, {1, inf, -inf}) == V{1, 0, 0});
  CHECK(gradient([](const Tensor& x) { return x.relu(); }, {0, -0.0, 1}) == V{0, 0, 1});
  // A strided view, and nothing at all.
  const Tensor x = wick::tensor({{0., 1., 2.}, {2., 1., 0.}}).requires_grad_();
  x.t().slice(0, 0, {}, 2).clamp(0, 2).sum().backward();
  CHECK(x.grad().equal(wick::zeros({2, 3})));
  CHECK(gradient([](const Tensor& t) { return t.clamp(0, 2); }, {}).empty());
}

TEST_CASE("equals share the gradient, or the first has it", "[autograd][ties]") {
  CHECK(gradient([](const Tensor& x) { return x.max(); }, {2, 2, 1}) == V{0.5, 0.5, 0});
  CHECK(gradient([](const Tensor& x) { return x.min(); }, {1, 1, 2}) == V{0.5, 0.5, 0});
  CHECK(gradient([](const Tensor& x) { return x.max(); }, {2, wick::nan, wick::nan}) ==
        V{0, 0.5, 0.5});
  CHECK(gradient([](const Tensor& x) { return x.max(0).values; }, {2, 2, 1}) == V{1, 0, 0});
  CHECK(gradient([](const Tensor& x) { return x.amax(0); }, {2, 2, 1}) == V{0.5, 0.5, 0});
  CHECK(gradient([](const Tensor& x) { return x.amin(); }, {1, 2, 1}) == V{0.5, 0, 0.5});
  CHECK(gradient([](const Tensor& x) { return x.topk(1).values; }, {2, 2, 1}) == V{1, 0, 0});
  const Tensor places = wick::tensor({1., 2., 3.});
  CHECK(gradient([&](const Tensor& x) { return x.sort().values * places; }, {2, 2, 1}) ==
        V{2, 3, 1});
  CHECK(gradient([&](const Tensor& x) { return x.sort(0, true).values * places; }, {2, 2, 1}) ==
        V{1, 2, 3});
  const V a{2, 1, 3, wick::nan, 1, wick::nan}, b{2, 2, 1, 1, wick::nan, wick::nan};
  CHECK(gradients([](const Tensor& x, const Tensor& y) { return maximum(x, y); }, a, b) ==
        std::pair(V{0.5, 0, 1, 1, 1, 1}, V{0.5, 1, 0, 1, 1, 1}));
  CHECK(gradients([](const Tensor& x, const Tensor& y) { return minimum(x, y); }, a, b) ==
        std::pair(V{0.5, 1, 0, 1, 1, 1}, V{0.5, 0, 1, 1, 1, 1}));
}

TEST_CASE("slopes at zero", "[autograd][ties]") {
  CHECK(gradient([](const Tensor& x) { return x.abs(); }, {0, -0.0, -1}) == V{0, 0, -1});
  CHECK(gradient([](const Tensor& x) { return x.sign(); }, {0}) == V{0});
  for (const double p : {0.5, 1., 1.5, 2., 2.5, 3., inf, -inf, -1.}) {
    INFO(p);
    CHECK(gradient([p](const Tensor& x) { return x.norm(p); }, {0, 0}) == V{0, 0});
  }
  CHECK(gradient([](const Tensor& x) { return x.norm(inf); }, {0, -2, 2, 1}) == V{0, -0.5, 0.5, 0});
  CHECK(gradient([](const Tensor& x) { return x.norm(1); }, {0, -2, 2, 1}) == V{0, -1, 1, 1});
  CHECK(gradient([](const Tensor& x) { return x.std(); }, {2, 2}) == V{0, 0});
  CHECK(gradient([](const Tensor& x) { return x.prod(); }, {0, 3, 2}) == V{6, 0, 0});
  CHECK(gradient([](const Tensor& x) { return x.sqrt(); }, {0}) == V{inf});
  CHECK(gradient([](const Tensor& x) { return x.pow(0); }, {0, 1}) == V{0, 0});
  CHECK(gradient([](const Tensor& x) { return x.pow(1); }, {0}) == V{1});
  CHECK(gradients([](const Tensor& x, const Tensor& y) { return pow(x, y); }, {0, 0, 0, 1},
                  {0, 1, 2, 0}) == std::pair(V{0, 1, 0, 0}, V{0, 0, 0, 0}));
}

TEST_CASE("losses at their bends", "[autograd][ties]") {
  const auto l1 = [](const Tensor& x, const Tensor& y) {
    return F::l1_loss(x, y, {.reduction = "sum"});
  };
  CHECK(gradients(l1, {1, 2}, {1, 1}) == std::pair(V{0, 1}, V{0, -1}));
  const auto smooth = [](const Tensor& x, const Tensor& y) {
    return F::smooth_l1_loss(x, y, {.reduction = "sum"});
  };
  CHECK(gradients(smooth, {1, 2, 1}, {1, 1, 2}) == std::pair(V{0, 1, -1}, V{0, -1, 1}));
  const auto hinge = [](const Tensor& x) {
    return F::hinge_embedding_loss(x, wick::tensor({-1., 1., -1.}), {.reduction = "sum"});
  };
  CHECK(gradient(hinge, {1, 1, 2}) == V{0, 1, 0});
  const auto ranking = [](double margin) {
    return [margin](const Tensor& x, const Tensor& y) {
      return F::margin_ranking_loss(x, y, wick::tensor({1.}),
                                    {.margin = margin, .reduction = "sum"});
    };
  };
  CHECK(gradients(ranking(0), {1}, {1}) == std::pair(V{0}, V{0}));
  CHECK(gradients(ranking(1), {1}, {0}) == std::pair(V{0}, V{0}));
  const auto triplet = [](const Tensor& x, const Tensor& y) {
    return F::triplet_margin_loss(wick::zeros({1, 2}, wick::float64), x.view({1, 2}),
                                  y.view({1, 2}), {.eps = 0, .reduction = "sum"});
  };
  CHECK(gradients(triplet, {1, 0}, {2, 0}) == std::pair(V{0, 0}, V{0, 0}));
}
