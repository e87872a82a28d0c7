// Derivatives where they are special: at kinks, poles, ties and far out; alike in one pass over
// memory and as recorded operations.
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

V numbers(const Tensor& t) { return t.to_vector<double>(); }

bool same(double a, double b, double near) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= near * std::max(1.0, std::fabs(b));
}

/// Checks f's slope at each of the points, in every floating dtype that holds them.
template <class F>
void check_slopes(const char* name, F f, const V& points, const V& slopes) {
  for (const DType dtype : {float64, float32, bfloat16, float16}) {
    const double near = dtype == float64 ? 1e-12 : dtype == float32 ? 1e-5 : 0.02;
    for (const bool create : {false, true}) {
      // Twice: apart and within a longer tensor, whose vectors are full.
      for (const int64_t copies : {1, 9}) {
        const Tensor x = tensor(points).to(dtype).repeat({copies}).requires_grad_();
        const Tensor g = autograd::grad(
            {f(x)}, {x}, {.grad_outputs = {ones(x.shape(), dtype)}, .create_graph = create})[0];
        REQUIRE(g.dtype() == dtype);
        const V got = numbers(g);
        for (size_t i = 0; i < got.size(); ++i) {
          const size_t k = i % points.size();
          CAPTURE(name, wick::name(dtype), create, points[k], got[i], slopes[k]);
          CHECK(same(got[i], slopes[k], near));
        }
      }
    }
  }
}

#define SLOPES(call, ...) \
  check_slopes(           \
      #call, [](const Tensor& x) { return call; }, __VA_ARGS__)

}  // namespace

TEST_CASE("slopes of functions with a kink or a step", "[ops][slopes]") {
  SLOPES(abs(x), {-2, -0.0, 0, 3, infinity, -infinity}, {-1, 0, 0, 1, 1, -1});
  SLOPES(relu(x), {-2, -0.0, 0, 3, infinity, -infinity, not_a_number}, {0, 0, 0, 1, 1, 0, 1});
  SLOPES(sign(x), {-2, 0, 3, infinity}, {0, 0, 0, 0});
  SLOPES(floor(x), {-2, 0, 0.5, infinity}, {0, 0, 0, 0});
  SLOPES(ceil(x), {-2, 0, 0.5, infinity}, {0, 0, 0, 0});
  SLOPES(round(x), {-2, 0, 0.5, infinity}, {0, 0, 0, 0});
  SLOPES(clamp(x, -1, 2), {-2, 0, 1.5, 3, infinity}, {0, 1, 1, 0, 0});
  SLOPES(clamp(x, -1), {-2, 0, 3, infinity, -infinity}, {0, 1, 1, 1, 0});
  SLOPES(clamp(x, {}, 2), {-2, 0, 3, infinity, -infinity}, {1, 1, 0, 0, 1});
  SLOPES(neg(x), {-2, 0, infinity}, {-1, -1, -1});
}

TEST_CASE("slopes of functions with a pole", "[ops][slopes]") {
  SLOPES(sqrt(x), {0, 0.25, 4, infinity, -1}, {infinity, 1, 0.25, 0, not_a_number});
  SLOPES(rsqrt(x), {0, 0.25, 4, infinity}, {-infinity, -4, -0.0625, 0});
  SLOPES(reciprocal(x), {0, -0.5, 4, infinity}, {-infinity, -4, -0.0625, 0});
  SLOPES(log(x), {0, 0.25, 4, infinity}, {infinity, 4, 0.25, 0});
  SLOPES(log1p(x), {-1, 0, 3, infinity}, {infinity, 1, 0.25, 0});
  SLOPES(1 / x, {0, -0.5, 4, infinity}, {-infinity, -4, -0.0625, 0});
  SLOPES(x / 4, {0, infinity}, {0.25, 0.25});
  SLOPES(square(x), {-3, 0, infinity}, {-6, 0, infinity});
  SLOPES(erfinv(x), {0, 1, -1}, {0.88622692545275801, infinity, infinity});
}

TEST_CASE("slopes of what grows and of what flattens out", "[ops][slopes]") {
  SLOPES(exp(x), {0, -infinity, infinity}, {1, 0, infinity});
  SLOPES(expm1(x), {0, -infinity, infinity}, {1, 0, infinity});
  SLOPES(tanh(x), {0, 40, -40, infinity, -infinity}, {1, 0, 0, 0, 0});
  SLOPES(sigmoid(x), {0, 200, -200, infinity, -infinity}, {0.25, 0, 0, 0, 0});
  SLOPES(erf(x), {0, 40, -40, infinity}, {1.1283791670955126, 0, 0, 0});
  SLOPES(erfc(x), {0, 40, -40, infinity}, {-1.1283791670955126, 0, 0, 0});
  SLOPES(silu(x), {0, 200, -200, infinity, -infinity}, {0.5, 1, 0, 1, 0});
  SLOPES(gelu(x), {0, 200, -200, infinity, -infinity}, {0.5, 1, 0, 1, 0});
  SLOPES(gelu(x, "tanh"), {0, 200, -200, infinity, -infinity}, {0.5, 1, 0, 1, 0});
  SLOPES(sin(x), {0}, {1});
  SLOPES(cos(x), {0}, {0});
}

TEST_CASE("slopes of powers", "[ops][slopes]") {
  SLOPES(pow(x, 0), {0, -2, infinity, not_a_number}, {0, 0, 0, 0});
  SLOPES(pow(x, 1), {0, -2, infinity}, {1, 1, 1});
  SLOPES(pow(x, 2), {0, -2, infinity}, {0, -4, infinity});
  SLOPES(pow(x, 3), {0, -2}, {0, 12});
  SLOPES(pow(x, 4), {0, -2}, {0, -32});
  SLOPES(pow(x, 0.5), {0, 0.25}, {infinity, 1});
  SLOPES(pow(x, -0.5), {0, 0.25}, {-infinity, -4});
  SLOPES(pow(x, -1), {0, -0.5}, {-infinity, -4});
  SLOPES(pow(x, -2), {-0.5, 2}, {16, -0.25});
  SLOPES(pow(x, 1.5), {0, 4}, {0, 3});
  SLOPES(pow(2, x), {0, 1, -infinity}, {0.69314718055994531, 1.3862943611198906, 0});
  SLOPES(pow(0, x), {1, 0, 2}, {0, 0, 0});
  SLOPES(pow(1, x), {1, 0, -2}, {0, 0, 0});
}

TEST_CASE("slopes of a power's base and exponent together", "[ops][slopes]") {
  for (const bool create : {false, true}) {
    const Tensor a = tensor({0., 0., 2., 1.}, float64).requires_grad_();
    const Tensor b = tensor({2., 0., 3., -1.}, float64).requires_grad_();
    const auto g = autograd::grad({pow(a, b).sum()}, {a, b}, {.create_graph = create});
    CHECK(numbers(g[0]) == V{0, 0, 12, -1});
    const V by_b = numbers(g[1]);
    CHECK(by_b[0] == 0);
    CHECK(by_b[1] == 0);
    CHECK(by_b[2] == Approx(8 * std::log(2.0)));
    CHECK(by_b[3] == 0);
  }
}

TEST_CASE("softplus is linear beyond its threshold, not at it", "[ops][slopes]") {
  const double above = std::nextafter(20.0, 21.0);
  const Tensor points = tensor({20., above, -20., 0.}, float64);
  const V y = numbers(softplus(points));
  CHECK(y[0] > 20);
  CHECK(y[0] == Approx(20 + std::exp(-20.0)).epsilon(1e-15));
  CHECK(y[1] == above);
  SLOPES(softplus(x), {0, 30, -200, infinity, -infinity}, {0.5, 1, 0, 1, 0});
  SLOPES(softplus(x, 2, 1), {0, 0.625, 30}, {0.5, 1, 1});
  for (const bool create : {false, true}) {
    const Tensor in = points.clone().requires_grad_();
    const V g = numbers(autograd::grad({softplus(in).sum()}, {in}, {.create_graph = create})[0]);
    CHECK(g[0] < 1);
    CHECK(g[0] == Approx(1 / (1 + std::exp(-20.0))).epsilon(1e-15));
    CHECK(g[1] == 1);
  }
  // beta scales what is compared: 2 x > 20.
  CHECK(softplus(full({}, 10., float64), 2).item<double>() > 10);
  const double above_ten = std::nextafter(10.0, 11.0);
  CHECK(softplus(full({}, above_ten, float64), 2).item<double>() == above_ten);
}

TEST_CASE("equal elements share the slope of the larger and the smaller", "[ops][slopes]") {
  const Tensor a = tensor({1., 2., 3.}).requires_grad_(), b = tensor({2., 2., 2.}).requires_grad_();
  auto g = autograd::grad({maximum(a, b).sum()}, {a, b});
  CHECK(numbers(g[0]) == V{0, 0.5, 1});
  CHECK(numbers(g[1]) == V{1, 0.5, 0});
  g = autograd::grad({minimum(a, b).sum()}, {a, b});
  CHECK(numbers(g[0]) == V{1, 0.5, 0});
  CHECK(numbers(g[1]) == V{0, 0.5, 1});
  const Tensor x = tensor({{3., 1., 3.}, {2., 2., 2.}}).requires_grad_();
  const auto slope = [&](const Tensor& y) { return numbers(autograd::grad({y.sum()}, {x})[0]); };
  CHECK(slope(x.max()) == V{0.5, 0, 0.5, 0, 0, 0});
  CHECK(slope(x.min()) == V{0, 1, 0, 0, 0, 0});
  CHECK(slope(x.to(float64).amax(1))[4] == Approx(1. / 3));
  CHECK(slope(x.amax(0)) == V{1, 0, 1, 0, 1, 0});
  CHECK(slope(x.amin({0, 1}, true)) == V{0, 1, 0, 0, 0, 0});
  CHECK(slope(x.max(1).values) == V{1, 0, 0, 1, 0, 0});  // the first of equals, with its index
  CHECK(slope(x.min(1, true).values) == V{0, 1, 0, 1, 0, 0});
  const Tensor with_nan = tensor({1., not_a_number, not_a_number}).requires_grad_();
  CHECK(numbers(autograd::grad({with_nan.amax()}, {with_nan})[0]) == V{0, 0.5, 0.5});
}

TEST_CASE("where lets no infinity and no nan through from the other side", "[ops][slopes]") {
  const Tensor c = tensor({true, false});
  const Tensor a = tensor({1., 2.}).requires_grad_(), b = tensor({3., 4.}).requires_grad_();
  const Tensor g = tensor({infinity, not_a_number});
  const auto got = autograd::grad({where(c, a, b)}, {a, b}, {.grad_outputs = {g}});
  CHECK(numbers(got[0]) == V{infinity, 0});
  CHECK(numbers(got[1])[0] == 0);
  CHECK(std::isnan(numbers(got[1])[1]));
  const auto filled = autograd::grad({masked_fill(a, c, 5)}, {a}, {.grad_outputs = {g}});
  CHECK(numbers(filled[0])[0] == 0);
  CHECK(std::isnan(numbers(filled[0])[1]));
  // Of arguments that were broadcast.
  const Tensor one = tensor(2.).requires_grad_();
  const auto wide = autograd::grad({where(tensor({true, true, false}), one, 0).sum()}, {one});
  CHECK(wide[0].item<float>() == 2);
}

TEST_CASE("a deviation of 0 has a slope of 0", "[ops][slopes]") {
  for (const bool create : {false, true}) {
    const Tensor x = tensor({{2., 2., 2.}, {1., 2., 3.}}, float64).requires_grad_();
    const V g = numbers(autograd::grad({x.std(1).sum()}, {x}, {.create_graph = create})[0]);
    for (size_t i = 0; i < 3; ++i) CHECK(g[i] == 0);
    CHECK(g[3] == Approx(-0.5));
    CHECK(g[4] == 0);
    CHECK(g[5] == Approx(0.5));
  }
}

TEST_CASE("a product with zeros has slopes where one is left", "[ops][slopes]") {
  for (const bool create : {false, true}) {
    const auto slope = [&](const V& v) {
      const Tensor x = tensor(v).requires_grad_();
      return numbers(autograd::grad({x.prod()}, {x}, {.create_graph = create})[0]);
    };
    CHECK(slope({2, 3, 4}) == V{12, 8, 6});
    CHECK(slope({2, 0, 4}) == V{0, 8, 0});
    CHECK(slope({0, 0, 4}) == V{0, 0, 0});
    CHECK(slope({5}) == V{1});
    CHECK(slope({0}) == V{1});
    const Tensor x = tensor({{2., 0.}, {3., 4.}}).requires_grad_();
    CHECK(numbers(autograd::grad({x.prod(0).sum()}, {x}, {.create_graph = create})[0]) ==
          V{3, 4, 2, 0});
    CHECK(numbers(autograd::grad({x.prod(1, true).sum()}, {x}, {.create_graph = create})[0]) ==
          V{0, 2, 4, 3});
  }
}

TEST_CASE("quotients, remainders and numbers on either side", "[ops][slopes]") {
  const Tensor a = tensor({7., -7.}, float64).requires_grad_();
  const Tensor b = tensor({2., 4.}, float64).requires_grad_();
  auto g = autograd::grad({(a / b).sum()}, {a, b});
  CHECK(numbers(g[0]) == V{0.5, 0.25});
  CHECK(numbers(g[1]) == V{-1.75, 0.4375});
  g = autograd::grad({(a % b).sum()}, {a, b});
  CHECK(numbers(g[0]) == V{1, 1});
  CHECK(numbers(g[1]) == V{-3, 2});
  g = autograd::grad({(5 - a).sum(), (a - 5).sum(), (5 * a).sum(), (a % 3).sum()}, {a});
  CHECK(numbers(g[0]) == V{-1 + 1 + 5 + 1, -1 + 1 + 5 + 1});
  g = autograd::grad({(a - b).sum()}, {a, b});
  CHECK(numbers(g[1]) == V{-1, -1});
  CHECK_THROWS_WITH(floor_divide(a, b).sum().backward(),
                    "derivative for FloorDivideBackward0 is not implemented");
}

TEST_CASE("gradients that are recorded are those of one pass", "[autograd][pointwise]") {
  // One pass computes a derivative by a kernel of its own; for a second derivative it is composed
  // of operations.
  const std::vector<std::pair<std::string, std::function<Tensor(const Tensor&)>>> functions{
      {"gelu", [](const Tensor& x) { return x.gelu(); }},
      {"gelu tanh", [](const Tensor& x) { return x.gelu("tanh"); }},
      {"silu", [](const Tensor& x) { return x.silu(); }},
      {"sigmoid", [](const Tensor& x) { return x.sigmoid(); }},
      {"tanh", [](const Tensor& x) { return x.tanh(); }},
      {"relu", [](const Tensor& x) { return x.relu(); }},
      {"erf", [](const Tensor& x) { return x.erf(); }},
      {"erfc", [](const Tensor& x) { return x.erfc(); }},
      {"exp", [](const Tensor& x) { return x.exp(); }},
      {"softmax", [](const Tensor& x) { return x.softmax(-1); }},
      {"log_softmax", [](const Tensor& x) { return x.log_softmax(-1); }},
      {"layer_norm", [](const Tensor& x) { return nn::functional::layer_norm(x, {x.size(-1)}); }},
  };
  for (const auto& [name, f] : functions) {
    INFO(name);
    const Tensor x = linspace(-6, 6, 120, {.dtype = float64}).view({4, 30}).requires_grad_();
    const Tensor weight = cos(arange(120.).to(float64)).view({4, 30});
    const Tensor once = autograd::grad({(f(x) * weight).sum()}, {x})[0];
    const Tensor recorded = autograd::grad({(f(x) * weight).sum()}, {x}, {.create_graph = true})[0];
    CHECK(allclose(recorded.detach(), once, 1e-10, 1e-13));
  }
}
