// One backward pass: what it starts from, what it visits, and what it leaves behind.
#include <string>
#include <vector>

#include "autograd/node.h"
#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;

Tensor leaf(const V& values, DType dtype = float32) {
  return tensor(values, {.dtype = dtype}).requires_grad_();
}
V numbers(const Tensor& t) { return t.to_vector<double>(); }

const char* const freed = "Trying to backward through the graph a second time";

}  // namespace

TEST_CASE("the graph is kept as create_graph says, unless retain_graph says otherwise",
          "[autograd][engine]") {
  const Tensor x = leaf({1, 2});
  const auto fresh = [&] { return (x * x).sum(); };
  Tensor y = fresh();
  y.backward({.create_graph = true});
  CHECK_NOTHROW(y.backward());
  y = fresh();
  y.backward({.retain_graph = false, .create_graph = true});
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring(freed));
  y = fresh();
  y.backward({.retain_graph = true});
  CHECK_NOTHROW(y.backward());
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring(freed));

  y = fresh();
  autograd::grad({y}, {x}, {.create_graph = true});
  CHECK_NOTHROW(autograd::grad({y}, {x}));
  CHECK_THROWS_WITH(autograd::grad({y}, {x}), ContainsSubstring(freed));
  y = fresh();
  autograd::grad({y}, {x}, {.retain_graph = false, .create_graph = true});
  CHECK_THROWS_WITH(autograd::grad({y}, {x}), ContainsSubstring(freed));
  y = fresh();
  autograd::backward({y}, {.create_graph = true});
  CHECK_NOTHROW(autograd::backward({y}));
  x.set_grad({});  // whose graph holds x
}

TEST_CASE("gradients are recorded under create_graph only", "[autograd][engine]") {
  const Tensor x = leaf({1, 2});
  CHECK_FALSE(autograd::grad({(x * x).sum()}, {x})[0].requires_grad());
  CHECK(autograd::grad({(x * x).sum()}, {x}, {.create_graph = true})[0].requires_grad());
  const NoGradGuard off;  // around the pass, which follows its own option
  Tensor y;
  {
    const EnableGradGuard on;
    y = (x * x).sum();
  }
  CHECK(autograd::grad({y}, {x}, {.create_graph = true})[0].requires_grad());
  CHECK_FALSE(is_grad_enabled());
  CHECK_FALSE(autograd::grad({y}, {x})[0].requires_grad());
  const EnableGradGuard on;
  CHECK_FALSE(autograd::grad({(x * x).sum()}, {x})[0].requires_grad());
  CHECK(is_grad_enabled());
}

TEST_CASE("only what was visited is freed", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor y = (x * x).sum() + (w * w).sum();
  CHECK(numbers(autograd::grad({y}, {x})[0]) == V{2, 4});
  CHECK(numbers(autograd::grad({y}, {w})[0]) == V{6, 8});
  CHECK_THROWS_WITH(autograd::grad({y}, {x}), ContainsSubstring(freed));
}

TEST_CASE("what was asked for is not freed, only what lies in front of it", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), y = x * x;
  CHECK(numbers(autograd::grad({y.sum()}, {y})[0]) == V{1, 1});
  CHECK(numbers(autograd::grad({y.sum()}, {x})[0]) == V{2, 4});
  const Tensor z = x * x;
  autograd::backward({(z * z).sum()}, {.inputs = {z}});
  CHECK(numbers(z.grad()) == V{2, 8});
  CHECK_FALSE(x.grad().defined());
  z.sum().backward();
  CHECK(numbers(x.grad()) == V{2, 4});
}

TEST_CASE("a write to a view gets no sum to add to", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), w = x * 1;
  const Tensor base = zeros({2, 2}), row = base[0];
  bool offered = true;
  autograd::record_in_place("WriteBackward0", row,
                            autograd::wrt(row, [](const Tensor& g) { return g; }),
                            autograd::wrt(w, [&](const Tensor& g, const autograd::SumSoFar& sum) {
                              offered = sum.get().defined();
                              return g;
                            }));
  (base.sum() + (w * 3).sum()).backward();
  CHECK_FALSE(offered);
  CHECK(numbers(x.grad()) == V{4, 4});
}

TEST_CASE("outputs and inputs may be given twice, and may be leaves", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), y = (x * x).sum();
  const auto twice = autograd::grad({y, y}, {x, x}, {.retain_graph = true});
  CHECK(numbers(twice[0]) == V{4, 8});
  CHECK(numbers(twice[1]) == V{4, 8});
  autograd::backward({y, y});
  CHECK(numbers(x.grad()) == V{4, 8});
  const Tensor one = leaf({5}).sum().detach().requires_grad_();
  one.backward();
  CHECK(one.grad().item<float>() == 1);
  CHECK(autograd::grad({one}, {one})[0].item<float>() == 1);
  const Tensor z = x * 3;
  CHECK(numbers(autograd::grad({z}, {z}, {.grad_outputs = {ones({2})}})[0]) == V{1, 1});
  autograd::backward({});  // of nothing is nothing
}

TEST_CASE("outputs that lie behind one another add up", "[autograd][engine]") {
  const Tensor x = leaf({1, 2});
  const Tensor a = x * 2, b = a * a, c = b.sum();
  autograd::backward({c, a}, {.grad_tensors = {Tensor(), tensor({10., 20.})}});
  CHECK(numbers(x.grad()) == V{8 + 20, 16 + 40});
}

TEST_CASE("the gradients to start from are as many as the outputs, and fit", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), a = x * 2, b = x.sum();
  CHECK_THROWS_WITH(autograd::backward({a, b}, {.grad_tensors = {ones({2})}}),
                    "got 2 tensors and 1 gradients");
  CHECK_THROWS_AS(autograd::grad({a}, {x}, {.grad_outputs = {ones({2}), ones({2})}}), ValueError);
  CHECK_THROWS_WITH(autograd::grad({b, a}, {x}, {.grad_outputs = {ones({}), ones({3})}}),
                    "Mismatch in shape: grad_output[1] has a shape of [3] and output[1] has a "
                    "shape of [2].");
  CHECK_THROWS_AS(autograd::grad({a}, {x}, {.grad_outputs = {ones({2, 1})}}), ShapeError);
  CHECK_THROWS_WITH(a.backward(empty({2}, {.device = Device::meta})),
                    "grad_output[0] and output[0] are not on the same device");
  CHECK_THROWS_WITH(autograd::backward({b, a}),
                    "grad can be implicitly created only for scalar outputs, got shape [2]");
  CHECK_THROWS_WITH(autograd::backward({b, ones({1})}),
                    "element 1 of tensors does not require grad and does not have a grad_fn");
  CHECK_FALSE(x.grad().defined());
  // Of another dtype they are converted; an undefined one stands for 1.
  CHECK(numbers(autograd::grad({a}, {x}, {.grad_outputs = {tensor({1, 3})}})[0]) == V{2, 6});
  CHECK(autograd::grad({x * 2}, {x}, {.grad_outputs = {ones({2}, float64)}})[0].dtype() == float32);
  CHECK(numbers(autograd::grad({x.sum(), x * 2}, {x},
                               {.grad_outputs = {Tensor(), tensor({5., 7.})}})[0]) == V{11, 15});
}

TEST_CASE("inputs have to require gradients, and to be used unless that is allowed",
          "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), unused = leaf({1});
  CHECK_THROWS_WITH(autograd::grad({x.sum()}, {ones({2})}),
                    "One of the differentiated Tensors does not require grad");
  CHECK_THROWS_WITH(autograd::backward({x.sum()}, {.inputs = {ones({2})}}),
                    "One of the differentiated Tensors does not require grad");
  const auto both = autograd::grad({x.sum()}, {unused, x}, {.allow_unused = true});
  CHECK_FALSE(both[0].defined());
  CHECK(numbers(both[1]) == V{1, 1});
  autograd::backward({x.sum()}, {.inputs = {unused}});  // as in PyTorch: no error
  CHECK_FALSE(unused.grad().defined());
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("the gradient that the caller gave is never written to", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), y = x * 1;
  const Tensor g = ones({2}), h = ones({2});
  autograd::backward({y, y}, {.grad_tensors = {g, h}, .retain_graph = true});
  CHECK(numbers(x.grad()) == V{2, 2});
  x.backward(g);
  x.backward(g);
  CHECK(numbers(x.grad()) == V{4, 4});
  CHECK(numbers(g) == V{1, 1});
  CHECK(numbers(h) == V{1, 1});
  CHECK(g.version() == 0);
}

TEST_CASE("a gradient that goes two ways is not changed by one of them", "[autograd][engine]") {
  const Tensor x = leaf({1, 2}), u = x * 1, v = x * 1;
  const Tensor loss = ((u + v) * tensor({3., 4.})).sum() + (u * 5).sum() + (v * v).sum();
  u.retain_grad();
  v.retain_grad();
  loss.backward();
  CHECK(numbers(u.grad()) == V{8, 9});
  CHECK(numbers(v.grad()) == V{5, 8});
  CHECK(numbers(x.grad()) == V{13, 17});
  // The gradient of a sum repeats one element in memory.
  const Tensor z = leaf({1, 2}), w = z * 1;
  (w.sum() + (w * tensor({1., 2.})).sum() + w.sum()).backward();
  CHECK(numbers(z.grad()) == V{3, 4});
}

TEST_CASE("gradients belong to their leaf alone", "[autograd][engine]") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  (cat({a, b}) * tensor({1., 2., 3., 4.})).sum().backward();
  CHECK_FALSE(a.grad().shares_storage(b.grad()));
  CHECK(numbers(a.grad()) == V{1, 2});
  CHECK(numbers(b.grad()) == V{3, 4});
  CHECK(a.grad().version() == 0);
  const Tensor c = leaf({1, 2});
  c.sum().backward();
  CHECK_NOTHROW(c.grad().add_(1));  // no expanded 1
  CHECK(numbers(c.grad()) == V{2, 2});
  // A derivative may return memory that is the caller's.
  std::vector<float> memory{7, 8};
  const Tensor d = leaf({1, 2});
  autograd::record("OwnBackward0", d.detach() * 1,
                   autograd::wrt(d, [&](const Tensor&) { return from_blob(memory.data(), {2}); }))
      .sum()
      .backward();
  memory = {0, 0};
  CHECK(numbers(d.grad()) == V{7, 8});
}

TEST_CASE("gradients lie as their leaf, or row-major where it has gaps", "[autograd][engine]") {
  const Tensor turned = ones({2, 3}).t().detach().requires_grad_();
  (turned * arange(6.).view({3, 2})).sum().backward();
  CHECK(turned.grad().strides() == Strides{1, 3});
  CHECK(numbers(turned.grad()) == V{0, 1, 2, 3, 4, 5});
  const Tensor gaps = ones({3, 4})(all, slice(none, none, 2)).detach().requires_grad_();
  (gaps * arange(6.).view({3, 2})).sum().backward();
  CHECK(gaps.grad().is_contiguous());
  const Tensor repeated = ones({1, 2}).expand({3, 2}).detach().requires_grad_();
  (repeated * arange(6.).view({3, 2})).sum().backward();
  CHECK(repeated.grad().is_contiguous());
  CHECK(numbers(repeated.grad()) == V{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a second pass adds in place, unless it is recorded", "[autograd][engine]") {
  const Tensor x = leaf({1, 2});
  (x * 2).sum().backward();
  const Tensor first = x.grad();
  (x * 2).sum().backward();
  CHECK(x.grad().is_same(first));
  CHECK(numbers(first) == V{4, 4});
  (x * x).sum().backward({.create_graph = true});
  CHECK_FALSE(x.grad().is_same(first));
  CHECK(numbers(first) == V{4, 4});
  CHECK(numbers(x.grad()) == V{6, 8});
  x.set_grad({});
}

TEST_CASE("an inner tensor is visited once, when all of its gradient is there",
          "[autograd][engine]") {
  const Tensor x = leaf({1, 2});
  const Tensor a = x * 2;
  int calls = 0;
  V seen;
  a.register_hook([&](const Tensor& g) {
    ++calls;
    seen = numbers(g);
    return Tensor();
  });
  Tensor late = a;
  for (int i = 0; i < 5; ++i) late = late + 0;
  (a * 1 + late + a).sum().backward();
  CHECK(calls == 1);
  CHECK(seen == V{3, 3});
  CHECK(numbers(x.grad()) == V{6, 6});
}

TEST_CASE("many views of one tensor leave what the whole of it gets", "[autograd][engine]") {
  const auto gradient = [](bool create, bool anomaly) {
    manual_seed(0);
    const Tensor x = randn({5, 4}, {.dtype = float64, .requires_grad = true});
    autograd::set_detect_anomaly(anomaly);
    const Tensor y = x * 1;
    Tensor loss = (y * y).sum();
    for (int64_t i = 0; i < 5; ++i) loss = loss + (y[i] * (i + 1)).sum();
    loss =
        loss + y(slice(1, 4), slice(none, none, 3)).square().sum() + y(0, 0) + y.select(1, -1)[2];
    const Tensor g = autograd::grad({loss}, {x}, {.create_graph = create})[0].detach();
    autograd::set_detect_anomaly(false);
    return g;
  };
  manual_seed(0);
  const Tensor x = randn({5, 4}, {.dtype = float64});
  Tensor expected = x * 2 + arange(1., 6., 1., {.dtype = float64}).view({5, 1});
  expected(slice(1, 4), slice(none, none, 3)) += x(slice(1, 4), slice(none, none, 3)) * 2;
  expected(0, 0) += 1;
  expected(2, 3) += 1;
  for (const bool create : {false, true})
    for (const bool anomaly : {false, true}) {
      CAPTURE(create, anomaly);
      CHECK(allclose(gradient(create, anomaly), expected, 1e-12, 1e-12));
    }
}

TEST_CASE("a derivative may run a pass of its own", "[autograd][engine]") {
  const Tensor x = leaf({1, 2, 3}), y = x * 1;
  const Tensor inner = leaf({1, 2, 3});
  const auto op = [&](const Tensor& in) {
    return autograd::record("NestedBackward0", in.detach() * 1,
                            autograd::wrt(in, [&](const Tensor& g) {
                              const EnableGradGuard on;
                              const Tensor z = inner * 1;
                              const Tensor s = z[0] * 2 + z[1] * 3 + z[2] * 4 + z.sum();
                              return g * autograd::grad({s}, {inner})[0];
                            }));
  };
  (op(y) + op(y)(slice(none, none, 1)) + y(slice(0, 3)) + y[0]).sum().backward();
  CHECK(numbers(x.grad()) == V{3 + 3 + 1 + 3, 4 + 4 + 1, 5 + 5 + 1});
}

TEST_CASE("a derivative may add to the sum so far", "[autograd][engine]") {
  const Tensor x = leaf({1, 2, 3}), y = x * 1;
  std::vector<bool> offered;
  const auto op = [&](const Tensor& in) {
    return autograd::record("TwiceBackward0", in.detach() * 2,
                            autograd::wrt(in, [&](const Tensor& g, const autograd::SumSoFar& sum) {
                              offered.push_back(sum.get().defined());
                              if (!sum.get().defined()) return g * 2;
                              CHECK(sum.get().shape() == in.shape());
                              sum.get().add_(g * 2);
                              return Tensor();
                            }));
  };
  const auto total = [&] { return (op(y) * 3 + op(y) * 5 + op(y) * 7).sum(); };
  for (int round = 0; round < 2; ++round) {
    const Tensor z = total();
    CHECK(numbers(autograd::grad({z}, {x}, {.retain_graph = true})[0]) == V{30, 30, 30});
    CHECK(numbers(autograd::grad({z}, {x})[0]) == V{30, 30, 30});
  }
  const std::vector<bool> one_pass{false, true, true};
  for (size_t i = 0; i < offered.size(); ++i) CHECK(offered[i] == one_pass[i % 3]);
  CHECK(offered.size() == 12);
  // Not where the pass is recorded, or watched.
  offered.clear();
  CHECK(numbers(autograd::grad({total()}, {x}, {.create_graph = true})[0]) == V{30, 30, 30});
  autograd::set_detect_anomaly(true);
  CHECK(numbers(autograd::grad({total()}, {x})[0]) == V{30, 30, 30});
  autograd::set_detect_anomaly(false);
  CHECK(offered == std::vector<bool>(6, false));
  // Nor where somebody else can see the sum.
  offered.clear();
  const Tensor seed = ones({3});
  const Tensor direct = op(y);
  CHECK(numbers(autograd::grad({y, direct}, {x}, {.grad_outputs = {seed, seed}})[0]) == V{3, 3, 3});
  CHECK(offered == std::vector<bool>{false});
  CHECK(numbers(seed) == V{1, 1, 1});
}

TEST_CASE("backward of a graph that was built on another thread's leaves", "[autograd][engine]") {
  // The graph may outlive everything but the tensor that it ends in.
  Tensor y;
  const Tensor x = leaf({2});
  {
    const Tensor a = x * 3, b = a * a;
    y = b * x;
  }
  y.backward();
  CHECK(numbers(x.grad()) == V{9 * 3 * 4});
}
