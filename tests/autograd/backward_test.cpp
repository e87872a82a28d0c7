#include <thread>

#include "catch.h"
#include "core/tensor_impl.h"
#include "wick/wick.h"

namespace {

using wick::Error;
using wick::Tensor;
namespace autograd = wick::autograd;
namespace nn = wick::nn;

Tensor leaf(std::initializer_list<wick::detail::NestedList> values) {
  return wick::tensor(values, wick::TensorOptions{.dtype = wick::float32, .requires_grad = true});
}

std::vector<double> numbers(const Tensor& t) { return t.to_vector<double>(); }
using V = std::vector<double>;

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace

TEST_CASE("backward adds to the leaves' gradients", "[autograd][backward]") {
  const Tensor x = leaf({1., 2., 3.}), w = leaf({2.});
  const Tensor unused = leaf({1.});
  CHECK_FALSE(x.grad().defined());
  (x * x * w).sum().backward();
  CHECK(numbers(x.grad()) == V{4, 8, 12});
  CHECK(numbers(w.grad()) == V{14});
  CHECK_FALSE(unused.grad().defined());
  (x * 3).sum().backward();
  CHECK(numbers(x.grad()) == V{7, 11, 15});
  CHECK_FALSE(x.grad().requires_grad());
  x.set_grad(Tensor());
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a gradient to start from", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.});
  (x * 2).backward(wick::tensor({1., 10.}));
  CHECK(numbers(x.grad()) == V{2, 20});
  CHECK(message([&] { (x * 2).backward(); }) ==
        "grad can be implicitly created only for scalar outputs, got shape [2]");
  CHECK(message([&] { wick::ones({1}).backward(); }) ==
        "element 0 of tensors does not require grad and does not have a grad_fn");
  CHECK_THROWS_AS((x * 2).backward(wick::ones({3})), wick::ShapeError);
  CHECK(numbers(x.grad()) == V{2, 20});  // mistakes change nothing
  x.sum().backward();
  x.backward(wick::ones({2}));  // of a leaf itself
  CHECK(numbers(x.grad()) == V{4, 22});
}

TEST_CASE("the graph is freed, unless it is kept", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.});
  const Tensor y = (x * x).sum();
  y.backward({.retain_graph = true});
  y.backward();
  CHECK(numbers(x.grad()) == V{4, 8});
  CHECK_THROWS_AS(y.backward(), Error);
  const Tensor z = (x + 1).sum();  // keeps nothing, so there is nothing to free
  z.backward();
  z.backward();
  CHECK(numbers(x.grad()) == V{6, 10});
}

TEST_CASE("what is kept for the backward pass is let go", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.});
  Tensor big = wick::ones({2});
  const Tensor y = (x * big).sum();
  const long before = big.impl().storage.use_count();
  y.backward();
  CHECK(big.impl().storage.use_count() < before);
}

TEST_CASE("a graph that writes into its own arguments does not keep itself alive",
          "[autograd][backward]") {
  std::weak_ptr<wick::Storage> storage;
  {
    const Tensor w = leaf({1., 2.});
    const Tensor buffer = wick::zeros({3, 2});
    buffer[0] = w;
    buffer[1] = buffer[0] * w;
    buffer[2].copy_(buffer[1] * buffer[0]);
    const Tensor z = buffer * 1;
    z.add_(z * w);
    storage = z.impl().storage;
    CHECK(z.requires_grad());
  }
  CHECK(storage.expired());
}

TEST_CASE("autograd::grad", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.}), y = leaf({3., 4.});
  const Tensor z = x * y;
  const auto g = autograd::grad({z.sum()}, {x, y});
  CHECK(numbers(g[0]) == V{3, 4});
  CHECK(numbers(g[1]) == V{1, 2});
  CHECK_FALSE(x.grad().defined());
  CHECK(message([&] { autograd::grad({(x * 2).sum()}, {y}); }) ==
        "One of the differentiated Tensors appears to not have been used in the graph. Set "
        "allow_unused=True if this is the desired behavior.");
  CHECK_FALSE(autograd::grad({(x * 2).sum()}, {y}, {.allow_unused = true})[0].defined());
  CHECK_THROWS_AS(autograd::grad({x.sum()}, {wick::ones({2})}), Error);
  // Of a tensor in the middle, and of several outputs.
  const Tensor middle = x * 2;
  const auto m = autograd::grad({(middle * middle).sum(), middle.sum()}, {middle, x});
  CHECK(numbers(m[0]) == V{5, 9});
  CHECK(numbers(m[1]) == V{10, 18});
}

TEST_CASE("gradients of gradients", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.});
  const Tensor first = autograd::grad({(x * x * x).sum()}, {x}, {.create_graph = true})[0];
  CHECK(numbers(first) == V{3, 12});
  const Tensor second = autograd::grad({first.sum()}, {x}, {.create_graph = true})[0];
  CHECK(numbers(second) == V{6, 12});
  CHECK(numbers(autograd::grad({second.sum()}, {x})[0]) == V{6, 6});
  // A penalty on the gradient, as in WGAN-GP.
  (x * x).sum().backward({.create_graph = true});
  (x.grad() * x.grad()).sum().backward();
  CHECK(numbers(x.grad()) == V{2 + 8, 4 + 16});
  x.set_grad(Tensor());  // its graph holds x, as in PyTorch
}

TEST_CASE("only the given inputs get gradients", "[autograd][backward]") {
  const Tensor x = leaf({1.}), y = leaf({2.});
  autograd::backward({(x * y).sum()}, {.inputs = {x}});
  CHECK(x.grad().defined());
  CHECK_FALSE(y.grad().defined());
}

TEST_CASE("hooks see gradients and may replace them", "[autograd][backward]") {
  const Tensor x = leaf({1., 2.});
  int calls = 0;
  auto handle = x.register_hook([&](const Tensor& g) {
    ++calls;
    return g * 10;
  });
  const Tensor y = x * 2;
  y.register_hook([&](const Tensor& g) {
    ++calls;
    CHECK(numbers(g) == V{1, 1});
    return Tensor();
  });
  y.retain_grad();
  CHECK(y.retains_grad());
  y.sum().backward();
  CHECK(calls == 2);
  CHECK(numbers(x.grad()) == V{20, 20});
  CHECK(numbers(y.grad()) == V{1, 1});
  handle.remove();
  handle.remove();
  (x * 2).sum().backward();
  CHECK(numbers(x.grad()) == V{22, 22});
  CHECK(message([] { wick::ones({1}).register_hook([](const Tensor& g) { return g; }); }) ==
        "cannot register a hook on a tensor that doesn't require gradient");
  CHECK_THROWS_AS(wick::ones({1}).retain_grad(), Error);
  x.register_hook([](const Tensor&) { return wick::ones({5}); });
  CHECK_THROWS_AS((x * 2).sum().backward(), wick::ShapeError);
}

TEST_CASE("writing to what a derivative needs is an error", "[autograd][backward][in-place]") {
  const Tensor x = leaf({1., 2.});
  const Tensor y = x.exp();
  const Tensor z = y * x;
  y.add_(1);
  CHECK(message([&] { z.sum().backward(); })
            .starts_with("one of the variables needed for gradient computation has been modified "
                         "by an inplace operation: [FloatTensor [2]], which is output 0 of "
                         "ExpBackward0, is at version 1; expected version 0 instead."));
  const Tensor fine = x + 1;  // whose result nobody needs
  fine.mul_(3);
  fine.sum().backward();
  CHECK(numbers(x.grad()) == V{3, 3});
}

TEST_CASE("in-place operations and views", "[autograd][backward][in-place]") {
  const Tensor x = leaf({1., 2., 3.});
  const Tensor buffer = wick::zeros({2, 3});
  const Tensor row = buffer[1], other = buffer[0];
  row.copy_(x);
  CHECK(buffer.grad_fn() == "CopySlices");
  CHECK(row.grad_fn() == "AsStridedBackward0");
  buffer.mul_(2);
  row.mul_(row);  // 4 x^2
  CHECK(other.requires_grad());
  (buffer * wick::tensor({{5.}, {1.}})).sum().backward();
  CHECK(numbers(x.grad()) == V{8, 16, 24});
  x.set_grad(Tensor());
  // Writing numbers cuts the gradient off there.
  const Tensor y = x * 2;
  y[1] = 7;
  CHECK(numbers(y) == V{2, 7, 6});
  y.sum().backward();
  CHECK(numbers(x.grad()) == V{2, 0, 2});
  x.set_grad(Tensor());
  // Through two views, a mask, and index tensors.
  const Tensor z = wick::zeros({3, 3});
  z.t()[0].copy_(x);
  z(wick::tensor({2, 2}), wick::tensor({1, 2})) = x(wick::slice(0, 2));
  z.masked_fill_(z == 2, 0);
  (z * z).sum().backward();
  CHECK(numbers(x.grad()) == V{4, 0, 6});
}

TEST_CASE("unary operations in place", "[autograd][backward][in-place]") {
  const Tensor x = leaf({0.5, -0.25});
  const auto in_place = [&](auto f) {
    const Tensor y = x * 1;
    f(y);
    return numbers(autograd::grad({y.sum()}, {x})[0]);
  };
  const auto apart = [&](auto f) { return numbers(autograd::grad({f(x * 1).sum()}, {x})[0]); };
  CHECK(in_place([](const Tensor& t) { t.sin_(); }) ==
        apart([](const Tensor& t) { return sin(t); }));
  CHECK(in_place([](const Tensor& t) { t.exp_(); }) ==
        apart([](const Tensor& t) { return exp(t); }));
  CHECK(in_place([](const Tensor& t) { t.relu_(); }) ==
        apart([](const Tensor& t) { return relu(t); }));
  CHECK(in_place([](const Tensor& t) { t.pow_(2); }) ==
        apart([](const Tensor& t) { return pow(t, 2); }));
  CHECK(in_place([](const Tensor& t) { t.clamp_(0, 1); }) == V{1, 0});
  CHECK(in_place([&](const Tensor& t) { t.mul_(x); }) ==
        apart([&](const Tensor& t) { return t * x; }));
  CHECK(in_place([](const Tensor& t) { t.uniform_(); }) == V{0, 0});
  CHECK(in_place([](const Tensor& t) { t.zero_(); }) == V{0, 0});
}

TEST_CASE("views made without gradients are not written to with them", "[autograd][in-place]") {
  const Tensor x = leaf({1., 2.});
  Tensor view;
  {
    const wick::NoGradGuard guard;
    view = x[0];
    view.add_(1);
  }
  CHECK(message([&] { view.add_(1); }).starts_with("A view was created in no_grad mode"));
}

TEST_CASE("modes nest", "[autograd]") {
  const Tensor x = leaf({1.});
  const wick::NoGradGuard off;
  CHECK_FALSE((x * 2).requires_grad());
  {
    const wick::EnableGradGuard on;
    CHECK((x * 2).requires_grad());
    const wick::GradModeGuard off_again(false);
    CHECK_FALSE(wick::is_grad_enabled());
  }
  CHECK_FALSE(wick::is_grad_enabled());
}

TEST_CASE("inference mode", "[autograd]") {
  const Tensor x = leaf({1., 2.});
  Tensor y;
  {
    const wick::InferenceModeGuard guard;
    CHECK(wick::is_inference_mode_enabled());
    y = x * 2;
    y.add_(1);
    nn::Sequential(nn::Linear(2, 3), nn::LayerNorm(3), nn::Softmax(-1))(where(y > 0, y, y));
  }
  CHECK(y.is_inference());
  CHECK_FALSE(x.is_inference());
  CHECK_FALSE(y.requires_grad());
  CHECK((x + y).requires_grad());  // keeps nothing
  CHECK(message([&] { x* y; }).starts_with("Inference tensors cannot be saved for backward."));
  CHECK(message([&] { y.add_(1); }).starts_with("Inplace update to inference tensor outside"));
  CHECK(
      message([&] { y.requires_grad_(); }).starts_with("Setting requires_grad=True on inference"));
  CHECK((x * y.clone()).requires_grad());
}

TEST_CASE("detach_", "[autograd]") {
  const Tensor x = leaf({1., 2.});
  const Tensor y = x * 2;
  y.detach_();
  CHECK(y.is_leaf());
  CHECK_FALSE(y.requires_grad());
  CHECK_THROWS_AS((x * 2)[0].detach_(), Error);
}

TEST_CASE("operations without a derivative say so", "[autograd]") {
  const Tensor x = leaf({5.});
  CHECK(message([&] {
          floor_divide(x, 2).sum().backward();
        }).ends_with("derivative for FloorDivideBackward0 is not implemented"));
}

TEST_CASE("a chain of a million operations", "[autograd][slow]") {
  const Tensor x = leaf({1.});
  Tensor y = x;
  for (int i = 0; i < 1000000; ++i) y = i % 2 ? y * 1 : y + 0;
  y.backward();
  CHECK(numbers(x.grad()) == V{1});
  {
    Tensor again = x;
    for (int i = 0; i < 1000000; ++i) again = again * 1;  // destroyed without a backward pass
  }
}

TEST_CASE("anomaly detection names the operation and the module", "[autograd]") {
  autograd::set_detect_anomaly(true);
  struct Off {
    ~Off() { autograd::set_detect_anomaly(false); }
  } off;
  struct Root : nn::Module {
    Tensor forward(const Tensor& x) const override { return sqrt(x); }
    WICK_MODULE(Root)
  };
  nn::Sequential model{{"first", nn::Linear(2, 2)}, {"root", nn::Residual(Root())}};
  const Tensor x = wick::tensor({-1., 2.});
  CHECK(message([&] {
          (model[1](leaf({-1., 2.}))).sum().backward();
        }).find("'SqrtBackward0', called in layer (Root),") != std::string::npos);
  model[0].as<nn::Linear>().weight.Tensor::detach().fill_(-1);
  const std::string text = message([&] { model(wick::ones({1, 2})).sum().backward(); });
  CHECK(text.find("SqrtBackward0") != std::string::npos);
  CHECK(text.find("root.layer (Root)") != std::string::npos);
  // The loss is a number and its gradient is not: 0 * inf at sqrt(0).
  const Tensor zero = leaf({0., 1.});
  const std::string backward = message([&] {
    (sqrt(zero) * wick::tensor({0., 1.})).sum().backward();
  });
  CHECK(backward.find("Function 'SqrtBackward0' returned nan values in its 0th output") !=
        std::string::npos);
}

TEST_CASE("two threads train two models at once", "[autograd][threads]") {
  const auto train = [](uint64_t seed, double* last) {
    wick::Generator generator(seed);
    const Tensor w = wick::rand({4, 4}, {.requires_grad = true}, &generator);
    const Tensor x = wick::rand({8, 4}, {}, &generator);
    for (int step = 0; step < 50; ++step) {
      w.set_grad(Tensor());
      const Tensor loss = square(matmul(x, w).tanh() - 0.5).mean();
      loss.backward();
      const wick::NoGradGuard guard;
      w.sub_(w.grad() * 0.1);
      *last = loss.item<double>();
    }
  };
  double alone[2], together[2];
  for (uint64_t i = 0; i < 2; ++i) train(i, &alone[i]);
  std::thread a(train, 0, &together[0]), b(train, 1, &together[1]);
  a.join();
  b.join();
  CHECK(alone[0] == together[0]);
  CHECK(alone[1] == together[1]);
}

TEST_CASE("threads may share a leaf", "[autograd][threads]") {
  const Tensor w = leaf({1., 2.});
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) (w * 2).sum().backward();
  };
  std::thread a(work), b(work);
  a.join();
  b.join();
  CHECK(numbers(w.grad()) == V{800, 800});
}

TEST_CASE("gradcheck finds wrong derivatives", "[autograd][gradcheck]") {
  const Tensor x =
      wick::tensor({0.3, 0.7}, wick::TensorOptions{.dtype = wick::float64, .requires_grad = true});
  const auto wrong = [](const std::vector<Tensor>& in) {
    return autograd::record("WrongBackward0", in[0].detach() * 2,
                            autograd::wrt(in[0], [](const Tensor& g) { return g * 3; }));
  };
  CHECK(message([&] {
          autograd::gradcheck(wrong, {x});
        }).starts_with("Jacobian mismatch for output 0 with respect to input 0"));
  CHECK_FALSE(autograd::gradcheck(wrong, {x}, {.raise_exception = false}));
  CHECK_THROWS_AS(autograd::gradcheck(wrong, {x.detach()}), wick::ValueError);
  CHECK(autograd::gradcheck([](const auto& in) { return in[0] * 3; }, {x}));
  CHECK(autograd::gradgradcheck([](const auto& in) { return in[0] * 3; }, {x}));
}

TEST_CASE("zero_grad and to() know about gradients", "[autograd][module]") {
  nn::Linear layer(2, 2);
  layer(wick::ones({1, 2})).sum().backward();
  CHECK(numbers(layer.weight.grad()) == V{1, 1, 1, 1});
  layer.to(wick::float64);
  CHECK(layer.weight.grad().dtype() == wick::float64);
  layer.zero_grad(false);
  CHECK(numbers(layer.weight.grad()) == V{0, 0, 0, 0});
  layer.zero_grad();
  CHECK_FALSE(layer.weight.grad().defined());
}
