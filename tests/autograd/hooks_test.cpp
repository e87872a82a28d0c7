// Hooks on tensors: their order, what they may return, and how long they stay.
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;

Tensor leaf(const V& values) { return tensor(values).to(float32).requires_grad_(); }
V numbers(const Tensor& t) { return t.to_vector<double>(); }

}  // namespace

TEST_CASE("hooks follow one another, before the gradient is kept or asked for",
          "[autograd][hooks]") {
  const Tensor x = leaf({1, 2}), y = x * 2;
  y.register_hook([](const Tensor& g) { return g * 10; });
  y.register_hook([](const Tensor& g) { return g + 1; });
  y.retain_grad();
  x.register_hook([](const Tensor& g) { return g * 100; });
  y.sum().backward({.retain_graph = true});
  CHECK(numbers(y.grad()) == V{11, 11});
  CHECK(numbers(x.grad()) == V{2200, 2200});
  const auto asked = autograd::grad({y.sum()}, {x, y}, {.retain_graph = true});
  CHECK(numbers(asked[0]) == V{2200, 2200});
  CHECK(numbers(asked[1]) == V{11, 11});
  CHECK(numbers(x.grad()) == V{2200, 2200});  // nothing is added by grad
  CHECK_THROWS_AS(x.register_hook(nullptr), ValueError);
}

TEST_CASE("a hook's result has to look like the gradient", "[autograd][hooks]") {
  const auto text = [](auto hook) {
    const Tensor x = leaf({1, 2});
    x.register_hook(hook);
    try {
      (x * 2).sum().backward();
    } catch (const Error& error) {
      CHECK_FALSE(x.grad().defined());
      return std::string(error.what());
    }
    return std::string("none");
  };
  CHECK(text([](const Tensor&) { return ones({1}); }) ==
        "hook has changed the size of value: [2] became [1]");
  CHECK(text([](const Tensor&) { return ones({2}, float16); }) ==
        "hook has changed the type of value (was FloatTensor got HalfTensor)");
  CHECK_THAT(text([](const Tensor&) { return empty({2}, {.device = Device::meta}); }),
             ContainsSubstring("hook has changed the type of value"));
  CHECK(text([](const Tensor& g) { return g; }) == "none");
}

TEST_CASE("a handle outlives its tensor", "[autograd][hooks]") {
  HookHandle handle;
  {
    const Tensor x = leaf({1});
    handle = x.register_hook([](const Tensor&) { return Tensor(); });
  }
  handle.remove();
}
