// register_post_accumulate_grad_hook: what runs once a leaf has its gradient.
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;

V numbers(const Tensor& t) { return t.to_vector<double>(); }
Tensor leaf(const V& values) { return tensor(values, float64).requires_grad_(); }

}  // namespace

TEST_CASE("a hook runs after the gradient of a leaf is there", "[autograd][hooks]") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  std::vector<V> seen;
  HookHandle handle = x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    CHECK(t.is_same(x));
    CHECK_FALSE(is_grad_enabled());
    seen.push_back(numbers(t.grad()));
  });
  (x * w + x).sum().backward();  // once, for all that arrives
  (x * 10).sum().backward();     // the sum
  CHECK(seen == std::vector<V>{{4, 5}, {14, 15}});
  // Nobody adds to grad() here.
  static_cast<void>(autograd::grad({(x * 2).sum()}, {x}));
  (w * 2).sum().backward();
  CHECK(seen.size() == 2);
  handle.remove();
  handle.remove();
  (x * 10).sum().backward();
  CHECK(seen.size() == 2);
}

TEST_CASE("hooks before and after a gradient, in their order", "[autograd][hooks]") {
  const Tensor x = leaf({1});
  std::string order;
  x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    order += 'a';
    t.set_grad(t.grad() * 2);
  });
  x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    order += 'b';
    CHECK(numbers(t.grad()) == V{60});
    t.set_grad(Tensor());
  });
  x.register_hook([&](const Tensor& g) {
    order += 'h';
    return g * 10;
  });
  for (int i = 0; i < 2; ++i) (x * 3).sum().backward();
  CHECK(order == "habhab");
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a hook may step and take itself out", "[autograd][hooks]") {
  const Tensor x = leaf({1, 2});
  HookHandle handle;
  handle = x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    t.sub_(t.grad() * 0.5);
    handle.remove();
  });
  (x * 2).sum().backward();
  CHECK(numbers(x) == V{0, 1});
  (x * 2).sum().backward();
  CHECK(numbers(x) == V{0, 1});
  CHECK(numbers(x.grad()) == V{4, 4});
}

TEST_CASE("where hooks after gradients are not for", "[autograd][hooks]") {
  const Tensor x = leaf({1});
  const auto nothing = [](const Tensor&) {};
  CHECK_THROWS_WITH((x * 2).register_post_accumulate_grad_hook(nothing),
                    "post accumulate grad hooks cannot be registered on non-leaf tensors");
  CHECK_THROWS_WITH(ones({1}).register_post_accumulate_grad_hook(nothing),
                    "cannot register a hook on a tensor that doesn't require gradient");
  CHECK_THROWS_AS(x.register_post_accumulate_grad_hook(nullptr), ValueError);
  x.register_post_accumulate_grad_hook([](const Tensor&) { throw std::runtime_error("no"); });
  CHECK_THROWS_WITH((x * 2).sum().backward(), "no");
  CHECK(numbers(x.grad()) == V{2});  // it was there before the hook
  HookHandle handle;
  {
    const Tensor gone = leaf({1});
    handle = gone.register_post_accumulate_grad_hook(nothing);
  }
  handle.remove();
}

TEST_CASE("create_graph and several threads with hooks after gradients",
          "[autograd][hooks][threads]") {
  const Tensor x = leaf({2});
  bool recorded = false;
  HookHandle handle = x.register_post_accumulate_grad_hook(
      [&](const Tensor& t) { recorded = is_grad_enabled() && t.grad().requires_grad(); });
  x.square().sum().backward({.create_graph = true});
  CHECK(recorded);
  handle.remove();
  x.set_grad(Tensor());
  std::atomic<int> calls{0};
  x.register_post_accumulate_grad_hook([&](const Tensor&) { ++calls; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) (x * 1).sum().backward();
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(calls == 200);
  CHECK(numbers(x.grad()) == V{200});
}
