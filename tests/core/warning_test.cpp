#include "wick/warning.h"

#include <atomic>
#include <sstream>
#include <thread>

#include "catch.h"
#include "wick/wick.h"

namespace {

using wick::ones;
using wick::set_warning_handler;
using wick::Tensor;
using wick::tensor;
using wick::warn;
using wick::Warning;
using wick::WarningGuard;
namespace nn = wick::nn;
namespace F = wick::nn::functional;

/// The categories of what f() warns of.
template <class Function>
std::vector<std::string> heard(Function f) {
  std::vector<std::string> categories;
  const WarningGuard guard([&](const Warning& w) { categories.push_back(w.category); });
  f();
  return categories;
}

using Categories = std::vector<std::string>;
struct Refused {};

}  // namespace

TEST_CASE("nobody needs to listen", "[warning]") {
  CHECK_FALSE(wick::hears_warnings());
  warn("test", "dropped");
  CHECK(F::mse_loss(ones({2, 1}), ones({2})).item<float>() == 0);
}

TEST_CASE("a handler hears every thread, a guard its own", "[warning]") {
  std::atomic<int> all = 0;
  const auto before = set_warning_handler([&](const Warning&) { ++all; });
  CHECK_FALSE(before);
  CHECK(wick::hears_warnings());
  const Categories mine = heard([] {
    warn("a", "");
    const auto inner = heard([] { warn("b", ""); });
    CHECK(inner == Categories{"b"});
    {
      const WarningGuard silence(nullptr);
      CHECK_FALSE(wick::hears_warnings());
      warn("c", "");
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([] {
        for (int k = 0; k < 100; ++k) warn("d", "");
      });
    for (std::thread& thread : threads) thread.join();
    warn("e", "");
  });
  CHECK(mine == Categories{"a", "e"});
  CHECK(all == 400);
  CHECK(set_warning_handler({}));
  warn("f", "");
  CHECK(all == 400);
}

TEST_CASE("a handler's own warnings are dropped, and one that replaces itself ends", "[warning]") {
  int calls = 0;
  set_warning_handler([&](const Warning&) {
    ++calls;
    warn("again", "");
    ones({1}).std();
    set_warning_handler({});
  });
  warn("first", "");
  warn("second", "");
  CHECK(calls == 1);
}

TEST_CASE("warnings print", "[warning]") {
  std::ostringstream out;
  out << Warning{"test", "a text"};
  CHECK(out.str() == "warning: a text");
}

TEST_CASE("losses warn of shapes that broadcast", "[warning][loss]") {
  const Tensor column = ones({2, 1}), row = ones({2}), none = ones({});
  std::string text;
  {
    const WarningGuard guard([&](const Warning& w) { text = w.message; });
    nn::MSELoss()(column, row);
  }
  CHECK(text ==
        "Using a target size ([2]) that is different to the input size ([2, 1]). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.");
  const Categories once{"broadcast"};
  CHECK(heard([&] { F::l1_loss(column, row); }) == once);
  CHECK(heard([&] { F::smooth_l1_loss(column, row); }) == once);
  CHECK(heard([&] { F::smooth_l1_loss(column, row, {.beta = 0}); }) == once);
  CHECK(heard([&] { F::huber_loss(column, row); }) == once);
  CHECK(heard([&] { F::mse_loss(none, ones({1})); }) == once);
  CHECK(heard([&] { F::mse_loss(row, row); }).empty());
  CHECK(heard([&] { F::poisson_nll_loss(column, row); }).empty());  // as PyTorch
  CHECK(heard([&] { F::kl_div(row, row); }) == Categories{"reduction"});
  CHECK(heard([&] { F::kl_div(row, row, {.reduction = "batchmean"}); }).empty());
}

TEST_CASE("other warnings of PyTorch", "[warning]") {
  const Tensor x = ones({2, 2});
  CHECK(heard([&] { x[0][0].std(); }) == Categories{"correction"});
  CHECK(heard([&] { x.slice(0, 0, 1).to(wick::float16).var(0); }) == Categories{"correction"});
  CHECK(heard([&] { ones({0, 1}).var(1); }) == Categories{"correction"});
  CHECK(heard([&] { x.std({}, 4); }) == Categories{"correction"});
  CHECK(heard([&] {
          x.std();
          x.var(0);
          x.std({}, 3);
        }).empty());
  CHECK(heard([&] { nn::Softmax()(x); }) == Categories{"dim"});
  CHECK(heard([&] { nn::LogSoftmax()(x); }) == Categories{"dim"});
  CHECK(heard([&] { nn::Softmax(1)(x); }).empty());
  const Tensor bytes = tensor({1, 0}, wick::uint8);
  CHECK(heard([&] { x(bytes); }) == Categories{"dtype"});
  CHECK(heard([&] { where(bytes, x, 0); }) == Categories{"dtype"});
  CHECK(heard([&] { x(tensor({true, false})); }).empty());
  CHECK(heard([&] { nn::Linear(0, 2); }) == Categories{"init"});
  CHECK(heard([&] { nn::init::kaiming_normal_(ones({0, 2})); }) == Categories{"init"});
  CHECK(heard([&] { nn::init::trunc_normal_(ones({2}), 10, 1, -2, 2); }) == Categories{"init"});
}

TEST_CASE("gradients that are not there", "[warning][autograd]") {
  const Tensor x = ones({1}).requires_grad_();
  const Tensor y = x * 2, z = ones({1}) * 2;
  CHECK(heard([&] {
          x.grad();
          z.grad();
        }).empty());
  CHECK(heard([&] { y.grad(); }) == Categories{"grad"});
  y.retain_grad();
  CHECK(heard([&] { y.grad(); }).empty());
  CHECK(heard([&] { y.backward({.create_graph = true}); }) == Categories{"create_graph"});
  x.set_grad({});
  const wick::autograd::Function sine = [](const auto& in) { return sin(in[0]); };
  CHECK(heard([&] { wick::autograd::gradcheck(sine, {x}, {.raise_exception = false}); }) ==
        Categories{"dtype"});
}

TEST_CASE("schedulers warn when they step first", "[warning][optim]") {
  using wick::optim::SGD;
  using wick::optim::StepLR;
  const Tensor p = ones({1}).requires_grad_();
  const Categories once{"scheduler"};
  SGD optimizer({p}, {.lr = 0.1});
  StepLR first(optimizer, {.step_size = 1});
  CHECK(heard([&] { first.step(); }) == once);
  CHECK(heard([&] { first.step(); }).empty());
  SGD good({p}, {.lr = 0.1});
  StepLR second(good, {.step_size = 1});
  good.step();
  CHECK(heard([&] { second.step(); }).empty());
  SGD early({p}, {.lr = 0.1});
  early.step();
  StepLR third(early, {.step_size = 1});
  CHECK(heard([&] { third.step(); }) == once);  // as PyTorch, which counts from here on
  wick::optim::LBFGS lbfgs({p});
  StepLR fourth(lbfgs, {.step_size = 1});
  CHECK(heard([&] { fourth.step(); }) == once);
  CHECK(heard([&] { SGD({p, p}, {.lr = 0.1}); }) == Categories{"parameters"});
}

TEST_CASE("a handler that throws stops the call, which has done nothing", "[warning]") {
  const WarningGuard guard([](const Warning&) { throw Refused(); });
  CHECK_THROWS_AS(F::mse_loss(ones({2, 1}), ones({2})), Refused);
  const Tensor p = ones({1}).requires_grad_();
  wick::optim::SGD optimizer({p}, {.lr = 0.5});
  wick::optim::StepLR scheduler(optimizer, {.step_size = 1});
  CHECK_THROWS_AS(scheduler.step(), Refused);
  CHECK(optimizer.lr() == 0.5);
  CHECK(scheduler.last_epoch() == 0);
  const Tensor y = p * p;
  CHECK_THROWS_AS(y.backward({.create_graph = true}), Refused);
  CHECK_FALSE(p.grad().defined());
  y.backward();
  CHECK(p.grad().item<float>() == 2);
  CHECK_THROWS_AS(nn::init::trunc_normal_(p, 10, 1, -2, 2), Refused);
  CHECK(p.item<float>() == 1);
}
