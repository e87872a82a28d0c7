// Options that are changed between steps, and numbers at the edge of an option, against the
// formulas in double, element by element.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using Doubles = std::vector<double>;
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The gradient of element i in step t: larger at first, so that the largest average is an old one.
double gradient(size_t i, int t) { return (static_cast<double>(i) - 1.5) * (t <= 2 ? 400 : 0.25); }

void set_gradients(const Tensor& p, int t) {
  Doubles g;
  for (size_t i = 0; i < static_cast<size_t>(p.numel()); ++i) g.push_back(gradient(i, t));
  p.set_grad(tensor(g, {.dtype = p.dtype()}));
}

Tensor parameter() { return ones({4}, {.dtype = float64}).requires_grad_(); }

void check_close(const Tensor& p, const Doubles& expected) {
  const Doubles found = p.to_vector<double>();
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-12));
}

/// Adam by its formulas; amsgrad for the steps of which `amsgrad` says so, with a maximum that
/// begins anew when it is switched on again.
Doubles adam(int steps, bool (*amsgrad)(int)) {
  Doubles p(4, 1), m(4, 0), v(4, 0), largest(4, 0);
  for (int t = 1; t <= steps; ++t) {
    for (size_t i = 0; i < 4; ++i) {
      const double g = gradient(i, t);
      m[i] += 0.1 * (g - m[i]);
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      largest[i] = amsgrad(t) ? std::max(largest[i], v[i]) : 0;
      const double square = amsgrad(t) ? largest[i] : v[i];
      const double root = std::sqrt(square) / std::sqrt(1 - std::pow(0.999, t));
      p[i] -= 0.1 / (1 - std::pow(0.9, t)) * m[i] / (root + 1e-8);
    }
  }
  return p;
}

}  // namespace

TEST_CASE("Adam and AdamW: amsgrad switched off and on in the middle of a run", "[optim]") {
  bool (*const cases[])(int) = {[](int) { return false; }, [](int) { return true; },
                                [](int t) { return t <= 30; }, [](int t) { return t > 30; },
                                [](int t) { return t <= 20 || t > 40; }};
  for (const auto amsgrad : cases) {
    const Tensor a = parameter(), b = parameter();
    optim::Adam adam_optimizer({a}, {.lr = 0.1});
    optim::AdamW adamw_optimizer({b}, {.lr = 0.1, .weight_decay = 0});
    for (int t = 1; t <= 60; ++t) {
      set_gradients(a, t);
      set_gradients(b, t);
      adam_optimizer.param_groups()[0].options.amsgrad = amsgrad(t);
      adamw_optimizer.param_groups()[0].options.amsgrad = amsgrad(t);
      adam_optimizer.step();
      adamw_optimizer.step();
      CHECK(adam_optimizer.state_dict().contains("state.0.max_exp_avg_sq") == amsgrad(t));
    }
    const Doubles expected = adam(60, amsgrad);
    check_close(a, expected);
    check_close(b, expected);
  }
  // The cases differ, so that each of them says something.
  CHECK(adam(60, cases[0]) != adam(60, cases[1]));
  CHECK(adam(60, cases[1]) != adam(60, cases[2]));
}

TEST_CASE("RMSprop: centered and momentum switched off and on in the middle of a run", "[optim]") {
  struct Switches {
    bool centered, momentum;
  };
  for (const int on_until : {0, 10, 40})
    for (const bool momentum_too : {false, true}) {
      const auto at = [&](int t) { return Switches{t <= on_until, momentum_too && t <= on_until}; };
      Doubles p(4, 1), square(4, 0), mean(4, 0), buffer(4, 0);
      const Tensor x = parameter();
      optim::RMSprop optimizer({x}, {.lr = 0.01, .alpha = 0.9});
      for (int t = 1; t <= 40; ++t) {
        auto& options = optimizer.param_groups()[0].options;
        options.centered = at(t).centered;
        options.momentum = at(t).momentum ? 0.5 : 0;
        set_gradients(x, t);
        optimizer.step();
        for (size_t i = 0; i < 4; ++i) {
          const double g = gradient(i, t);
          square[i] = 0.9 * square[i] + 0.1 * g * g;
          double scale = square[i];
          if (at(t).centered) {
            mean[i] += 0.1 * (g - mean[i]);
            scale -= mean[i] * mean[i];
          }
          const double step = g / (std::sqrt(scale) + 1e-8);
          if (at(t).momentum) {
            buffer[i] = 0.5 * buffer[i] + step;
            p[i] -= 0.01 * buffer[i];
          } else {
            p[i] -= 0.01 * step;
          }
        }
      }
      CAPTURE(on_until, momentum_too);
      check_close(x, p);
    }
}

TEST_CASE("a nan in a gradient stays in amsgrad's maximum", "[optim]") {
  // Each place in a vector of any width, in every dtype; PyTorch's maximum keeps nan too.
  for (const DType dtype : {float32, float64, bfloat16})
    for (const int64_t n : {1, 3, 8, 16, 37}) {
      const Tensor p = ones({n}, {.dtype = dtype}).requires_grad_();
      optim::Adam optimizer({p}, {.lr = 0.1, .amsgrad = true});
      const int64_t bad = n / 2;
      for (int t = 0; t < 3; ++t) {
        Tensor g = ones({n}, {.dtype = dtype});
        if (t == 1) g(bad) = not_a_number;
        p.set_grad(g);
        optimizer.step();
      }
      CAPTURE(name(dtype), n);
      const Tensor largest = optimizer.state_dict()["state.0.max_exp_avg_sq"];
      CHECK(std::isnan(largest[bad].item<double>()));
      CHECK(std::isnan(p[bad].item<double>()));
      CHECK(isnan(largest).sum().item<int64_t>() == 1);
      CHECK(isnan(p).sum().item<int64_t>() == 1);
    }
}

TEST_CASE("ReduceLROnPlateau: a change of exactly eps is none", "[optim]") {
  const auto after = [](double lr, double factor, double eps, double min_lr) {
    optim::SGD optimizer({parameter()}, {.lr = lr});
    optim::ReduceLROnPlateau scheduler(
        optimizer, {.factor = factor, .patience = 0, .min_lr = min_lr, .eps = eps});
    scheduler.step(1);
    scheduler.step(1);
    return optimizer.lr();
  };
  CHECK(after(1, 0.5, 0.5, 0) == 1);
  CHECK(after(1, 0.5, std::nextafter(0.5, 0.0), 0) == 0.5);
  CHECK(after(1, 0.5, std::nextafter(0.5, 1.0), 0) == 1);
  CHECK(after(1, 0.5, 0, 0) == 0.5);
  // The same where the smallest rate is what the change ends at.
  CHECK(after(1, 0.5, 0.25, 0.75) == 1);
  CHECK(after(1, 0.5, 0.125, 0.75) == 0.75);
}

TEST_CASE("ReduceLROnPlateau: better means by more than the threshold", "[optim]") {
  struct Case {
    const char* mode;
    const char* threshold_mode;
    double threshold, first, second;
    bool better;
  };
  for (const Case& c :
       {Case{"min", "abs", 0.5, 2, 1.5, false}, Case{"min", "abs", 0.5, 2, 1.25, true},
        Case{"max", "abs", 0.5, 2, 2.5, false}, Case{"max", "abs", 0.5, 2, 2.75, true},
        Case{"min", "rel", 0.25, 2, 1.5, false}, Case{"min", "rel", 0.25, 2, 1.25, true},
        Case{"max", "rel", 0.25, 2, 2.5, false}, Case{"max", "rel", 0.25, 2, 2.75, true},
        Case{"min", "abs", 0, 2, 2, false}, Case{"max", "abs", 0, 2, 2, false}}) {
    optim::SGD optimizer({parameter()}, {.lr = 1});
    optim::ReduceLROnPlateau scheduler(optimizer, {.mode = c.mode,
                                                   .factor = 0.5,
                                                   .patience = 0,
                                                   .threshold = c.threshold,
                                                   .threshold_mode = c.threshold_mode});
    scheduler.step(c.first);
    scheduler.step(c.second);
    CAPTURE(c.mode, c.threshold_mode, c.second);
    CHECK(optimizer.lr() == (c.better ? 1 : 0.5));
  }
}

TEST_CASE("ReduceLROnPlateau: patience and cooldown to the step", "[optim]") {
  optim::SGD optimizer({parameter()}, {.lr = 1});
  optim::ReduceLROnPlateau scheduler(optimizer, {.factor = 0.5, .patience = 2, .cooldown = 1});
  Doubles rates;
  for (int i = 0; i < 10; ++i) {
    scheduler.step(1);
    rates.push_back(optimizer.lr());
  }
  CHECK(rates == Doubles{1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25});
}
