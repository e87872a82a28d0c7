// The update rules against their formulas (wick/fused/update_rule.h), with every option of each on
// and off; numbers that are none; half types.
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "wick/fused/optim.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Element {
  double p, g, s0, s1, s2;
};

/// One step as the header says it.
Element step(UpdateRule rule, const UpdateNumbers& n, Element x, bool third) {
  const auto avg = [](double s, double g, double beta) { return beta * s + (1 - beta) * g; };
  double g = n.maximize ? -x.g : x.g;
  x.p *= n.shrink;
  if (n.weight_decay != 0) g += n.weight_decay * x.p;
  switch (rule) {
    case UpdateRule::sgd:
      if (n.momentum != 0) {
        x.s0 = n.first ? g : n.momentum * x.s0 + (1 - n.dampening) * g;
        g = n.nesterov ? g + n.momentum * x.s0 : x.s0;
      }
      x.p -= n.lr * g;
      break;
    case UpdateRule::adam:
      x.s0 = avg(x.s0, g, n.beta1);
      x.s1 = avg(x.s1, g * g, n.beta2);
      if (third) x.s2 = std::max(x.s2, x.s1);
      x.p -= n.lr * x.s0 / (std::sqrt(third ? x.s2 : x.s1) / n.correction + n.eps);
      break;
    case UpdateRule::nadam: {
      x.s0 = avg(x.s0, g, n.beta1);
      x.s1 = avg(x.s1, g * g, n.beta2);
      const double d = std::sqrt(x.s1 / n.correction) + n.eps;
      x.p -= n.lr_gradient * g / d + n.lr * x.s0 / d;
      break;
    }
    case UpdateRule::radam:
      x.s0 = avg(x.s0, g, n.beta1);
      x.s1 = avg(x.s1, g * g, n.beta2);
      x.p -= n.rectified ? n.lr * x.s0 / (std::sqrt(x.s1) + n.eps) : n.lr * x.s0;
      break;
    case UpdateRule::adamax:
      x.s0 = avg(x.s0, g, n.beta1);
      x.s1 = std::max(n.beta2 * x.s1, std::fabs(g) + n.eps);
      x.p -= n.lr * x.s0 / x.s1;
      break;
    case UpdateRule::rmsprop: {
      x.s0 = avg(x.s0, g * g, n.beta2);
      if (third) x.s2 = avg(x.s2, g, n.beta2);
      const double d = std::sqrt(third ? x.s0 - x.s2 * x.s2 : x.s0) + n.eps;
      if (n.momentum != 0) x.s1 = n.momentum * x.s1 + g / d;
      x.p -= n.momentum != 0 ? n.lr * x.s1 : n.lr * g / d;
      break;
    }
    case UpdateRule::adagrad:
      x.s0 += g * g;
      x.p -= n.lr * g / (std::sqrt(x.s0) + n.eps);
      break;
    case UpdateRule::adadelta: {
      x.s0 = avg(x.s0, g * g, n.beta2);
      const double u = g * std::sqrt(x.s1 + n.eps) / std::sqrt(x.s0 + n.eps);
      x.s1 = avg(x.s1, u * u, n.beta2);
      x.p -= n.lr * u;
      break;
    }
  }
  return x;
}

void check(UpdateRule rule, const UpdateNumbers& n, bool third) {
  const std::vector<Element> elements{{1, 0.5, 0.2, 0.3, 0.1},
                                      {-2, -0.25, -0.1, 0.04, 0.2},
                                      {0, 0, 0, 0, 0},
                                      {0.5, 3, 9, 1, 0.5},
                                      {3, -1e-3, 0.7, 5, -0.3}};
  for (const int64_t copies : {1, 7}) {
    std::vector<double> p, g, s0, s1, s2;
    std::vector<Element> expected;
    for (int64_t c = 0; c < copies; ++c)
      for (Element e : elements) {
        if (rule == UpdateRule::rmsprop) e.s0 += 10;              // the mean's square is less
        if (rule >= UpdateRule::adagrad) e.s0 = std::fabs(e.s0);  // of squares
        p.push_back(e.p);
        g.push_back(e.g);
        s0.push_back(e.s0);
        s1.push_back(e.s1);
        s2.push_back(e.s2);
        expected.push_back(step(rule, n, e, third));
      }
    FusedUpdate update{.param = tensor(p), .grad = tensor(g), .rule = rule, .numbers = n};
    const bool has_first = rule != UpdateRule::sgd || n.momentum != 0;
    const bool has_second = rule != UpdateRule::sgd && rule != UpdateRule::adagrad &&
                            (rule != UpdateRule::rmsprop || n.momentum != 0);
    if (has_first) update.state[0] = tensor(s0);
    if (has_second) update.state[1] = tensor(s1);
    if (third) update.state[2] = tensor(s2);
    fused_update_({update});
    CAPTURE(static_cast<int>(rule), third, n.momentum, n.maximize, n.nesterov, n.first, n.rectified,
            n.weight_decay, n.beta1);
    const auto check_all = [&](const Tensor& x, double Element::*member) {
      const std::vector<double> got = x.to_vector<double>();
      for (size_t i = 0; i < got.size(); ++i) {
        const double want = expected[i].*member;
        if (!(std::fabs(got[i] - want) <= 1e-13 * std::fabs(want) + 1e-15)) REQUIRE(got[i] == want);
      }
    };
    check_all(update.param, &Element::p);
    if (has_first) check_all(update.state[0], &Element::s0);
    if (has_second) check_all(update.state[1], &Element::s1);
    if (third) check_all(update.state[2], &Element::s2);
    REQUIRE(update.grad.to_vector<double>() == g);  // read only
  }
}

}  // namespace

TEST_CASE("every update rule is its formula", "[optim][ops]") {
  for (int r = 0; r <= static_cast<int>(UpdateRule::adadelta); ++r) {
    const auto rule = static_cast<UpdateRule>(r);
    for (int options = 0; options < 128; ++options) {
      const auto on = [options](int bit) { return (options >> bit & 1) != 0; };
      UpdateNumbers n{.lr = 0.1,
                      .lr_gradient = 0.03,
                      .beta1 = on(6) ? 0.3 : 0.9,
                      .beta2 = 0.8,
                      .eps = 0.05,
                      .correction = 0.7};
      n.maximize = on(0);
      n.weight_decay = on(1) ? 0.2 : 0;
      n.shrink = on(2) ? 0.9 : 1;
      n.momentum = on(3) ? 0.6 : 0;
      n.nesterov = on(4);
      n.first = on(5);
      n.rectified = on(4);
      n.dampening = on(5) ? 0 : 0.3;
      const bool may_have_third = rule == UpdateRule::adam || rule == UpdateRule::rmsprop;
      check(rule, n, false);
      if (may_have_third) check(rule, n, true);
    }
  }
}

TEST_CASE("without decay an infinite parameter stays one, and nan stays in the maximum",
          "[optim][ops]") {
  const Tensor p = tensor({infinity, 1.}), g = tensor({1., 1.});
  fused_update_({{.param = p, .grad = g, .numbers = {.lr = 0.5}}});
  CHECK(p.to_vector<double>() == std::vector<double>{infinity, 0.5});
  const Tensor q = ones({3}), s0 = zeros({3}), s1 = tensor({1., 1., not_a_number}),
               s2 = tensor({not_a_number, 5., 0.});
  fused_update_({{.param = q,
                  .grad = zeros({3}),
                  .state = {s0, s1, s2},
                  .rule = UpdateRule::adam,
                  .numbers = {.lr = 0.5, .beta1 = 0.9, .beta2 = 0.9}}});
  CHECK(std::isnan(s2[0].item<double>()));
  CHECK(s2[1].item<double>() == 5);
  CHECK(std::isnan(s2[2].item<double>()));
  CHECK(std::isnan(q[0].item<double>()));
  CHECK(q[1].item<double>() == 1);
  // adamax: max(beta2 s1, |g| + eps) with nan on either side.
  const Tensor r = ones({2}), inf_norm = tensor({not_a_number, 1.});
  fused_update_({{.param = r,
                  .grad = tensor({1., not_a_number}),
                  .state = {zeros({2}), inf_norm},
                  .rule = UpdateRule::adamax,
                  .numbers = {.lr = 0.5, .beta1 = 0.9, .beta2 = 0.9}}});
  CHECK(isnan(inf_norm).all().item<bool>());
}

TEST_CASE("half types are updated in float32 and rounded once, in pieces of any length",
          "[optim][ops]") {
  for (const DType dtype : {bfloat16, float16})
    for (const int64_t n : {1, 255, 256, 257, 512, 513, 40000}) {
      const auto make = [&](double from) {
        return (arange(n).remainder(13).to(float64) * 0.1 + from).to(dtype);
      };
      const UpdateNumbers numbers{
          .lr = 0.1, .weight_decay = 0.01, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-3};
      FusedUpdate half{
          make(1), make(-0.5), {make(0.1), make(0.2), make(0.3)}, UpdateRule::adam, numbers};
      FusedUpdate wide{
          half.param.to(float32), half.grad.to(float32), {}, UpdateRule::adam, numbers};
      for (size_t k = 0; k < 3; ++k) wide.state[k] = half.state[k].to(float32);
      fused_update_({half});
      fused_update_({wide});
      CAPTURE(name(dtype), n);
      CHECK(equal(half.param, wide.param.to(dtype)));
      for (size_t k = 0; k < 3; ++k) CHECK(equal(half.state[k], wide.state[k].to(dtype)));
    }
}

TEST_CASE("gradients of other dtypes and layouts, empty and meta parameters", "[optim][ops]") {
  const Tensor p = ones({2, 3}), g = arange(6).view({3, 2}).t();
  fused_update_({{.param = p, .grad = g, .numbers = {.lr = 1}}});
  CHECK(p.to_vector<double>() == std::vector<double>{1, -1, -3, 0, -2, -4});
  CHECK(p.version() == 1);
  CHECK(g.version() == 0);
  CHECK_NOTHROW(fused_update_({}));
  CHECK_NOTHROW(fused_update_({{.param = zeros({0, 2}), .grad = zeros({0, 2})}}));
  const Tensor on_meta = empty({2}, {.device = Device::meta});
  CHECK_NOTHROW(fused_update_({{.param = on_meta, .grad = on_meta}}));
  CHECK_THROWS_AS(fused_update_({{.param = on_meta, .grad = empty({3}, {.device = Device::meta})}}),
                  ShapeError);
  const Tensor leaf = ones({2}).requires_grad_();
  CHECK_THROWS_AS(fused_update_({{.param = leaf, .grad = ones({2})}}), Error);
  const NoGradGuard off;
  CHECK_NOTHROW(fused_update_({{.param = leaf, .grad = ones({2}), .numbers = {.lr = 0.25}}}));
  CHECK(leaf.to_vector<double>() == std::vector<double>{0.75, 0.75});
}

TEST_CASE("many updates at once are those one by one", "[optim][ops]") {
  for (const bool shared : {false, true}) {
    manual_seed(1);
    const Tensor arena = randn({50000});
    std::vector<FusedUpdate> together;
    std::vector<Tensor> apart;
    int64_t at = 0;
    for (const int64_t n : {1, 0, 16383, 16384, 16385, 7, 500}) {
      // Parts of one piece of memory, side by side or sharing an element.
      const Tensor p = arena.narrow(0, at, n);
      at += n - (shared && n > 0 ? 1 : 0);
      together.push_back({.param = p, .grad = randn({n}), .numbers = {.lr = 0.5}});
    }
    const Tensor expected = arena.clone();
    for (const FusedUpdate& u : together)
      expected.narrow(0, u.param.storage_offset(), u.param.numel()).sub_(u.grad * 0.5);
    fused_update_(together);
    CAPTURE(shared);
    CHECK(equal(arena, expected));
  }
}
