// Every option of every optimizer and scheduler: nan, infinity, 0, negative and extreme
// numbers. No step gives nan where all options are taken.
#include <limits>
#include <sstream>

#include "any_optimizer.h"
#include "scheduler_table.h"
#include "wick/format.h"
#include "wick/optim/adagrad.h"
#include "wick/optim/adam.h"
#include "wick/optim/lbfgs.h"
#include "wick/optim/lr_cycle.h"
#include "wick/optim/rmsprop.h"
#include "wick/optim/sgd.h"

namespace {

namespace optim = wick::optim;
using wick::Tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
const double not_a_number = std::nan("");

/// Sets each number of the options to nan and the infinities: all are refused.
template <class Options>
void check_numbers(Options options) {
  if constexpr (requires { options.lr = 1; }) options.lr = 0.1;
  CHECK_NOTHROW(optim::checked(options));
  for (const optim::Option& option : optim::named_options(options)) {
    CAPTURE(option.name());
    std::vector<double*> places;
    if (option.kind() == optim::Option::Kind::number) places = {&option.number()};
    if (option.kind() == optim::Option::Kind::pair) places = {&option.pair()[0], &option.pair()[1]};
    for (double* place : places) {
      const double before = *place;
      for (const double value : {not_a_number, inf, -inf}) {
        *place = value;
        CHECK_THROWS_AS(optim::checked(options), wick::ValueError);
      }
      *place = before;
    }
  }
}

struct Fixture {
  Tensor w = wick::ones({2}).requires_grad_();
  optim::SGD sgd{{w}, {.lr = 0.1, .momentum = 0.9}};
};

/// The error of making a scheduler, or "" if there is none and its learning rates are numbers.
template <class Scheduler, class Options>
std::string error_of(const Options& options) {
  Fixture f;
  const std::string before = f.sgd.to_string();
  bool made = false;
  try {
    Scheduler scheduler(f.sgd, options);
    made = true;
    for (int i = 0; i < 8; ++i) {
      if constexpr (requires { scheduler.step(1.0); })
        scheduler.step(1.0);
      else
        scheduler.step();
      if (!std::isfinite(f.sgd.lr())) return "a learning rate that is no number";
    }
    return "";
  } catch (const wick::ValueError& error) {
    if (!made) CHECK(f.sgd.to_string() == before);
    return error.what();
  }
}

}  // namespace

TEST_CASE("optimizers refuse numbers that are none", "[optim][errors]") {
  check_numbers(optim::SGDOptions{});
  check_numbers(optim::AdamOptions{});
  check_numbers(optim::AdamWOptions{});
  check_numbers(optim::NAdamOptions{});
  check_numbers(optim::RAdamOptions{});
  check_numbers(optim::AdamaxOptions{});
  check_numbers(optim::RMSpropOptions{});
  check_numbers(optim::AdagradOptions{});
  check_numbers(optim::AdadeltaOptions{});
  check_numbers(optim::LBFGSOptions{});
  const Tensor w = wick::ones({2}).requires_grad_();
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = inf}), "Invalid learning rate: inf");
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = 1, .dampening = not_a_number}),
                    "Invalid dampening value: nan");
  CHECK_THROWS_AS(optim::LBFGS({w}, {.max_iter = std::numeric_limits<int64_t>::max()}),
                  wick::ValueError);
}

TEST_CASE("schedulers refuse numbers that are none", "[optim][errors]") {
  using namespace optim;
  const std::vector<double> bad{not_a_number, inf, -inf};
  for (const double v : bad) {
    CAPTURE(v);
    CHECK(error_of<StepLR>(StepLROptions{.step_size = 2, .gamma = v}) ==
          fmt::format("Expected a finite gamma, but got {}", v));
    CHECK_FALSE(error_of<MultiStepLR>(MultiStepLROptions{.milestones = {2}, .gamma = v}).empty());
    CHECK_FALSE(error_of<ConstantLR>(ConstantLROptions{.factor = v}).empty());
    CHECK_FALSE(error_of<LinearLR>(LinearLROptions{.start_factor = v}).empty());
    CHECK_FALSE(error_of<LinearLR>(LinearLROptions{.end_factor = v}).empty());
    CHECK_FALSE(error_of<ExponentialLR>(ExponentialLROptions{.gamma = v}).empty());
    CHECK_FALSE(error_of<PolynomialLR>(PolynomialLROptions{.power = v}).empty());
    CHECK_FALSE(
        error_of<CosineAnnealingLR>(CosineAnnealingLROptions{.T_max = 3, .eta_min = v}).empty());
    CHECK_FALSE(error_of<CosineAnnealingWarmRestarts>(
                    CosineAnnealingWarmRestartsOptions{.T_0 = 3, .eta_min = v})
                    .empty());
    CHECK_FALSE(error_of<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.factor = v}).empty());
    CHECK_FALSE(error_of<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.threshold = v}).empty());
    CHECK_FALSE(error_of<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.min_lr = v}).empty());
    CHECK_FALSE(error_of<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.eps = v}).empty());
    const CyclicLROptions cyclic{.base_lr = 0.1, .max_lr = 0.2};
    const auto with = [&](auto member) {
      CyclicLROptions o = cyclic;
      o.*member = v;
      return error_of<CyclicLR>(o);
    };
    CHECK(with(&CyclicLROptions::base_lr) ==
          fmt::format("Expected a finite base_lr, but got {}", v));
    CHECK_FALSE(with(&CyclicLROptions::max_lr).empty());
    CHECK_FALSE(with(&CyclicLROptions::gamma).empty());
    CHECK_FALSE(with(&CyclicLROptions::base_momentum).empty());
    CHECK_FALSE(with(&CyclicLROptions::max_momentum).empty());
    CHECK(error_of<LambdaLR>(LambdaLROptions{.lr_lambda = {[v](int64_t) { return v; }}}) ==
          fmt::format("LambdaLR gives a learning rate of {} in epoch 0", 0.1 * v));
  }
  CHECK(error_of<PolynomialLR>(PolynomialLROptions{.power = -1}) ==
        "PolynomialLR gives a learning rate of inf in epoch 5");
  // As in PyTorch, without an error: the rates stay what they are at the start.
  CHECK(error_of<LinearLR>(LinearLROptions{.total_iters = 0}).empty());
  CHECK(error_of<PolynomialLR>(PolynomialLROptions{.total_iters = 0}).empty());
}

TEST_CASE("OneCycleLR refuses factors that it cannot divide by", "[optim][errors]") {
  using optim::OneCycleLROptions;
  const OneCycleLROptions usual{.max_lr = 0.1, .total_steps = 10};
  CHECK(error_of<optim::OneCycleLR>(usual).empty());
  for (const double v : {0., -0., -1., not_a_number, inf, -inf}) {
    CAPTURE(v);
    OneCycleLROptions o = usual;
    o.div_factor = v;
    CHECK(error_of<optim::OneCycleLR>(o) ==
          fmt::format("Expected positive div_factor, but got {}", v));
    o = usual;
    o.final_div_factor = v;
    CHECK(error_of<optim::OneCycleLR>(o) ==
          fmt::format("Expected positive final_div_factor, but got {}", v));
  }
  for (const double v : {not_a_number, inf, -inf}) {
    for (const auto member : {&OneCycleLROptions::max_lr, &OneCycleLROptions::base_momentum,
                              &OneCycleLROptions::max_momentum}) {
      OneCycleLROptions o = usual;
      o.*member = v;
      CHECK_FALSE(error_of<optim::OneCycleLR>(o).empty());
    }
    OneCycleLROptions o = usual;
    o.pct_start = v;
    CHECK_FALSE(error_of<optim::OneCycleLR>(o).empty());
  }
}

TEST_CASE("epochs at the ends of int64", "[optim][errors]") {
  using namespace optim;
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  Fixture f;
  StepLR scheduler(f.sgd, {.step_size = 2});
  for (const int64_t epoch : {most, most - 1, std::numeric_limits<int64_t>::min(), int64_t{-2}}) {
    CAPTURE(epoch);
    CHECK_THROWS_AS(StepLR(f.sgd, {.step_size = 2, .last_epoch = epoch}), wick::ValueError);
    CHECK_THROWS_AS(CosineAnnealingLR(f.sgd, {.T_max = 2, .last_epoch = epoch}), wick::ValueError);
    StateDict state = scheduler.state_dict();
    state.set("last_epoch", wick::full({}, epoch, wick::int64));
    CHECK_THROWS_AS(scheduler.load_state_dict(state), wick::ValueError);
    state = scheduler.state_dict();
    state.set("_step_count", wick::full({}, epoch, wick::int64));
    CHECK_THROWS_AS(scheduler.load_state_dict(state), wick::ValueError);
    ReduceLROnPlateau plateau(f.sgd);
    state = plateau.state_dict();
    state.set("last_epoch", wick::full({}, epoch, wick::int64));
    CHECK_THROWS_AS(plateau.load_state_dict(state), wick::ValueError);
    optim::Adam adam({f.w});
    f.w.set_grad(wick::ones({2}));
    adam.step();
    state = adam.state_dict();
    state.set("state.0.step", wick::full({}, epoch, wick::int64));
    CHECK_THROWS_AS(adam.load_state_dict(state), wick::ValueError);
  }
  // The last epoch that can be loaded is one after which there is no other.
  StateDict state = scheduler.state_dict();
  state.set("last_epoch", wick::full({}, int64_t{1} << 53, wick::int64));
  scheduler.load_state_dict(state);
  CHECK_THROWS_AS(scheduler.step(), wick::ValueError);
  CHECK_NOTHROW(CosineAnnealingLR(f.sgd, {.T_max = most}).step());
  CHECK_NOTHROW(CosineAnnealingWarmRestarts(f.sgd, {.T_0 = most, .T_mult = most}).step());
  CHECK_NOTHROW(MultiStepLR(f.sgd, {.milestones = {most, -most}}).step());
}

TEST_CASE("optimizers print to streams", "[optim]") {
  const Fixture f;
  std::ostringstream out;
  out << f.sgd;
  CHECK(out.str() == f.sgd.to_string());
  CHECK(fmt::format("{}", f.sgd) == f.sgd.to_string());
}
