// Backward passes of several threads over graphs that they share.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

constexpr int thread_count = 6;

/// What the threads' calls came to.
struct Outcome {
  int done = 0;         // returned
  int second_time = 0;  // threw PyTorch's error for a graph that was freed
  int others = 0;
};

/// body(i) in thread i of six, all at once.
Outcome at_once(const std::function<void(int)>& body) {
  std::atomic<int> waiting{thread_count}, done{0}, second_time{0}, others{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i)
    threads.emplace_back([&, i] {
      const NumThreadsGuard alone(1);
      for (--waiting; waiting > 0;) std::this_thread::yield();
      try {
        body(i);
        ++done;
      } catch (const Error& error) {
        const bool expected =
            std::string(error.what())
                .starts_with("Trying to backward through the graph a second time");
        ++(expected ? second_time : others);
      }
    });
  for (std::thread& thread : threads) thread.join();
  return {done, second_time, others};
}

Tensor leaf(int64_t n = 200) { return linspace(0., 1., n).requires_grad_(); }

}  // namespace

TEST_CASE("of several passes over a shared subgraph one gets its gradient", "[autograd][threads]") {
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Tensor w = leaf();
    const Tensor b = w.exp();
    const Outcome outcome = at_once([&](int) { (b * 2.).sum().backward(); });
    CHECK(outcome.done == 1);
    CHECK(outcome.second_time == thread_count - 1);
    REQUIRE(outcome.others == 0);
    REQUIRE(allclose(w.grad(), 2. * w.detach().exp()));
  }
}

TEST_CASE("passes that keep a shared graph all get their gradients", "[autograd][threads]") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Tensor w = leaf(), v = leaf();
    const Tensor b = (w.exp() * v).sin();
    const Outcome outcome =
        at_once([&](int i) { (b * (i + 1.)).sum().backward({.retain_graph = true}); });
    REQUIRE(outcome.done == thread_count);
    const Tensor w1 = w.detach().requires_grad_(), v1 = v.detach().requires_grad_();
    ((w1.exp() * v1).sin() * 21.).sum().backward();
    REQUIRE(allclose(w.grad(), w1.grad()));
    REQUIRE(allclose(v.grad(), v1.grad()));
  }
}

TEST_CASE("a pass that keeps the graph and one that frees it", "[autograd][threads]") {
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Tensor w = leaf();
    const Tensor b = w.exp().sin().tanh().sigmoid();
    const Outcome outcome = at_once([&](int i) { b.sum().backward({.retain_graph = i % 2 == 0}); });
    // Of those that free it one comes through at most: the sum is freed first.
    CHECK(outcome.done + outcome.second_time == thread_count);
    CHECK(outcome.done >= 1);
    CHECK(outcome.others == 0);
  }
}

TEST_CASE("a shared subgraph that keeps nothing serves all passes", "[autograd][threads]") {
  const Tensor w = leaf();
  const Tensor b = (w * 3.).reshape({2, 100}).t();
  const Outcome outcome = at_once([&](int) { (b * 2.).sum().backward(); });
  CHECK(outcome.done == thread_count);
  CHECK(equal(w.grad(), full_like(w, 36.)));
}

TEST_CASE("gradients of a shared leaf from several threads add up", "[autograd][threads]") {
  const nn::Linear layer(40, 30);
  const Tensor x = ones({8, 40});
  const Outcome outcome = at_once([&](int) {
    for (int i = 0; i < 50; ++i) layer(x).sum().backward();
  });
  CHECK(outcome.done == thread_count);
  CHECK(equal(layer.bias.grad(), full({30}, 8. * 50 * thread_count)));
  CHECK(equal(layer.weight.grad(), full({30, 40}, 8. * 50 * thread_count)));
}

TEST_CASE("autograd::grad and create_graph over a shared subgraph", "[autograd][threads]") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Tensor w = leaf();
    const Tensor b = w.exp();
    std::vector<Tensor> second(thread_count);
    const Outcome outcome = at_once([&](int i) {
      const Tensor first = autograd::grad({(b * b).sum()}, {w}, {.create_graph = true})[0];
      second[static_cast<size_t>(i)] =
          autograd::grad({first.sum()}, {w}, {.retain_graph = true})[0];
    });
    REQUIRE(outcome.done == thread_count);
    for (const Tensor& g : second) REQUIRE(allclose(g, 4. * (2. * w.detach()).exp()));
    const Outcome freeing =
        at_once([&](int) { static_cast<void>(autograd::grad({(b * 2.).sum()}, {w})); });
    REQUIRE(freeing.done == 1);
    REQUIRE(freeing.second_time == thread_count - 1);
  }
}

TEST_CASE("a write to a view in a shared subgraph", "[autograd][threads]") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Tensor w = leaf();
    const Tensor b = w * 1.;
    b.slice(0, 0, 100).mul_(full({100}, 3.));  // keeps what it multiplies by
    const Tensor end = b.slice(0, 50, 150);  // made before the next write: each thread refreshes it
    b.slice(0, 100, 200).mul_(2.);
    const Outcome outcome = at_once([&](int) { (end * 2.).sum().backward(); });
    CHECK(outcome.done == 1);
    CHECK(outcome.second_time == thread_count - 1);
    REQUIRE(outcome.others == 0);
  }
}

TEST_CASE("hooks and retained gradients of a shared tensor", "[autograd][threads]") {
  const Tensor w = leaf();
  const Tensor b = w.exp();
  b.retain_grad();
  std::atomic<int> calls{0};
  b.register_hook([&](const Tensor&) {
    ++calls;
    return Tensor();
  });
  const Outcome outcome = at_once([&](int) { (b * 2.).sum().backward({.retain_graph = true}); });
  CHECK(outcome.done == thread_count);
  CHECK(calls == thread_count);
  CHECK(equal(b.grad(), full_like(w, 12.)));
  int removed = 0;
  const Outcome removing = at_once([&](int) {
    HookHandle handle = b.register_hook([](const Tensor&) { return Tensor(); });
    (b * 2.).sum().backward({.retain_graph = true});
    handle.remove();
  });
  removed = removing.done;
  CHECK(removed == thread_count);
}

TEST_CASE("the first forward pass of one model in several threads", "[autograd][threads]") {
  const Tensor x = linspace(-1., 1., 640).view({10, 64});
  for (int repeat = 0; repeat < 20; ++repeat) {
    nn::Sequential model(nn::Linear(64, 96), nn::GELU(), nn::Linear(96, 64));
    std::vector<Tensor> y(thread_count);
    const Outcome outcome = at_once([&](int i) { y[static_cast<size_t>(i)] = model(x); });
    REQUIRE(outcome.done == thread_count);
    for (const Tensor& other : y) REQUIRE(equal(other, y[0]));
  }
}
