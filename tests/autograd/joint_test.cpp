// record with jointly: one derivative for all arguments, and for several results.
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
using Tensors = std::vector<Tensor>;
using Mask = std::vector<bool>;
using autograd::grad;
using autograd::jointly;
using autograd::record;
using autograd::Saved;

V numbers(const Tensor& t) { return t.to_vector<double>(); }

Tensor leaf(const V& values) { return tensor(values, float64).requires_grad_(); }

/// a * b with one derivative, which notes what it was asked for.
Tensor product(const Tensor& a, const Tensor& b, Mask* asked = nullptr) {
  return record(
      "ProductBackward0", a.detach() * b.detach(),
      jointly({a, b},
              [a = Saved(a), b = Saved(b), asked](const Tensor& g, const Mask& wanted) -> Tensors {
                if (asked) *asked = wanted;
                return {wanted[0] ? g * b : Tensor(), wanted[1] ? g * a : Tensor()};
              }));
}

/// {a + b, a * b}.
Tensors sum_and_product(const Tensor& a, const Tensor& b, Mask* arrived = nullptr) {
  return record("SumAndProductBackward0", {a.detach() + b.detach(), a.detach() * b.detach()},
                jointly({a, b},
                        [a = Saved(a), b = Saved(b), arrived](const Tensors& g,
                                                              const Mask& wanted) -> Tensors {
                          if (arrived) *arrived = {g[0].defined(), g[1].defined()};
                          const auto one = [&](const Tensor& other) {
                            if (!g[1].defined()) return g[0];
                            return g[0].defined() ? g[0] + g[1] * other : g[1] * other;
                          };
                          return {wanted[0] ? one(b) : Tensor(), wanted[1] ? one(a) : Tensor()};
                        }));
}

const std::string freed = "Trying to backward through the graph a second time";

}  // namespace

TEST_CASE("a joint derivative gives all gradients at once", "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  Mask asked;
  const Tensor y = product(a, b, &asked);
  CHECK(y.grad_fn() == "ProductBackward0");
  y.sum().backward({.retain_graph = true});
  CHECK(numbers(a.grad()) == V{3, 4});
  CHECK(numbers(b.grad()) == V{1, 2});
  CHECK(asked == Mask{true, true});
  CHECK(numbers(grad({y.sum()}, {b})[0]) == V{1, 2});
  CHECK(asked == Mask{false, true});
  CHECK_THROWS_WITH(y.sum().backward(), ContainsSubstring(freed));
  // A constant is never asked for.
  CHECK(numbers(grad({product(a, b.detach(), &asked).sum()}, {a})[0]) == V{3, 4});
  CHECK(asked == Mask{true, false});
  CHECK(autograd::gradcheck([](const auto& in) { return product(in[0], in[1]); }, {a, b}));
  CHECK(autograd::gradgradcheck([](const auto& in) { return product(in[0], in[1]); }, {a, b}));
}

TEST_CASE("of constants, and without gradients, nothing is recorded jointly",
          "[autograd][record][joint]") {
  const Tensor a = leaf({1}), c = ones({1}, float64);
  CHECK(product(c, c).grad_fn().empty());
  CHECK(sum_and_product(c, c)[0].grad_fn().empty());
  {
    const NoGradGuard off;
    CHECK(product(a, a).grad_fn().empty());
    CHECK_FALSE(sum_and_product(a, c)[1].requires_grad());
  }
  const InferenceModeGuard guard;
  CHECK(product(a, a).grad_fn().empty());
}

TEST_CASE("several results share one derivative", "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  Mask arrived;
  Tensors y = sum_and_product(a, b, &arrived);
  CHECK(y[0].grad_fn() == "SumAndProductBackward0");
  CHECK(y[1].grad_fn() == "SumAndProductBackward0");
  CHECK_FALSE(y[1].is_leaf());
  CHECK(numbers(grad({y[0].sum() + (y[1] * 10).sum()}, {a}, {.retain_graph = true})[0]) ==
        V{31, 41});
  CHECK(arrived == Mask{true, true});
  CHECK(numbers(grad({y[1].sum()}, {a}, {.retain_graph = true})[0]) == V{3, 4});
  CHECK(arrived == Mask{false, true});
  CHECK(numbers(grad({y[0].sum()}, {b}, {.retain_graph = true})[0]) == V{1, 1});
  CHECK(arrived == Mask{true, false});
  // Results themselves may be asked for, and be where a pass starts.
  const Tensors of = grad({y[1].sum() * 2 + y[0].sum()}, {y[0], y[1]});
  CHECK(numbers(of[0]) == V{1, 1});
  CHECK(numbers(of[1]) == V{2, 2});
  const Tensor g = tensor({1., 10.}, float64);
  CHECK(numbers(grad({y[0], y[1]}, {a}, {.grad_outputs = {g, g}})[0]) == V{4, 50});
  CHECK_THROWS_WITH(grad({y[0].sum()}, {a}), ContainsSubstring(freed));
  CHECK_THROWS_WITH(grad({y[1].sum()}, {y[0]}),
                    ContainsSubstring("appears to not have been used in the graph"));
  for (size_t i = 0; i < 2; ++i) {
    CHECK(autograd::gradcheck([&](const auto& in) { return sum_and_product(in[0], in[1])[i]; },
                              {a, b}));
    CHECK(autograd::gradgradcheck([&](const auto& in) { return sum_and_product(in[0], in[1])[i]; },
                                  {a, b}));
  }
  const auto both = [](const auto& in) {
    const Tensors r = sum_and_product(in[0], in[1]);
    return r[0] * r[1].sin();
  };
  CHECK(autograd::gradcheck(both, {a, b}));
  CHECK(autograd::gradgradcheck(both, {a, b}));
}

TEST_CASE("one tensor may stand for two arguments", "[autograd][record][joint]") {
  const Tensor a = leaf({2, 3});
  CHECK(numbers(grad({product(a, a).sum()}, {a})[0]) == V{4, 6});
  const Tensors y = sum_and_product(a, a);
  CHECK(numbers(grad({y[0].sum() + y[1].sum()}, {a})[0]) == V{6, 8});
  CHECK(autograd::gradgradcheck([](const auto& in) { return product(in[0], in[0]); }, {a}));
}

TEST_CASE("what comes back is brought to the argument's shape and dtype",
          "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = ones({1}, {.requires_grad = true});
  const Tensor y =
      record("SomeBackward0", ones({2}, float64),
             jointly({a, Tensor(), b}, [](const Tensor& g, const Mask& wanted) -> Tensors {
               CHECK(wanted == Mask{true, false, true});
               return {g.to(float32), g, g * 3};
             }));
  y.sum().backward();
  CHECK(a.grad().dtype() == float64);
  CHECK(numbers(a.grad()) == V{1, 1});
  CHECK(b.grad().dtype() == float32);
  CHECK(numbers(b.grad()) == V{6});
  // Undefined is zero: nothing arrives.
  const Tensor z = record("NoneBackward0", ones({2}, float64),
                          jointly({a, b}, [](const Tensor&, const Mask&) { return Tensors(2); }));
  CHECK_FALSE(grad({z.sum()}, {a}, {.allow_unused = true})[0].defined());
}

TEST_CASE("results that are no floating numbers have no history", "[autograd][record][joint]") {
  const Tensor a = leaf({3, 1, 2});
  const Tensor at = tensor({1, 2, 0});
  Tensors y =
      record("OrderBackward0", {at, a.detach()(at), Tensor()},
             jointly({a}, [](const Tensors& g, const Mask&, const Tensors& results) -> Tensors {
               CHECK_FALSE(g[0].defined());
               CHECK_FALSE(results[0].requires_grad());
               CHECK_FALSE(results[2].defined());
               Tensor to = zeros({3}, float64);
               to.index_put_({results[0]}, g[1], true);
               return {to};
             }));
  CHECK_FALSE(y[0].requires_grad());
  CHECK(y[0].is_same(at));
  CHECK_FALSE(y[2].defined());
  CHECK(numbers(grad({(y[1] * tensor({1., 10., 100.}, float64)).sum()}, {a})[0]) == V{100, 1, 10});
  const Tensors whole =
      record("WholeBackward0", Tensors{at},
             jointly({a}, [](const Tensors&, const Mask&) { return Tensors(1); }));
  CHECK_FALSE(whole[0].requires_grad());
}

TEST_CASE("joint derivatives may take the results", "[autograd][record][joint]") {
  const Tensor a = leaf({0.5, 1});
  const auto exp_and_double = [](const Tensor& x) {
    return record("ExpBackward9", {x.detach() * 2, x.detach().exp()},
                  jointly({x}, [](const Tensors& g, const Mask&, const Tensors& y) -> Tensors {
                    Tensor sum = g[1].defined() ? g[1] * y[1] : Tensor();
                    if (g[0].defined()) sum = sum.defined() ? sum + g[0] * 2 : g[0] * 2;
                    return {sum};
                  }));
  };
  const auto f = [&](const auto& in) {
    const Tensors y = exp_and_double(in[0]);
    return y[0] * y[1];
  };
  CHECK(autograd::gradcheck(f, {a}));
  CHECK(autograd::gradgradcheck(f, {a}));  // the results are connected
  Tensors y = exp_and_double(a);
  y[1].detach().add_(1);
  CHECK_THROWS_WITH(grad({y[1].sum()}, {a}),
                    ContainsSubstring("which is output 1 of ExpBackward9, is at version 1; "
                                      "expected version 0 instead"));
  const auto single = [](const auto& in) {
    return record("ExpBackward8", in[0].detach().exp(),
                  jointly({in[0]}, [](const Tensor& g, const Mask&, const Tensor& result) {
                    return Tensors{g * result};
                  }));
  };
  CHECK(autograd::gradcheck(single, {a}));
  CHECK(autograd::gradgradcheck(single, {a}));
}

TEST_CASE("what a joint derivative must not do", "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const auto with = [&](auto derivative) {
    return record("WrongBackward0", ones({2}, float64), jointly({a, b}, derivative)).sum();
  };
  CHECK_THROWS_WITH(
      with([](const Tensor& g, const Mask&) { return Tensors{g}; }).backward(),
      "function WrongBackward0 returned an incorrect number of gradients (expected 2, "
      "got 1)");
  CHECK_THROWS_WITH(
      with([](const Tensor& g, const Mask&) {
        return Tensors{g, g, g};
      }).backward(),
      "function WrongBackward0 returned an incorrect number of gradients (expected 2, "
      "got 3)");
  CHECK_THROWS_WITH(with([](const Tensor& g, const Mask&) {
                      return Tensors{g, ones({5}, float64)};
                    }).backward(),
                    ContainsSubstring("a derivative has shape [5], which cannot be summed to [2]"));
  CHECK_FALSE(a.grad().defined());  // though its own was right
  CHECK_THROWS_WITH(record("WrongBackward0", Tensors{a * 1, a * 1},
                           jointly({a}, [](const Tensor& g, const Mask&) { return Tensors{g}; })),
                    "WrongBackward0 has 2 results, and a derivative for one");
}

TEST_CASE("an error inside of a joint derivative leaves nothing half done",
          "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4}), x = a * 1;
  bool fails = true;
  const Tensors y = record("MoodyBackward0", {ones({2}, float64), ones({2}, float64)},
                           jointly({x, b}, [&, x = Saved(x)](const Tensors& g, const Mask&) {
                             const Tensor first = g[0] * 2;
                             if (fails) throw std::runtime_error("not today");
                             return Tensors{first, g[1] * x};
                           }));
  const Tensor loss = (y[0] + y[1]).sum();
  CHECK_THROWS_WITH(loss.backward({.retain_graph = true}), "not today");
  CHECK_FALSE(a.grad().defined());
  CHECK_FALSE(b.grad().defined());
  CHECK(is_grad_enabled());
  fails = false;  // nothing was freed, and no lock is held
  loss.backward();
  CHECK(numbers(a.grad()) == V{2, 2});
  CHECK(numbers(b.grad()) == V{1, 2});
}

TEST_CASE("hooks and retain_grad belong to one of several results", "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const Tensors y = sum_and_product(a, b);
  int calls = 0;
  HookHandle handle = y[1].register_hook([&](const Tensor& g) {
    ++calls;
    return g * 10;
  });
  y[0].retain_grad();
  CHECK(y[0].retains_grad());
  CHECK_FALSE(y[1].retains_grad());
  y[1].retain_grad();
  (y[0].sum() + y[1].sum()).backward({.retain_graph = true});
  CHECK(calls == 1);
  CHECK(numbers(y[0].grad()) == V{1, 1});
  CHECK(numbers(y[1].grad()) == V{10, 10});
  CHECK(numbers(a.grad()) == V{31, 41});
  y[0].sum().backward({.retain_graph = true});  // no gradient, no call
  CHECK(calls == 1);
  handle.remove();
  CHECK(numbers(grad({y[1].sum()}, {a})[0]) == V{3, 4});
}

TEST_CASE("a result that is an argument, or there twice, is a tensor of its own",
          "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), same = ones({2}, float64);
  const Tensors y = record("SameBackward0", {a, same, same},
                           jointly({a}, [](const Tensors& g, const Mask&) -> Tensors {
                             Tensor sum = zeros({2}, float64);
                             for (size_t i = 0; i < 3; ++i)
                               if (g[i].defined()) sum = sum + g[i] * (std::pow(10., i));
                             return {sum};
                           }));
  CHECK(a.is_leaf());
  CHECK_FALSE(y[0].is_same(a));
  CHECK(y[0].shares_storage(a));
  CHECK_FALSE(y[1].is_same(y[2]));
  CHECK(numbers(grad({(y[0] + y[1] + y[2]).sum()}, {a}, {.retain_graph = true})[0]) == V{111, 111});
  CHECK(numbers(grad({y[2].sum()}, {a})[0]) == V{100, 100});
}

TEST_CASE("joint derivatives on the meta device, of empty tensors and of strided ones",
          "[autograd][record][joint]") {
  const Tensor m = empty({2, 3}, {.dtype = float64, .device = Device::meta, .requires_grad = true});
  product(m, m).backward(m.detach());
  CHECK(m.grad().is_meta());
  CHECK(m.grad().shape() == Shape{2, 3});
  const Tensor nothing = zeros({0, 3}, float64).requires_grad_();
  const Tensors y = sum_and_product(nothing, nothing);
  (y[0].sum() + y[1].sum()).backward();
  CHECK(nothing.grad().shape() == Shape{0, 3});
  const Tensor wide = (arange(12).to(float64) * 0.1).view({3, 4}).requires_grad_();
  CHECK(autograd::gradgradcheck(
      [](const auto& in) {
        const Tensor part = in[0].t()(slice(none, none, 2));
        return sum_and_product(part, part)[1];
      },
      {wide}));
}

TEST_CASE("a nan of a joint derivative is found", "[autograd][record][joint][anomaly]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const auto y = [&] {
    return record("BadBackward0", {ones({2}, float64), ones({2}, float64)},
                  jointly({a, b}, [](const Tensors& g, const Mask&) {
                    return Tensors{g[0], g[0] * std::nan("")};
                  }));
  };
  autograd::set_detect_anomaly(true);
  CHECK_THROWS_WITH(y()[0].sum().backward(),
                    ContainsSubstring("Function 'BadBackward0' returned nan values in its 1th"));
  const Tensor c = full({2}, std::nan(""), float64).requires_grad_();
  const Tensors z = sum_and_product(a, b);
  CHECK_NOTHROW((z[0] + z[1]).sum().backward());
  CHECK_THROWS_WITH((sum_and_product(a, c)[1]).sum().backward(),
                    ContainsSubstring("because an input or a parameter is"));
  autograd::set_detect_anomaly(false);
}

TEST_CASE("passes of several threads through one joint node",
          "[autograd][record][joint][threads]") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Tensor a = leaf({1, 2}), b = leaf({3, 4});
    const Tensors y = sum_and_product(a, b);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < 4; ++i)
      threads.emplace_back([&, i] { y[i % 2].sum().backward({.retain_graph = true}); });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(numbers(a.grad()) == V{2 + 6, 2 + 8});
    REQUIRE(numbers(b.grad()) == V{2 + 2, 2 + 4});
  }
}

TEST_CASE("leaves are found behind joint nodes, and memory goes with the graph",
          "[autograd][record][joint]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  CHECK(autograd::leaves(sum_and_product(a, b)[1]).size() == 2);
  // A long chain of them is destroyed without a deep stack.
  Tensor y = a;
  for (int i = 0; i < 20000; ++i) y = sum_and_product(y, b)[0];
  y.sum().backward();
  CHECK(numbers(a.grad()) == V{1, 1});
}
