// Writes in place, through views and beside them: who may write, who sees it, and the gradients.
#include <functional>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
V numbers(const Tensor& t) { return t.to_vector<double>(); }

Tensor leaf(const Shape& shape, int64_t seed = 1) {
  manual_seed(seed);
  return (rand(shape, {.dtype = float64}) + 0.5).requires_grad_();
}

const char* const of_leaf =
    "a leaf Variable that requires grad is being used in an in-place operation.";
const char* const of_view =
    "a view of a leaf Variable that requires grad is being used in an in-place operation.";
const char* const in_no_grad =
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled.";
const char* const shared =
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    "memory location. Please clone() the tensor before performing the operation.";

}  // namespace

TEST_CASE("leaves and their views are written to without gradients only", "[autograd][views]") {
  const Tensor x = leaf({2, 2});
  const std::vector<std::function<void(const Tensor&)>> writes{
      [](const Tensor& t) { t.add_(1); },
      [](const Tensor& t) { t.exp_(); },
      [](const Tensor& t) { t.fill_(1); },
      [](const Tensor& t) { t.copy_(zeros({})); },
      [](const Tensor& t) { t.clamp_(0, 1); },
      [](const Tensor& t) { t.pow_(2); },
      [](const Tensor& t) { t.erfinv_(); },
      [](const Tensor& t) { t.gelu_(); },
      [](const Tensor& t) { t.masked_fill_(tensor(true), 1); },
      [](const Tensor& t) { t.index_put_({tensor({0})}, zeros({}, float64)); },
      [](const Tensor& t) { t.uniform_(); },
      [](const Tensor& t) { t.normal_(); },
      [](const Tensor& t) { t.bernoulli_(); },
      [](const Tensor& t) { t.random_(); },
      [](const Tensor& t) { t.random_(0, 3); },
      [](const Tensor& t) { t.exponential_(); },
      [](const Tensor& t) { dropout_(t, 0.5); },
      [](const Tensor& t) { dropout_(t, 1); },
  };
  const V before = numbers(x);
  for (size_t i = 0; i < writes.size(); ++i) {
    CAPTURE(i);
    CHECK_THROWS_WITH(writes[i](x), of_leaf);
    CHECK_THROWS_WITH(writes[i](x[0]), of_view);
    CHECK_THROWS_WITH(writes[i](ones({1, 2}).expand({2, 2})), shared);
    CHECK(numbers(x) == before);
    CHECK(x.version() == 0);
  }
  const NoGradGuard off;
  for (const auto& write : writes) {
    CHECK_NOTHROW(write(x));
    CHECK_NOTHROW(write(x[0]));
  }
  CHECK(x.is_leaf());
  CHECK(x.requires_grad());
}

TEST_CASE("a view made without gradients is written to without them", "[autograd][views]") {
  const Tensor x = leaf({2, 2});
  const Tensor y = x * 1, constant = zeros({2, 2}, float64);
  Tensor of_y, of_it, of_constant;
  {
    const NoGradGuard off;
    of_y = y[0];
    of_constant = constant[0];
  }
  of_it = of_y[0];  // a view of such a view is one as well
  CHECK_THROWS_WITH(of_y.add_(1), ContainsSubstring(in_no_grad));
  CHECK_THROWS_WITH(of_it.add_(1), ContainsSubstring(in_no_grad));
  {
    const NoGradGuard off;
    CHECK_NOTHROW(of_y.add_(1));
    CHECK_NOTHROW(of_it.add_(1));
  }
  CHECK_NOTHROW(of_constant.add_(1));  // no history is in doubt
  CHECK_NOTHROW(y[0].add_(1));
}

TEST_CASE("elements that stand in several places are not written to", "[autograd][views]") {
  CHECK_THROWS_WITH(zeros({1}).expand({2}).add_(1), shared);
  CHECK_NOTHROW(zeros({1}).expand({1}).add_(1));
  CHECK_NOTHROW(zeros({1, 0}).expand({2, 0}).add_(1));
  CHECK_NOTHROW(zeros({2}).as_strided({1, 2}, {0, 1}).add_(1));
}

TEST_CASE("a write to the base is seen by its views, and the other way round",
          "[autograd][views]") {
  const Tensor x = leaf({2, 3}), w = leaf({3}, 2);
  const Tensor y = x * 1, row = y[1], corner = row[2];
  CHECK(row.grad_fn() == "SelectBackward0");
  y.mul_(w);
  CHECK(row.grad_fn() == "AsStridedBackward0");
  CHECK(numbers(autograd::grad({row.sum()}, {w}, {.retain_graph = true})[0]) == numbers(x[1]));
  corner.mul_(10);  // through a view of a view
  CHECK(y.grad_fn() == "CopySlices");
  const auto g = autograd::grad({y.sum()}, {x, w});
  const Tensor expected = w.detach().expand({2, 3}).clone();
  expected(1, 2) *= 10;
  CHECK(allclose(g[0], expected));
  const Tensor by_w = x.detach()[0] + x.detach()[1] * tensor({1., 1., 10.}, float64);
  CHECK(allclose(g[1], by_w));
}

TEST_CASE("a constant base gets a history through a view of it", "[autograd][views]") {
  const Tensor x = leaf({3}), base = zeros({2, 3}, float64), other = base[0];
  CHECK_FALSE(base.requires_grad());
  base[1].copy_(x);
  CHECK(base.requires_grad());
  CHECK_FALSE(base.is_leaf());
  CHECK(other.requires_grad());  // though its elements are as they were
  CHECK(numbers(autograd::grad({base.sum()}, {x}, {.retain_graph = true})[0]) == V{1, 1, 1});
  CHECK(numbers(autograd::grad({other.sum()}, {x},
                               {.retain_graph = true, .allow_unused = true})[0]) == V{0, 0, 0});
  base.fill_(1);  // all of it is gone
  CHECK(numbers(autograd::grad({base.sum()}, {x})[0]) == V{0, 0, 0});
}

TEST_CASE("writes through views have the gradients of a program without them",
          "[autograd][views]") {
  // f writes into y = 1 x through a view; g is the same with where().
  const Tensor x = leaf({3, 4}), w = leaf({3, 4}, 2);
  const Tensor mask = zeros({3, 4}, bool_);
  struct Case {
    const char* name;
    Tensor (*base)(const Tensor&);
    Tensor (*view)(const Tensor&);
  };
  const Case cases[] = {
      {"a row", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) { return Tensor(t[1]); }},
      {"a column", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) { return t.select(1, -1); }},
      {"every second", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) { return t.slice(1, 1, {}, 2); }},
      {"turned", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) { return t.t().slice(0, 1, 3); }},
      {"a block of a turned one", [](const Tensor& t) { return (t.t() * 1).t(); },
       [](const Tensor& t) { return t.slice(0, 1).slice(1, 2); }},
      {"a row of a turned base", [](const Tensor& t) { return t.t().contiguous().t() * 1; },
       [](const Tensor& t) { return Tensor(t[2]); }},
      {"all of it", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) {
         return t.view({2, 6});
       }},
      {"of a part",
       [](const Tensor& t) {
         return cat({t, t})(slice(2, 5)) * 1;
       },
       [](const Tensor& t) { return t.view({-1}).slice(0, 3, 8); }},
      {"strided", [](const Tensor& t) { return t * 1; },
       [](const Tensor& t) {
         return t.as_strided({2, 2}, {5, 2}, 1);
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    mask.fill_(false);
    c.view(mask).fill_(true);
    const auto check = [&](auto write, auto apart) {
      const Tensor in = c.base(x);
      write(c.view(in), c.view(w));
      const Tensor out = where(mask, apart(c.base(x), w), c.base(x));
      CHECK(allclose(in, out));
      const Tensor weight = arange(1., 13., 1., {.dtype = float64}).view({3, 4});
      const auto got = autograd::grad({(in * weight).sum()}, {x, w}, {.allow_unused = true});
      const auto want = autograd::grad({(out * weight).sum()}, {x, w}, {.allow_unused = true});
      for (size_t i = 0; i < 2; ++i) {
        REQUIRE(got[i].defined() == want[i].defined());
        if (got[i].defined()) CHECK(allclose(got[i], want[i]));
      }
    };
    check([](const Tensor& v, const Tensor& u) { v.mul_(u); },
          [](const Tensor& t, const Tensor& u) { return t * u; });
    check([](const Tensor& v, const Tensor& u) { v.copy_(u); },
          [](const Tensor& t, const Tensor& u) { return t * 0 + u; });
    check([](const Tensor& v, const Tensor&) { v.exp_(); },
          [](const Tensor& t, const Tensor&) { return t.exp(); });
    check([](const Tensor& v, const Tensor&) { v.sin_(); },
          [](const Tensor& t, const Tensor&) { return t.sin(); });
    check([](const Tensor& v, const Tensor& u) { v.div_(u).add_(u); },
          [](const Tensor& t, const Tensor& u) { return t / u + u; });
    check([](const Tensor& v, const Tensor&) { v.fill_(2); },
          [](const Tensor& t, const Tensor&) { return t * 0 + 2; });
    check([](const Tensor& v, const Tensor&) { v.mul_(v); },
          [](const Tensor& t, const Tensor&) { return t * t; });
  }
}

TEST_CASE("in place, both sides of x = x op y get their gradients", "[autograd][views]") {
  const Tensor x = leaf({2, 3});
  for (const Shape& shape : {Shape{2, 3}, Shape{3}, Shape{2, 1}, Shape{}}) {
    const Tensor w = leaf(shape, 2);
    CAPTURE(shape.to_string());
    const auto check = [&](auto write, auto apart) {
      const Tensor y = x * 1;
      write(y, w);
      const Tensor z = apart(x, w);
      CHECK(allclose(y, z));
      const auto got = autograd::grad({y.square().sum()}, {x, w});
      const auto want = autograd::grad({z.square().sum()}, {x, w});
      CHECK(allclose(got[0], want[0]));
      CHECK(allclose(got[1], want[1]));
      // What was a constant depends on w from then on.
      const Tensor constant = x.detach().clone();
      write(constant, w);
      CHECK(constant.requires_grad());
      CHECK(allclose(autograd::grad({constant.square().sum()}, {w})[0], want[1]));
      const Tensor by_constant = x * 1;
      write(by_constant, w.detach());
      CHECK(allclose(autograd::grad({by_constant.square().sum()}, {x})[0], want[0]));
    };
    check([](const Tensor& t, const Tensor& u) { t.add_(u); },
          [](const Tensor& t, const Tensor& u) { return t + u; });
    check([](const Tensor& t, const Tensor& u) { t.sub_(u); },
          [](const Tensor& t, const Tensor& u) { return t - u; });
    check([](const Tensor& t, const Tensor& u) { t.mul_(u); },
          [](const Tensor& t, const Tensor& u) { return t * u; });
    check([](const Tensor& t, const Tensor& u) { t.div_(u); },
          [](const Tensor& t, const Tensor& u) { return t / u; });
    check([](const Tensor& t, const Tensor& u) { t.pow_(u); },
          [](const Tensor& t, const Tensor& u) { return pow(t, u); });
    check([](const Tensor& t, const Tensor& u) { t.remainder_(u); },
          [](const Tensor& t, const Tensor& u) { return remainder(t, u); });
    check([](const Tensor& t, const Tensor& u) { t.copy_(u); },
          [](const Tensor& t, const Tensor& u) { return t * 0 + u; });
  }
}

TEST_CASE("in place with itself, and with a part of itself", "[autograd][views]") {
  const Tensor x = leaf({3});
  const auto check = [&](auto write, auto apart) {
    const Tensor y = x * 1;
    write(y);
    const Tensor z = apart(x * 1);
    CHECK(allclose(y, z));
    CHECK(allclose(autograd::grad({y.square().sum()}, {x})[0],
                   autograd::grad({z.square().sum()}, {x})[0]));
  };
  check([](const Tensor& t) { t.mul_(t); }, [](const Tensor& t) { return t * t; });
  check([](const Tensor& t) { t.add_(t); }, [](const Tensor& t) { return t + t; });
  check([](const Tensor& t) { t.div_(t[1]); }, [](const Tensor& t) { return t / t[1]; });
  check([](const Tensor& t) { t.mul_(t.flip(0)); }, [](const Tensor& t) { return t * t.flip(0); });
  check([](const Tensor& t) { t.pow_(3); }, [](const Tensor& t) { return pow(t, 3); });
  check([](const Tensor& t) { t.pow_(1.7); }, [](const Tensor& t) { return pow(t, 1.7); });
  check([](const Tensor& t) { t.pow_(0.5); }, [](const Tensor& t) { return sqrt(t); });
  check([](const Tensor& t) { t.pow_(-0.5); }, [](const Tensor& t) { return rsqrt(t); });
  check([](const Tensor& t) { t.pow_(-1); }, [](const Tensor& t) { return reciprocal(t); });
  check([](const Tensor& t) { t.pow_(0); }, [](const Tensor& t) { return t * 0 + 1; });
  check([](const Tensor& t) { t.mul_(0.4).erfinv_(); },
        [](const Tensor& t) { return erfinv(t * 0.4); });
}

TEST_CASE("hooks stay with the value, retain_grad with the tensor", "[autograd][views][hooks]") {
  const Tensor x = leaf({2});
  const Tensor y = x * 2;
  V seen;
  y.register_hook([&](const Tensor& g) {
    seen = numbers(g);
    return Tensor();
  });
  y.retain_grad();
  y.mul_(5);
  CHECK(y.retains_grad());
  y.sum().backward();
  CHECK(seen == V{5, 5});
  CHECK(numbers(y.grad()) == V{1, 1});
  CHECK(numbers(x.grad()) == V{10, 10});
  // Of a base that is written to through a view.
  const Tensor base = x * 2;
  base.retain_grad();
  base[0].mul_(5);
  CHECK(base.retains_grad());
  base.sum().backward();
  CHECK(numbers(base.grad()) == V{1, 1});
}

TEST_CASE("what was saved is watched through every view", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), w = ones({2, 2}, float64);
  const std::string modified = "has been modified by an inplace operation";
  const auto check = [&](auto write) {
    const Tensor y = (x * w).sum();
    write();
    CHECK_THROWS_WITH(y.backward(), ContainsSubstring(modified));
  };
  check([&] { w.add_(1); });
  check([&] { w[0].add_(1); });
  check([&] { w.t().mul_(1); });
  check([&] { w.detach().fill_(1); });
  check([&] { w(tensor({0})) = 1; });
  check([&] { w.view({4}).copy_(ones({4}, float64)); });
  const Tensor fine = (x * w.clone()).sum();
  w.add_(1);
  CHECK_NOTHROW(fine.backward());
}
