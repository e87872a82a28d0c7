// An optimizer and a scheduler of one's own: made of the base classes as the library's are.
#include <vector>

#include "catch.h"
#include "wick/wick.h"

namespace mine {

using namespace wick;

struct SignOptions {
  double lr = 0.5;
  bool loud = false;
  std::vector<double> history = {0, 0};
  WICK_OPTIONS(option(lr).at_least(0).says("a negative lr"), loud, history)
};

/// p -= lr sign(g)
class SignSGD : public optim::OptimizerOf<SignOptions> {
 public:
  using OptimizerOf::OptimizerOf;
  using OptimizerOf::step;
  std::string_view type_name() const override { return "SignSGD"; }
  void step() override {
    const NoGradGuard guard;
    for (auto& group : param_groups())
      for (const Tensor& p : group.params)
        if (p.grad().defined()) p.sub_(p.grad().sign() * group.options.lr);
  }
};

/// Options without a learning rate among those that are listed.
struct SilentOptions {
  double lr = 1;
  WICK_OPTIONS()
};
class Silent : public optim::OptimizerOf<SilentOptions> {
 public:
  using OptimizerOf::OptimizerOf;
  std::string_view type_name() const override { return "Silent"; }
  void step() override {}
};

/// lr = initial / (1 + t), or too many of them.
class Harmonic : public optim::LRScheduler {
 public:
  explicit Harmonic(optim::Optimizer& optimizer, int64_t last_epoch = -1)
      : LRScheduler(optimizer, last_epoch) {
    initial_step();
  }
  std::string_view type_name() const override { return "Harmonic"; }
  bool too_many = false;

 protected:
  std::vector<double> get_lr() override {
    std::vector<double> lrs = base_lrs();
    for (double& lr : lrs) lr /= static_cast<double>(1 + last_epoch());
    if (too_many) lrs.push_back(1);
    return lrs;
  }
};

}  // namespace mine

TEST_CASE("an optimizer of one's own has what the others have", "[optim]") {
  using namespace wick;
  const Tensor a = tensor({1., -1.}).requires_grad_(), b = tensor({2.}).requires_grad_();
  mine::SignSGD optimizer({{{a}, {}}, {{b}, {.lr = 0.25, .loud = true}}});
  a.set_grad(tensor({3., -0.5}));
  optimizer.step();
  CHECK(equal(a, tensor({0.5, -0.5})));
  CHECK(b.item<double>() == 2);
  const Tensor loss = optimizer.step([&] {
    optimizer.zero_grad();
    const Tensor value = (b * 3).sum();
    value.backward();
    return value;
  });
  CHECK(loss.item<double>() == 6);
  CHECK(b.item<double>() == 1.75);
  CHECK(optimizer.to_string() ==
        "SignSGD (\nParameter Group 0\n    history: [0, 0]\n    loud: False\n    lr: 0.5\n"
        "\nParameter Group 1\n    history: [0, 0]\n    loud: True\n    lr: 0.25\n)");
  optimizer.param_groups()[0].options.history = {1, 2};
  mine::SignSGD other({{{a}, {}}, {{b}, {}}});
  other.load_state_dict(optimizer.state_dict());
  CHECK(other.to_string() == optimizer.to_string());
  CHECK(other.param_groups()[0].options.history == std::vector<double>{1, 2});
  CHECK_THROWS_WITH(mine::SignSGD({a}, {.lr = -1}), "a negative lr");
  CHECK_THROWS_WITH(mine::SignSGD(std::vector<Tensor>{}), "optimizer got an empty parameter list");
  mine::Silent silent({a});
  CHECK_THROWS_WITH(silent.lr(), "Silent has no option lr");
  CHECK_THROWS_AS(silent.set_lr(1), ValueError);
  CHECK(silent.to_string() == "Silent (\nParameter Group 0\n)");
}

TEST_CASE("a scheduler of one's own, alone and among others", "[optim]") {
  using namespace wick;
  optim::SGD sgd({zeros({1})}, {.lr = 1});
  mine::Harmonic scheduler(sgd);
  CHECK(sgd.lr() == 1);
  scheduler.step();
  CHECK(sgd.lr() == 0.5);
  scheduler.too_many = true;
  CHECK_THROWS_WITH(scheduler.step(), "Harmonic gives 2 learning rates for 1 parameter groups");
  CHECK(scheduler.last_epoch() == 1);
  CHECK(sgd.lr() == 0.5);
  scheduler.too_many = false;
  scheduler.step();
  CHECK(sgd.lr() == Approx(1.0 / 3));
  CHECK(&scheduler.optimizer() == &sgd);
  const auto state = scheduler.state_dict();
  CHECK(state["last_epoch"].item<int64_t>() == 2);
  CHECK(state["base_lrs"].item<double>() == 1);
  mine::Harmonic resumed(sgd, 2);
  CHECK(resumed.last_epoch() == 3);
  CHECK(sgd.lr() == 0.25);
  resumed.load_state_dict(state);
  CHECK(resumed.last_epoch() == 2);

  optim::SGD other({zeros({1})}, {.lr = 1});
  optim::AnyScheduler any = mine::Harmonic(other);
  optim::AnyScheduler exponential = optim::ExponentialLR(other, {.gamma = 0.5});
  const optim::AnyScheduler copy = any;
  any->step();
  CHECK(any->last_epoch() == 1);
  CHECK(copy->last_epoch() == 0);
  any = exponential;
  CHECK(any->type_name() == "ExponentialLR");
  any->step();
  CHECK(exponential->last_epoch() == 0);
  any = copy;
  CHECK(any->type_name() == "Harmonic");
  CHECK((*any).last_epoch() == 0);
  any = std::move(exponential);
  CHECK(any->type_name() == "ExponentialLR");
  other.set_lr(1);
  optim::SequentialLR sequential(
      other, {optim::ConstantLR(other, {.factor = 1}), mine::Harmonic(other)}, {2});
  std::vector<double> seen;
  for (int t = 0; t < 4; ++t) {
    sequential.step();
    seen.push_back(other.lr());
  }
  CHECK(seen == std::vector<double>{1, 1, 0.5, 1.0 / 3});
  // A scheduler is tied to its optimizer: one that is resumed needs the initial rates.
  optim::SGD fresh({zeros({1})}, {.lr = 1});
  CHECK_THROWS_AS(mine::Harmonic(fresh, 0), ValueError);
}
