// What a derivative keeps (Saved), what is dropped when a tensor gets other elements (set_data),
// and hooks that change their own list.
#include <string>
#include <vector>

#include "catch.h"
#include "core/tensor_impl.h"
#include "wick/wick.h"

using namespace wick;

namespace {

Tensor leaf(std::vector<double> values, DType dtype = float32) {
  return tensor(values, {.dtype = dtype}).requires_grad_();
}
std::vector<double> numbers(const Tensor& t) { return t.to_vector<double>(); }
using V = std::vector<double>;

}  // namespace

TEST_CASE("set_data drops what was derived from the elements before", "[autograd][set_data]") {
  const NoGradGuard no_grad;
  // Rows for each of the kernels: as it is, packed weights, more than one block.
  for (const DType dtype : {float32, bfloat16, float64})
    for (const int64_t rows : {1, 8, 64, 300}) {
      manual_seed(0);
      const Tensor x = randn({rows, 96}).to(dtype);
      const Tensor first = randn({128, 96}).to(dtype), second = randn({128, 96}).to(dtype);
      const Tensor w = first.clone();
      CAPTURE(name(dtype), rows);
      CHECK(equal(linear(x, w), linear(x, first)));
      CHECK(equal(linear(x, w), linear(x, first)));  // from what was packed
      w.set_data(second);
      CHECK(equal(linear(x, w), linear(x, second)));
      w.set_data(first);
      CHECK(equal(linear(x, w), linear(x, first)));
    }
}

TEST_CASE("set_data takes dtype, layout and shape over", "[autograd][set_data]") {
  const Tensor x = zeros({2, 3});
  const Tensor other = arange(8., {.dtype = float64}).view({4, 2}).t();
  x.set_data(other);
  CHECK(x.shape() == Shape{2, 4});
  CHECK(x.strides() == Strides{1, 2});
  CHECK(x.dtype() == float64);
  CHECK(x.numel() == 8);
  CHECK_FALSE(x.is_contiguous());
  CHECK(x.shares_storage(other));
  CHECK(numbers(x) == numbers(other));
  const Tensor part = arange(6.)(slice(2, 4));
  x.set_data(part);
  CHECK(x.storage_offset() == 2);
  CHECK(numbers(x) == V{2, 3});

  const Tensor w = leaf({1, 2});
  CHECK_THROWS_AS(w.set_data(zeros({2}, {.dtype = int64})), TypeError);
  CHECK(numbers(w) == V{1, 2});
  CHECK_THROWS_AS((w * 2).set_data(zeros({2})), Error);
  CHECK_THROWS_AS(w.set_data(Tensor()), Error);
  CHECK(numbers(w) == V{1, 2});
}

TEST_CASE("a leaf that got other elements after its use is an error in backward",
          "[autograd][saved]") {
  const Tensor w = leaf({1, 2}), x = leaf({3, 4});
  const Tensor loss = (w * x).sum();
  // Of the same version as those that were used: only the storage tells them apart.
  w.set_data(tensor({5., 6.}));
  REQUIRE(w.version() == 0);
  CHECK_THROWS_WITH(loss.backward(),
                    "one of the variables needed for gradient computation, of shape [2], was given "
                    "other elements (set_data, or a module's to()) after the operation that used "
                    "it");
}

TEST_CASE("a tensor that was written to after its use is an error in backward",
          "[autograd][saved]") {
  const Tensor w = leaf({1, 2});
  const Tensor x = tensor({3., 4.});
  const Tensor loss = (w * x).sum();
  x.zero_();
  CHECK_THROWS_WITH(loss.backward(),
                    ContainsSubstring("has been modified by an inplace operation"));
  // A result that the derivative takes is watched as well.
  const Tensor y = w.exp();
  const Tensor sum = y.sum();
  y.detach().zero_();
  CHECK_THROWS_WITH(sum.backward(), ContainsSubstring("has been modified by an inplace operation"));
}

TEST_CASE("a hook that takes itself out leaves the one behind it", "[autograd][hooks]") {
  const Tensor x = leaf({1, 2});
  std::vector<std::string> calls;
  HookHandle first;
  first = x.register_hook([&](const Tensor&) {
    calls.push_back("first");
    first.remove();
    return Tensor();
  });
  x.register_hook([&](const Tensor& g) {
    calls.push_back("second");
    return g * 2;
  });
  (x * 3).sum().backward();
  CHECK(calls == std::vector<std::string>{"first", "second"});
  CHECK(numbers(x.grad()) == V{6, 6});
  calls.clear();
  (x * 3).sum().backward();
  CHECK(calls == std::vector<std::string>{"second"});
  CHECK(numbers(x.grad()) == V{12, 12});
}

TEST_CASE("a hook that adds one is not followed by it in the same pass", "[autograd][hooks]") {
  const Tensor x = leaf({1}), y = x * 2;
  int added = 0;
  y.register_hook([&](const Tensor&) {
    y.register_hook([&](const Tensor&) {
      ++added;
      return Tensor();
    });
    return Tensor();
  });
  y.sum().backward({.retain_graph = true});
  CHECK(added == 0);
  y.sum().backward();
  CHECK(added == 1);
}

TEST_CASE("a module's hook that takes itself out leaves the one behind it", "[autograd][hooks]") {
  nn::Identity layer;
  std::vector<int> calls;
  HookHandle before, after;
  before = layer.register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
    calls.push_back(1);
    before.remove();
    return Tensor();
  });
  layer.register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
    calls.push_back(2);
    return Tensor();
  });
  after = layer.register_forward_hook([&](const nn::Module&, const Tensor&, const Tensor&) {
    calls.push_back(3);
    after.remove();
    return Tensor();
  });
  layer.register_forward_hook([&](const nn::Module&, const Tensor&, const Tensor& y) {
    calls.push_back(4);
    return y + 1;
  });
  CHECK(layer(zeros({1})).item<float>() == 1);
  CHECK(layer(zeros({1})).item<float>() == 1);
  CHECK(calls == std::vector<int>{1, 2, 3, 4, 2, 4});
}

TEST_CASE("detach of an inference tensor stays one", "[autograd][inference]") {
  Tensor made;
  {
    const InferenceModeGuard guard;
    made = ones({2});
  }
  CHECK(made.is_inference());
  CHECK(made.detach().is_inference());
  CHECK(made.view({2, 1}).is_inference());
  CHECK(made[0].is_inference());
  CHECK_FALSE(made.clone().is_inference());
  CHECK_THROWS_WITH(leaf({1, 2}) * made.detach(),
                    ContainsSubstring("Inference tensors cannot be saved for backward"));
  CHECK_THROWS_WITH(made.detach().zero_(), ContainsSubstring("outside InferenceMode"));
  CHECK_THROWS_WITH(made.requires_grad_(), ContainsSubstring("on inference tensor"));
  const Tensor ordinary = ones({2});
  const InferenceModeGuard guard;
  CHECK_FALSE(ordinary.detach().is_inference());  // of a tensor from outside: shares its elements
}

TEST_CASE("zero_grad(false) drops a history that create_graph left", "[autograd][zero_grad]") {
  nn::Linear layer(2, 1, false);
  layer(ones({1, 2})).square().sum().backward({.create_graph = true});
  REQUIRE(layer.weight.grad().requires_grad());
  const Tensor grad = layer.weight.grad();
  layer.zero_grad(false);
  REQUIRE(layer.weight.grad().defined());
  CHECK_FALSE(layer.weight.grad().requires_grad());
  CHECK(layer.weight.grad().grad_fn().empty());
  CHECK(numbers(layer.weight.grad()) == V{0, 0});
  CHECK(grad.requires_grad());  // a gradient that somebody holds is not changed

  optim::SGD optimizer(layer.parameters(), {.lr = 0.1});
  layer(ones({1, 2})).square().sum().backward({.create_graph = true});
  optimizer.zero_grad(false);
  CHECK_FALSE(layer.weight.grad().requires_grad());
  CHECK(numbers(layer.weight.grad()) == V{0, 0});
}

TEST_CASE("is_leaf, grad_fn and retain_grad of leaves, results and views", "[autograd]") {
  const Tensor x = leaf({1, 2});
  CHECK(x.is_leaf());
  CHECK(x.grad_fn().empty());
  const Tensor y = x * 2;
  CHECK_FALSE(y.is_leaf());
  CHECK_FALSE(y.grad_fn().empty());
  CHECK_FALSE(y.retains_grad());
  y.retain_grad();
  CHECK(y.retains_grad());
  x.retain_grad();  // says nothing new of a leaf
  CHECK_FALSE(x.retains_grad());
  y.sum().backward();
  CHECK(numbers(y.grad()) == V{1, 1});
  CHECK_THROWS_WITH(ones({1}).retain_grad(),
                    "can't retain_grad on Tensor that has requires_grad=False");
}

TEST_CASE("set_grad takes what fits, and refuses the rest", "[autograd]") {
  const Tensor x = leaf({1, 2});
  x.set_grad(ones({2}));
  CHECK_THROWS_AS(x.set_grad(x), Error);
  CHECK_THROWS_AS(x.set_grad(ones({2}, {.dtype = float64})), TypeError);
  CHECK_THROWS_AS(x.set_grad(ones({2}, {.device = Device::meta})), TypeError);
  CHECK_THROWS_AS(x.set_grad(ones({1})), ShapeError);
  CHECK_THROWS_AS(x.set_grad(ones({2, 1})), ShapeError);
  CHECK(numbers(x.grad()) == V{1, 1});
  x.set_grad(Tensor());
  CHECK_FALSE(x.grad().defined());
}
