// Each option of LBFGS: how often the closure is called, when a step ends; and the line search by
// itself.
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "optim/strong_wolfe.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// x^2 + 10 y^2, from (1, 1), and how often it was asked for.
struct Bowl {
  Tensor x = tensor({1., 1.}, float64).requires_grad_();
  int calls = 0;
  double sign = 1;
  Tensor operator()() {
    ++calls;
    x.set_grad({});
    const Tensor loss = sign * (square(x) * tensor({1., 10.}, float64)).sum();
    loss.backward();
    return loss;
  }
};

int calls_of(const optim::LBFGSOptions& options, Bowl* after = nullptr) {
  Bowl bowl;
  optim::LBFGS lbfgs({bowl.x}, options);
  lbfgs.step([&] { return bowl(); });
  CHECK(lbfgs.state_dict()["state.0.func_evals"].item<int64_t>() == bowl.calls);
  if (after) *after = bowl;
  return bowl.calls;
}

const optim::LBFGSOptions endless{.lr = 0.01, .max_iter = 8, .tolerance_change = 0};

optim::LBFGSOptions with(optim::LBFGSOptions options, int64_t max_iter, int64_t max_eval) {
  options.max_iter = max_iter;
  options.max_eval = max_eval;
  return options;
}

}  // namespace

TEST_CASE("LBFGS calls the closure once for each iteration, and max_eval times at most",
          "[optim][lbfgs]") {
  // Without a line search the last iteration's loss is not computed.
  CHECK(calls_of(with(endless, 8, 100)) == 8);
  CHECK(calls_of(with(endless, 1, 100)) == 1);
  CHECK(calls_of(with(endless, 8, 3)) == 3);
  CHECK(calls_of(with(endless, 8, 8)) == 8);
  CHECK(calls_of(with(endless, 8, 7)) == 7);
  CHECK(calls_of(with(endless, 8, 1)) == 2);  // looked at after an iteration
  Bowl still;
  CHECK(calls_of(with(endless, 0, 100), &still) == 1);
  CHECK(equal(still.x, tensor({1., 1.}, float64)));
  using Groups = std::vector<optim::ParamGroup<optim::LBFGSOptions>>;
  // -1 stands for 5 / 4 of max_iter.
  for (const auto& [iterations, evaluations] :
       {std::pair<int64_t, int64_t>{20, 25}, {3, 3}, {4, 5}, {0, 0}}) {
    const Tensor p = zeros({1});
    optim::LBFGS one({p}, {.max_iter = iterations});
    CHECK(one.param_groups()[0].options.max_eval == evaluations);
    optim::LBFGS group(Groups{{{p}, {.max_iter = iterations}}});
    CHECK(group.param_groups()[0].options.max_eval == evaluations);
    optim::LBFGS given({p}, {.max_iter = iterations, .max_eval = 0});
    CHECK(given.param_groups()[0].options.max_eval == 0);
  }
}

TEST_CASE("LBFGS ends a step when the gradient or the change is small", "[optim][lbfgs]") {
  // The largest entry of the first gradient is 20.
  optim::LBFGSOptions options = endless;
  options.tolerance_grad = 20;
  CHECK(calls_of(options) == 1);
  options.tolerance_grad = std::nextafter(20.0, 0.0);
  CHECK(calls_of(options) > 1);
  options.tolerance_grad = 0;
  CHECK(calls_of(options) == 8);
  // The loss is 11; the first step changes it by much less.
  options.tolerance_change = 11;
  CHECK(calls_of(options) == 2);
  // gtd = -(2^2 + 20^2): a direction that promises less than tolerance_change is not taken.
  options.tolerance_change = 404;
  CHECK(calls_of(options) == 2);
  options.tolerance_change = std::nextafter(404.0, 405.0);
  CHECK(calls_of(options) == 1);
}

TEST_CASE("LBFGS: lr, history_size and maximize", "[optim][lbfgs]") {
  const auto after = [](const optim::LBFGSOptions& options, double sign = 1) {
    Bowl bowl;
    bowl.sign = sign;
    optim::LBFGS lbfgs({bowl.x}, options);
    for (int i = 0; i < 3; ++i) lbfgs.step([&] { return bowl(); });
    return bowl.x.detach().clone();
  };
  const Tensor usual = after({.lr = 0.1, .max_iter = 5});
  CHECK_FALSE(equal(after({.lr = 0.2, .max_iter = 5}), usual));
  CHECK_FALSE(equal(after({.lr = 0.1, .max_iter = 5, .history_size = 1}), usual));
  CHECK_FALSE(equal(after({.lr = 0.1, .max_iter = 5, .history_size = 0}), usual));
  CHECK_FALSE(equal(after({.lr = 0.1, .max_iter = 5, .line_search_fn = "strong_wolfe"}), usual));
  CHECK(equal(after({.lr = 0.1, .max_iter = 5, .maximize = true}, -1), usual));
  CHECK(after({.max_iter = 20, .line_search_fn = "strong_wolfe"}).abs().max().item<double>() <
        1e-4);
  // Changed between steps.
  Bowl bowl;
  optim::LBFGS lbfgs({bowl.x}, {.lr = 0.1, .max_iter = 1});
  lbfgs.step([&] { return bowl(); });
  lbfgs.param_groups()[0].options.max_iter = 4;
  lbfgs.param_groups()[0].options.max_eval = 100;
  bowl.calls = 0;
  lbfgs.step([&] { return bowl(); });
  CHECK(bowl.calls == 4);
  // No more differences are kept than history_size says.
  optim::LBFGS two({bowl.x}, {.lr = 0.1, .max_iter = 6, .history_size = 2});
  bowl.x.detach().fill_(1);
  two.step([&] { return bowl(); });
  const auto state = two.state_dict();
  CHECK(state["state.0.ro"].numel() == 2);
  CHECK(state.contains("state.0.old_dirs.1"));
  CHECK_FALSE(state.contains("state.0.old_dirs.2"));
  const double nan = std::nan("");
  for (const double bad : {-std::numeric_limits<double>::denorm_min(), -1.0, nan})
    CHECK_THROWS_AS(optim::LBFGS({bowl.x}, {.lr = bad}), ValueError);
  CHECK_THROWS_AS(optim::LBFGS({bowl.x}, {.max_iter = -1}), ValueError);
  CHECK_THROWS_AS(optim::LBFGS({bowl.x}, {.history_size = -1}), ValueError);
  CHECK_NOTHROW(optim::LBFGS({bowl.x}, {.lr = 0}));
}

TEST_CASE("LBFGS: several parameters, some without gradient or elements", "[optim][lbfgs]") {
  const Tensor a = tensor({1., -2.}, float64).requires_grad_();
  const Tensor b = tensor({{3.}, {4.}}, float64).requires_grad_();
  const Tensor unused = ones({2}, float64).requires_grad_(), empty = zeros({0}, float64);
  optim::LBFGS lbfgs({a, unused, empty, b}, {.line_search_fn = "strong_wolfe"});
  const auto closure = [&] {
    CHECK(is_grad_enabled());
    lbfgs.zero_grad();
    const Tensor loss = square(a).sum() + square(b - 1).sum();
    loss.backward();
    return loss;
  };
  {
    const NoGradGuard guard;
    CHECK(lbfgs.step(closure).item<double>() == 1 + 4 + 4 + 9);  // the first loss
    CHECK_FALSE(is_grad_enabled());
  }
  CHECK(a.abs().max().item<double>() < 1e-6);
  CHECK((b - 1).abs().max().item<double>() < 1e-6);
  CHECK(equal(unused, ones({2}, float64)));
}

TEST_CASE("the cubic between two points has its minimum where it is", "[optim][lbfgs]") {
  using optim::cubic_interpolate;
  using optim::LinePoint;
  const auto point = [](double t, double f, double slope) {
    return LinePoint{t, f, Tensor(), slope};
  };
  // (t - 1)^2: from either side, in any order.
  const LinePoint at_0 = point(0, 1, -2), at_3 = point(3, 4, 4), at_2 = point(2, 1, 2);
  CHECK(cubic_interpolate(at_0, at_3, 0, 3) == Approx(1));
  CHECK(cubic_interpolate(at_3, at_0, 0, 3) == Approx(1));
  CHECK(cubic_interpolate(at_0, at_2, 0, 2) == Approx(1));
  // It stays between the bounds.
  CHECK(cubic_interpolate(at_0, at_3, 1.5, 3) == 1.5);
  CHECK(cubic_interpolate(at_0, at_3, 0, 0.5) == 0.5);
  // t^3 - 3 t has its minimum at 1.
  const auto cubic = [&](double t) { return point(t, t * t * t - 3 * t, 3 * t * t - 3); };
  CHECK(cubic_interpolate(cubic(0), cubic(2), 0, 2) == Approx(1));
  CHECK(cubic_interpolate(cubic(2.5), cubic(-0.5), -0.5, 2.5) == Approx(1));
  // Where a cubic has none, the middle is taken.
  CHECK(cubic_interpolate(point(0, 0, 1), point(2, 4.0 / 3, 1), 0.5, 2.5) == 1.5);
}

TEST_CASE("the line search ends at a point that satisfies the strong Wolfe conditions",
          "[optim][lbfgs]") {
  struct Curve {
    double (*f)(double);
    double (*slope)(double);
  };
  const Curve curves[] = {
      {[](double t) { return (t - 1) * (t - 1); }, [](double t) { return 2 * (t - 1); }},
      {[](double t) { return (t - 30) * (t - 30); }, [](double t) { return 2 * (t - 30); }},
      {[](double t) { return std::pow(t - 0.01, 4); },
       [](double t) { return 4 * std::pow(t - 0.01, 3); }},
      {[](double t) { return std::cosh(t - 2); }, [](double t) { return std::sinh(t - 2); }},
      {[](double t) { return -std::sin(3 * t) + t * t / 8; },
       [](double t) { return -3 * std::cos(3 * t) + t / 4; }}};
  for (const Curve& c : curves)
    for (const double first : {0.001, 0.1, 1.0, 10.0, 50.0}) {
      CAPTURE(first);
      int64_t evaluations = 0;
      int64_t calls = 0;
      const optim::LinePoint start{0, c.f(0), Tensor(), c.slope(0)};
      const auto found = optim::strong_wolfe_point(
          [&](double t) {
            ++calls;
            return optim::LinePoint{t, c.f(t), Tensor(), c.slope(t)};
          },
          start, first, 1, 25, evaluations);
      CHECK(calls == evaluations);
      CHECK(calls <= 26);
      CHECK(found.f == c.f(found.t));
      CHECK(found.f <= start.f + 1e-4 * found.t * start.gtd);
      CHECK(std::abs(found.gtd) <= 0.9 * std::abs(start.gtd));
    }
}

TEST_CASE("LBFGS ends where a step is no longer than tolerance_change", "[optim][lbfgs]") {
  // Steep: the loss still changes by 100 where x changes by 1e-4.
  const auto calls = [](double tolerance) {
    const Tensor x = tensor({1.}, float64).requires_grad_();
    optim::LBFGS lbfgs({x}, {.lr = 1e-4, .max_iter = 5, .tolerance_change = tolerance});
    int count = 0;
    lbfgs.step([&] {
      ++count;
      x.set_grad({});
      const Tensor loss = (x * 1e6).sum();
      loss.backward();
      return loss;
    });
    return count;
  };
  CHECK(calls(2e-4) == 2);
  CHECK(calls(0.5e-4) > 2);
}

TEST_CASE("a cubic through two points whose minimum is where two roots meet", "[optim][lbfgs]") {
  // d1^2 = gtd_a gtd_b: still the cubic's, not the middle.
  CHECK(optim::cubic_interpolate({0, 0, {}, -4}, {1, -1, {}, -1}, 0, 1) == Approx(2. / 3));
  CHECK(optim::cubic_interpolate({1, -1, {}, -1}, {0, 0, {}, -4}, 0, 1) == Approx(2. / 3));
  // No minimum: the middle.
  CHECK(optim::cubic_interpolate({0, 0, {}, -2}, {1, -4. / 3, {}, -2}, 0, 4) == 2);
}

TEST_CASE("LBFGS: states from before the first step, and from one that had nothing to do",
          "[optim][lbfgs]") {
  const Tensor x = tensor({1.}, float64).requires_grad_();
  optim::LBFGS fresh({x}), other({x}), still({x});
  CHECK_NOTHROW(other.load_state_dict(fresh.state_dict()));
  still.step([&] {
    x.set_grad(zeros({1}, float64));
    return x.detach().sum();
  });
  REQUIRE(still.state_dict()["state.0.func_evals"].item<int64_t>() == 1);
  REQUIRE_FALSE(still.state_dict().contains("state.0.d"));
  CHECK_NOTHROW(other.load_state_dict(still.state_dict()));
  CHECK(other.state_dict()["state.0.func_evals"].item<int64_t>() == 1);
}
