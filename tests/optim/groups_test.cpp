// What optimizers keep with their groups, and what happens around a step: closures, modes of
// gradients, numbers that schedulers left.
#include <string>
#include <vector>

#include "catch.h"
#include "optim/scheduler_groups.h"
#include "wick/wick.h"

using namespace wick;

namespace {

Tensor leaf(std::initializer_list<double> values) {
  return tensor(std::vector<double>(values), {.dtype = float32}).requires_grad_();
}

using Groups = std::vector<optim::ParamGroup<optim::SGDOptions>>;

}  // namespace

TEST_CASE("the closure of a step records gradients, the step does not", "[optim]") {
  const Tensor w = leaf({2});
  optim::SGD sgd({w}, {.lr = 0.25});
  const auto closure = [&] {
    CHECK(is_grad_enabled());
    sgd.zero_grad();
    const Tensor loss = square(w).sum();
    loss.backward();
    return loss;
  };
  for (const bool enabled : {true, false}) {
    std::optional<NoGradGuard> guard;
    if (!enabled) guard.emplace();
    w.detach().fill_(2);
    CHECK(sgd.step(closure).item<double>() == 4);
    CHECK(w.item<double>() == 1);
    CHECK(is_grad_enabled() == enabled);
    CHECK((w.is_leaf() && w.requires_grad()));
  }
  // One that throws: nothing is stepped, and the mode is as it was.
  const NoGradGuard guard;
  w.set_grad(tensor({8.}));
  CHECK_THROWS_AS(sgd.step([]() -> Tensor { throw ValueError("no"); }), ValueError);
  CHECK(w.item<double>() == 1);
  CHECK_FALSE(is_grad_enabled());
}

TEST_CASE("groups are counted from 0, and one beyond is refused", "[optim]") {
  optim::SGD sgd(Groups{{{leaf({1})}, {.lr = 0.5}}, {{leaf({1}), leaf({2})}, {.lr = 0.25}}});
  CHECK(sgd.param_group_count() == 2);
  CHECK(sgd.lr() == 0.5);
  CHECK(sgd.lr(1) == 0.25);
  CHECK_THROWS_WITH(sgd.lr(2), "parameter group 2 is out of range: there are 2");
  CHECK_THROWS_WITH(sgd.lr(7), "parameter group 7 is out of range: there are 2");
  CHECK_THROWS_AS(sgd.set_lr(2, 1), IndexError);
  CHECK_THROWS_AS(sgd.lr(SIZE_MAX), IndexError);
  sgd.set_lr(1, 4);
  CHECK(sgd.lr() == 0.5);
  CHECK(sgd.param_groups()[1].options.lr == 4);
  sgd.set_lr(3);
  CHECK((sgd.lr(0) == 3 && sgd.lr(1) == 3));
  const optim::SGD& constant = sgd;
  CHECK(constant.param_groups()[1].params.size() == 2);
  CHECK(constant.parameters().size() == 3);
  const auto state = sgd.state_dict();
  CHECK(state["param_groups.0.params"].equal(tensor({0})));
  CHECK(state["param_groups.1.params"].equal(tensor({1, 2})));
}

TEST_CASE("a group may have no parameters, and one without gradients is passed over", "[optim]") {
  const Tensor w = leaf({1});
  optim::SGD sgd(Groups{{{}, {.lr = 0.5}}, {{w}, {.lr = 0.5}}});
  w.set_grad(tensor({1.}));
  sgd.step();
  CHECK(w.item<double>() == 0.5);
  sgd.load_state_dict(sgd.state_dict());
  w.set_grad({});
  sgd.step();
  CHECK(w.item<double>() == 0.5);
  CHECK_THROWS_WITH(sgd.add_param_group({{w}, {.lr = 1}}),
                    "some parameters appear in more than one parameter group");
  CHECK_THROWS_AS(optim::SGD({Tensor()}, {.lr = 1}), TypeError);
}

TEST_CASE("numbers of schedulers are printed, saved and loaded with a group", "[optim]") {
  optim::SGD sgd(Groups{{{leaf({1})}, {.lr = 0.5}}, {{leaf({1})}, {.lr = 0.25}}});
  optim::StepLR scheduler(sgd, {.step_size = 1, .gamma = 0.5});
  scheduler.step();
  CHECK(sgd.to_string() ==
        "SGD (\nParameter Group 0\n    dampening: 0\n    initial_lr: 0.5\n    lr: 0.25\n"
        "    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n"
        "\nParameter Group 1\n    dampening: 0\n    initial_lr: 0.25\n    lr: 0.125\n"
        "    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)");
  const auto state = sgd.state_dict();
  CHECK(state["param_groups.0.initial_lr"].item<double>() == 0.5);
  optim::SGD other(Groups{{{leaf({1})}, {.lr = 1}}, {{leaf({1})}, {.lr = 1}}});
  other.load_state_dict(state);
  CHECK(other.to_string() == sgd.to_string());
  CHECK(optim::detail::GroupAccess::extra(other, 1, "initial_lr") == 0.25);
  CHECK_FALSE(optim::detail::GroupAccess::extra(other, 1, "max_lr"));
  // What the state does not have is gone.
  optim::StateDict without = state;
  without.erase("param_groups.1.initial_lr");
  other.load_state_dict(without);
  CHECK(optim::detail::GroupAccess::extra(other, 0, "initial_lr") == 0.5);
  CHECK_FALSE(optim::detail::GroupAccess::extra(other, 1, "initial_lr"));
  // Of names that nobody knows it is told.
  optim::StateDict stray = state;
  stray.set("param_groups.0.last_lr", tensor(1.));
  CHECK_THROWS_WITH(
      other.load_state_dict(stray),
      ContainsSubstring("Unexpected key(s) in state_dict: \"param_groups.0.last_lr\""));
  optim::detail::GroupAccess::set_extra(other, 0, "initial_lr", 2);
  optim::detail::GroupAccess::set_extra(other, 0, "max_lr", 3);
  CHECK(optim::detail::GroupAccess::extra(other, 0, "initial_lr") == 2.0);
  CHECK(optim::detail::GroupAccess::extra(other, 0, "max_lr") == 3.0);
}

TEST_CASE("a learning rate that a scheduler made negative is loaded as it is", "[optim]") {
  const Tensor w = leaf({1});
  optim::SGD sgd({w}, {.lr = 0.5});
  sgd.set_lr(-0.25);
  optim::SGD other({leaf({1})}, {.lr = 1});
  other.load_state_dict(sgd.state_dict());
  CHECK(other.lr() == -0.25);
  optim::StateDict bad = sgd.state_dict();
  bad.set("param_groups.0.momentum", tensor(-1., float64));
  CHECK_THROWS_WITH(other.load_state_dict(bad),
                    ContainsSubstring("param_groups.0: Invalid momentum value: -1"));
  bad = sgd.state_dict();
  bad.set("param_groups.0.lr", tensor(std::nan(""), float64));
  CHECK_THROWS_AS(other.load_state_dict(bad), ValueError);
  CHECK(other.lr() == -0.25);
}

TEST_CASE("one number for all groups, or one for each", "[optim]") {
  optim::SGD sgd(Groups{{{leaf({1})}, {.lr = 1}}, {{leaf({1})}, {.lr = 1}}});
  using Numbers = std::vector<double>;
  CHECK(optim::for_groups("x", 0.5, sgd) == Numbers{0.5, 0.5});
  CHECK(optim::for_groups("x", {0.5, 0.25}, sgd) == Numbers{0.5, 0.25});
  CHECK(optim::for_groups("x", Numbers{0.5}, sgd) == Numbers{0.5, 0.5});
  CHECK_THROWS_WITH(optim::for_groups("x", {1, 2, 3}, sgd),
                    "x must have the same length as optimizer.param_groups. x has 3 values, "
                    "param_groups has 2.");
  CHECK_THROWS_AS(optim::for_groups("x", Numbers{}, sgd), ValueError);
  CHECK_THROWS_WITH(optim::CyclicLR(sgd, {.max_lr = 1}), "the scheduler needs a value of base_lr");
  CHECK_THROWS_WITH(optim::OneCycleLR(sgd, {.total_steps = 5}),
                    "the scheduler needs a value of max_lr");
  CHECK_THROWS_WITH(optim::ExponentialLR(sgd, {}), "ExponentialLR needs a value of gamma");
  optim::Adagrad adagrad({leaf({1})});
  CHECK_THROWS_AS(optim::momentum_of(adagrad, 0), ValueError);
}

TEST_CASE("ReduceLROnPlateau: smallest rates for each group, groups that are added, its state",
          "[optim]") {
  optim::SGD sgd(Groups{{{leaf({1})}, {.lr = 1}}, {{leaf({1})}, {.lr = 1}}});
  optim::ReduceLROnPlateau scheduler(sgd, {.factor = 0.5, .patience = 0, .min_lr = {0.75, 0.125}});
  CHECK(scheduler.get_last_lr() == std::vector<double>{1, 1});
  CHECK(scheduler.last_epoch() == 0);
  for (int i = 0; i < 3; ++i) scheduler.step(1);
  CHECK(scheduler.get_last_lr() == std::vector<double>{0.75, 0.25});
  CHECK(scheduler.last_epoch() == 3);
  // It goes on from its state dict.
  optim::ReduceLROnPlateau other(sgd, {.factor = 0.5, .patience = 0, .min_lr = {0.75, 0.125}});
  other.load_state_dict(scheduler.state_dict());
  CHECK(other.last_epoch() == 3);
  other.step(2);
  CHECK(sgd.lr(1) == 0.125);
  auto state = scheduler.state_dict();
  state.erase("best");
  state.set("num_bad_epochs", tensor(0.5));
  CHECK_THROWS_WITH(other.load_state_dict(state),
                    ContainsSubstring("Error(s) in loading state_dict for ReduceLROnPlateau:") &&
                        ContainsSubstring("\"best\"") &&
                        ContainsSubstring("num_bad_epochs is 0.5"));
  CHECK(other.last_epoch() == 4);
  sgd.add_param_group({{leaf({1})}, {.lr = 1}});
  CHECK_THROWS_WITH(scheduler.step(1), ContainsSubstring("(3) differs from when"));
  CHECK(scheduler.last_epoch() == 3);
  // With one number for all, a group more is no matter.
  optim::ReduceLROnPlateau plateau(sgd, {.factor = 0.5, .patience = 0});
  sgd.add_param_group({{leaf({1})}, {.lr = 1}});
  plateau.step(1);
  plateau.step(1);
  CHECK(plateau.get_last_lr().size() == 4);
  CHECK(sgd.lr(3) == 0.5);
  // nan is never better; factors below 1.
  optim::SGD one({leaf({1})}, {.lr = 1});
  optim::ReduceLROnPlateau worse(one, {.mode = "max", .factor = 0.5, .patience = 0});
  worse.step(std::nan(""));
  CHECK(one.lr() == 0.5);
  worse.step(-1e300);
  CHECK(one.lr() == 0.5);
  CHECK_THROWS_AS(optim::ReduceLROnPlateau(one, {.factor = 1}), ValueError);
  CHECK_THROWS_AS(optim::ReduceLROnPlateau(one, {.factor = std::nan("")}), ValueError);
  CHECK_NOTHROW(optim::ReduceLROnPlateau(one, {.factor = std::nextafter(1.0, 0.0)}));
}
