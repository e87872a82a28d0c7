// vjp, jvp, jacobian and hessian: values, results of every form, and PyTorch's errors.
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
using Tensors = std::vector<Tensor>;
using namespace wick::autograd;

V numbers(const Tensor& t) { return t.to_vector<double>(); }
Tensor constant(const V& values) { return tensor(values, float64); }
Tensor leaf(const V& values) { return constant(values).requires_grad_(); }

Tensor cube(const Tensor& x) { return x * x * x; }

/// 2 a^2 + 3 b.
Tensor mixed(const Tensors& in) { return in[0] * in[0] * 2 + in[1] * 3; }

/// {a b, sum of a}.
Tensors two(const Tensors& in) { return {in[0] * in[1], in[0].sum()}; }

Tensor energy(const Tensors& in) { return (in[0] * in[0] * in[1]).sum(); }

const std::string need_v =
    "The vector v can only be None if the user-provided function returns a single Tensor with a "
    "single element.";
const std::string need_v_of_input =
    "The vector v can only be None if the input to the user-provided function is a single Tensor "
    "with a single element.";
const std::string not_strict = " This is not allowed in strict mode.";

}  // namespace

TEST_CASE("vjp: the gradient of v * f", "[autograd][functional]") {
  const Tensor x = constant({1, 2}), v = constant({10, 100});
  const auto [y, g] = vjp(cube, x, v);
  CHECK(numbers(y) == V{1, 8});
  CHECK(numbers(g) == V{30, 1200});
  CHECK_FALSE(y.requires_grad());
  CHECK_FALSE(g.requires_grad());
  CHECK(numbers(vjp([](const Tensor& t) { return cube(t).sum(); }, x).product) == V{3, 12});
  const auto several = vjp(mixed, {x, constant({5})}, v);
  CHECK(numbers(several.outputs) == V{17, 23});
  CHECK(numbers(several.product[0]) == V{40, 800});
  CHECK(numbers(several.product[1]) == V{330});
  const auto to_several = vjp(two, {x, constant({3, 4})}, {v, constant({7}).sum()});
  CHECK(numbers(to_several.outputs[1]) == V{3});
  CHECK(numbers(to_several.product[0]) == V{37, 407});
  CHECK(numbers(to_several.product[1]) == V{10, 200});
}

TEST_CASE("vjp checks v", "[autograd][functional]") {
  const Tensor x = constant({1, 2});
  CHECK_THROWS_WITH(vjp(cube, x), need_v);
  CHECK_THROWS_WITH(vjp(two, {x, x}), need_v);
  CHECK_THROWS_WITH(vjp(cube, x, ones({3}, float64)),
                    "v has invalid size: should be [2] but got [3].");
  CHECK_THROWS_WITH(vjp(two, {x, x}, {x, x}),
                    "Entry 1 in v has invalid size: should be [] but got [2].");
  CHECK_THROWS_WITH(vjp(two, {x, x}, {x}),
                    "v is a tuple of invalid length: should be 2 but got 1.");
  CHECK_THROWS_AS(vjp(cube, tensor({1, 2}), tensor({1, 2})), TypeError);
}

TEST_CASE("jvp: how results change along v", "[autograd][functional]") {
  const Tensor x = constant({1, 2}), v = constant({10, 100});
  const auto [y, g] = jvp(cube, x, v);
  CHECK(numbers(y) == V{1, 8});
  CHECK(numbers(g) == V{30, 1200});
  CHECK_FALSE(g.requires_grad());
  CHECK(numbers(jvp(
                    [](const Tensor& t) {
                      return t * constant({1, 2, 3});
                    },
                    constant({5}))
                    .product) == V{1, 2, 3});
  const auto several = jvp(mixed, {x, constant({5})}, {v, constant({1})});
  CHECK(numbers(several.outputs) == V{17, 23});
  CHECK(numbers(several.product) == V{43, 803});
  const auto to_several = jvp(two, {x, constant({3, 4})}, {v, constant({1, 0})});
  CHECK(numbers(to_several.product[0]) == V{31, 400});
  CHECK(numbers(to_several.product[1]) == V{110});
  // A linear function, and one with a derivative that is zero nearly everywhere.
  CHECK(numbers(jvp([](const Tensor& t) { return t * 2; }, x, v).product) == V{20, 200});
  CHECK(numbers(jvp([](const Tensor& t) { return relu(t); }, constant({-1, 1}), v).product) ==
        V{0, 100});
}

TEST_CASE("jvp checks v", "[autograd][functional]") {
  const Tensor x = constant({1, 2});
  CHECK_THROWS_WITH(jvp(cube, x), need_v_of_input);
  CHECK_THROWS_WITH(jvp(mixed, {x, x}), need_v_of_input);
  CHECK_THROWS_WITH(jvp(cube, x, ones({3}, float64)),
                    "v has invalid size: should be [2] but got [3].");
  CHECK_THROWS_WITH(jvp(mixed, {x, x}, {x, ones({3}, float64)}),
                    "Entry 1 in v has invalid size: should be [2] but got [3].");
  CHECK_THROWS_WITH(jvp(two, {x, x}, {x, x, x}),
                    "v is a tuple of invalid length: should be 2 but got 3.");
}

TEST_CASE("jacobian: all elements by all elements", "[autograd][functional]") {
  const Tensor x = constant({1, 2});
  const Tensor j = jacobian(cube, x);
  CHECK(j.shape() == Shape{2, 2});
  CHECK(numbers(j) == V{3, 0, 0, 12});
  const Tensor m = arange(6).to(float64).view({2, 3}), w = rand({3, 4}, float64);
  const Tensor by_product = jacobian([&](const Tensor& t) { return matmul(t, w); }, m);
  CHECK(by_product.shape() == Shape{2, 4, 2, 3});
  CHECK(allclose(by_product(1, all, 1, all), w.t()));
  CHECK(by_product(1, all, 0, all).abs().sum().item<double>() == 0);
  CHECK(allclose(jacobian([&](const Tensor& t) { return matmul(t, w); }, m.t().contiguous().t()),
                 by_product));
  const Tensors both = jacobian(mixed, {x, constant({5})});
  CHECK(numbers(both[0]) == V{4, 0, 0, 8});
  CHECK(both[1].shape() == Shape{2, 1});
  CHECK(numbers(both[1]) == V{3, 3});
  const auto table = jacobian(two, {x, constant({3, 4})});
  CHECK(numbers(table[0][0]) == V{3, 0, 0, 4});
  CHECK(numbers(table[0][1]) == V{1, 0, 0, 2});
  CHECK(numbers(table[1][0]) == V{1, 1});
  CHECK(table[1][0].shape() == Shape{2});
  CHECK(numbers(table[1][1]) == V{0, 0});
  // The same tensor as two inputs.
  const Tensors twice = jacobian([](const Tensors& in) { return in[0] * in[1]; }, {x, x});
  CHECK(numbers(twice[0]) == V{1, 0, 0, 2});
  // Of empty tensors it is empty, with the shape that it has to have.
  CHECK(jacobian([](const Tensor& t) { return t(slice(0, 0)); }, x).shape() == Shape{0, 2});
  CHECK(jacobian([](const Tensor& t) { return t.sum(); }, zeros({0, 3}, float64)).shape() ==
        Shape{0, 3});
  const Tensor on_meta = empty({2, 3}, {.device = Device::meta});
  CHECK(jacobian([](const Tensor& t) { return t.sum(0); }, on_meta).shape() == Shape{3, 2, 3});
}

TEST_CASE("hessian: second derivatives of a number", "[autograd][functional]") {
  const Tensor x = constant({1, 2});
  const Tensor h = hessian([](const Tensor& t) { return cube(t).sum(); }, x);
  CHECK(h.shape() == Shape{2, 2});
  CHECK(numbers(h) == V{6, 0, 0, 12});
  CHECK(numbers(hessian(
            [](const Tensor& t) {
              return cube(t).sum().view({1, 1});
            },
            x)) == numbers(h));
  const auto table = hessian(energy, {x, constant({3, 4})});
  CHECK(numbers(table[0][0]) == V{6, 0, 0, 8});
  CHECK(numbers(table[0][1]) == V{2, 0, 0, 4});
  CHECK(numbers(table[1][0]) == V{2, 0, 0, 4});
  CHECK(numbers(table[1][1]) == V{0, 0, 0, 0});
  CHECK(numbers(hessian([](const Tensor& t) { return (t * 2).sum(); }, x)) == V{0, 0, 0, 0});
  CHECK_THROWS_WITH(
      hessian(cube, x),
      "The Tensor returned by the function given to hessian should contain a single element");
}

TEST_CASE("derivatives of functions have no history, unless they are asked to",
          "[autograd][functional]") {
  const Tensor x = leaf({1, 2}), v = leaf({10, 100}), held = leaf({3, 3});
  CHECK_FALSE(jacobian(cube, x).requires_grad());
  CHECK_FALSE(jacobian([&](const Tensor& t) { return t * held; }, x).requires_grad());
  CHECK_FALSE(hessian([](const Tensor& t) { return cube(t).sum(); }, x).requires_grad());
  const FunctionalOptions create{.create_graph = true};
  CHECK(numbers(grad({jacobian(cube, x, create).sum()}, {x})[0]) == V{6, 12});
  CHECK(numbers(grad({hessian([](const Tensor& t) { return cube(t).sum(); }, x, create).sum()},
                     {x})[0]) == V{6, 6});
  const auto pulled = vjp(cube, x, v, create);
  CHECK(numbers(grad({pulled.product.sum()}, {x, v}, {.retain_graph = true})[0]) == V{60, 1200});
  CHECK(numbers(grad({pulled.product.sum()}, {v}, {.retain_graph = true})[0]) == V{3, 12});
  CHECK(numbers(grad({pulled.outputs.sum()}, {x})[0]) == V{3, 12});
  const auto pushed = jvp(cube, x, v, create);
  CHECK(numbers(grad({pushed.product.sum()}, {x}, {.retain_graph = true})[0]) == V{60, 1200});
  CHECK(numbers(grad({pushed.product.sum()}, {v})[0]) == V{3, 12});
  // What f holds itself is told from its input, though it is the same tensor.
  CHECK(numbers(jacobian([&](const Tensor& t) { return t * x; }, x)) == V{1, 0, 0, 2});
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(held.grad().defined());
}

TEST_CASE("derivatives of functions under NoGradGuard", "[autograd][functional]") {
  const Tensor x = constant({1, 2}), v = constant({10, 100});
  const NoGradGuard off;
  CHECK(numbers(jacobian(cube, x)) == V{3, 0, 0, 12});
  CHECK(numbers(vjp(cube, x, v).product) == V{30, 1200});
  CHECK(numbers(jvp(cube, x, v).product) == V{30, 1200});
  CHECK(numbers(hessian([](const Tensor& t) { return cube(t).sum(); }, x)) == V{6, 0, 0, 12});
  CHECK_FALSE(is_grad_enabled());
}

TEST_CASE("what does not depend on an input is zero, or an error where that is strict",
          "[autograd][functional]") {
  const Tensor x = constant({1, 2}), b = constant({5});
  const FunctionalOptions strict{.strict = true};
  const FunctionalOptions both{.create_graph = true, .strict = true};
  const auto first = [](const Tensors& in) { return in[0] * 2; };
  const auto apart = [](const Tensor& t) { return t.detach(); };
  const auto twice = [](const Tensor& t) { return t * 2; };
  CHECK(numbers(vjp(first, {x, b}, x).product[1]) == V{0});
  CHECK(numbers(vjp(apart, x, x).product) == V{0, 0});
  CHECK(numbers(jvp(first, {x, b}, {x, b}).product) == V{2, 4});
  CHECK(numbers(jvp(apart, x, x).product) == V{0, 0});
  CHECK(numbers(jacobian(first, {x, b})[1]) == V{0, 0});
  CHECK(numbers(jacobian(apart, x)) == V{0, 0, 0, 0});

  const std::string no_history =
      "Output 0 of the user-provided function does not require gradients. The outputs must be "
      "computed in a differentiable manner from the input when running in strict mode.";
  CHECK_THROWS_WITH(vjp(apart, x, x, strict), no_history);
  CHECK_THROWS_WITH(jvp(apart, x, x, strict), no_history);
  CHECK_THROWS_WITH(jacobian(apart, x, strict), no_history);
  const std::string of_input =
      "The output of the user-provided function is independent of input 1.";
  CHECK_THROWS_WITH(vjp(first, {x, b}, x, strict), of_input + not_strict);
  CHECK_THROWS_WITH(jvp(first, {x, b}, {x, b}, strict), of_input + not_strict);
  CHECK_THROWS_WITH(
      jacobian(first, {x, b}, strict),
      "Output 0 of the user-provided function is independent of input 1." + not_strict);
  const std::string of_graph =
      "The jacobian of the user-provided function is independent of input 0. This is not allowed "
      "in "
      "strict mode when create_graph=True.";
  CHECK_THROWS_WITH(vjp(twice, x, x, both), of_graph);
  CHECK_THROWS_WITH(jacobian(twice, x, both), of_graph);
  CHECK_THROWS_WITH(jvp(twice, x, x, both), of_graph);
  CHECK(numbers(jacobian(cube, x.detach().requires_grad_(), both)) == V{3, 0, 0, 12});
  CHECK(numbers(jvp(twice, x, x, strict).product) == V{2, 4});
  CHECK_THROWS_WITH(
      hessian([](const Tensor& t) { return (t * 2).sum(); }, x, strict),
      ContainsSubstring("While computing the hessian, found that the jacobian of the user-provided "
                        "function with respect to input 0 is independent of the input."));
  CHECK_THROWS_WITH(
      hessian([](const Tensors& in) { return cube(in[0]).sum() + cube(in[1]).sum(); }, {x, b},
              strict),
      "Output 0 of the user-provided function is independent of input 1." + not_strict);
}
