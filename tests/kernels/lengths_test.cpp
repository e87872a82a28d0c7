// Every length up to a few vectors: an element is the same at the end of one as in the middle of
// another, in the functions as in their derivatives.
#include <functional>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

struct Named {
  std::string name;
  std::function<Tensor(const Tensor&)> f;
};

const std::vector<Named>& functions() {
  static const std::vector<Named> all{
      {"neg", [](const Tensor& x) { return neg(x); }},
      {"abs", [](const Tensor& x) { return abs(x); }},
      {"exp", [](const Tensor& x) { return exp(x); }},
      {"expm1", [](const Tensor& x) { return expm1(x); }},
      {"log", [](const Tensor& x) { return log(x); }},
      {"log1p", [](const Tensor& x) { return log1p(x); }},
      {"sqrt", [](const Tensor& x) { return sqrt(x); }},
      {"rsqrt", [](const Tensor& x) { return rsqrt(x); }},
      {"reciprocal", [](const Tensor& x) { return reciprocal(x); }},
      {"square", [](const Tensor& x) { return square(x); }},
      {"sin", [](const Tensor& x) { return sin(x); }},
      {"cos", [](const Tensor& x) { return cos(x); }},
      {"tanh", [](const Tensor& x) { return tanh(x); }},
      {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
      {"erf", [](const Tensor& x) { return erf(x); }},
      {"erfc", [](const Tensor& x) { return erfc(x); }},
      {"relu", [](const Tensor& x) { return relu(x); }},
      {"gelu", [](const Tensor& x) { return gelu(x); }},
      {"gelu tanh", [](const Tensor& x) { return gelu(x, "tanh"); }},
      {"silu", [](const Tensor& x) { return silu(x); }},
      {"softplus", [](const Tensor& x) { return softplus(x, 2, 3); }},
      {"floor", [](const Tensor& x) { return floor(x); }},
      {"round", [](const Tensor& x) { return round(x); }},
      {"sign", [](const Tensor& x) { return sign(x); }},
      {"clamp", [](const Tensor& x) { return clamp(x, -1, 1); }},
      {"x * x", [](const Tensor& x) { return x * x; }},
      {"x / 3", [](const Tensor& x) { return x / 3; }},
      {"3 / x", [](const Tensor& x) { return 3 / x; }},
      {"pow 1.5", [](const Tensor& x) { return pow(x, 1.5); }},
      {"maximum", [](const Tensor& x) { return maximum(x, x * -1); }},
      {"where", [](const Tensor& x) { return where(x > 0, x, 2); }},
      {"x < 0.5", [](const Tensor& x) { return x < 0.5; }},
      {"x == x", [](const Tensor& x) { return x == x; }},
      {"to int64", [](const Tensor& x) { return (x * 10).to(int64); }},
      {"to double and back", [](const Tensor& x) { return x.to(float64).to(x.dtype()); }},
      {"to half and back", [](const Tensor& x) { return x.to(float16).to(x.dtype()); }},
      {"flip", [](const Tensor& x) { return x.flip(0).flip(0); }},
      {"masked_fill", [](const Tensor& x) { return x.masked_fill(x > 0, 1); }},
  };
  return all;
}

/// Whether a and b have the same bits; all nan are one.
bool same(const Tensor& a, const Tensor& b) { return allclose(a, b, 0, 0, true); }

}  // namespace

TEST_CASE("functions of every length up to 70", "[kernels][lengths]") {
  for (const DType dtype : {float32, float64, bfloat16, float16}) {
    manual_seed(0);
    const Tensor x = (randn({70}) * 2).to(dtype);
    for (const Named& f : functions()) {
      const Tensor whole = f.f(x);
      int wrong = 0;
      for (int64_t n = 0; n <= 70; ++n) {
        wrong += !same(f.f(x.slice(0, 0, n)), whole.slice(0, 0, n));
        wrong += !same(f.f(x.slice(0, 70 - n)), whole.slice(0, 70 - n));
      }
      CAPTURE(f.name, name(dtype));
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("derivatives of every length up to 70", "[kernels][lengths]") {
  for (const DType dtype : {float32, float64, bfloat16, float16}) {
    manual_seed(0);
    const Tensor x = (randn({70}) * 2).to(dtype), g = randn({70}).to(dtype);
    for (const Named& f : functions()) {
      const auto slope = [&](int64_t begin, int64_t end) {
        const Tensor in = x.slice(0, begin, end).clone().requires_grad_();
        const Tensor y = f.f(in);
        if (!y.requires_grad()) return Tensor();
        return autograd::grad({y}, {in}, {.grad_outputs = {g.slice(0, begin, end)}})[0];
      };
      const Tensor whole = slope(0, 70);
      if (!whole.defined()) continue;
      int wrong = 0;
      for (int64_t n = 0; n <= 70; n += n < 40 ? 1 : 3) {
        wrong += !same(slope(0, n), whole.slice(0, 0, n));
        wrong += !same(slope(70 - n, 70), whole.slice(0, 70 - n));
      }
      CAPTURE(f.name, name(dtype));
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("rows of every length up to 70", "[kernels][lengths]") {
  for (const DType dtype : {float32, float64, bfloat16}) {
    manual_seed(1);
    const double near = dtype == float64 ? 1e-12 : dtype == float32 ? 1e-5 : 0.03;
    for (int64_t n = 1; n <= 70; ++n) {
      const Tensor x = randn({3, n}).to(dtype), wide = x.to(float64), g = randn({3, n}).to(dtype);
      const auto close = [&](const Tensor& a, const Tensor& b) {
        return (a.to(float64) - b).abs().max().item<double>() <=
               near * (1 + b.abs().max().item<double>());
      };
      const Tensor total = wide.exp().sum(1, true), soft = wide.exp() / total;
      const Tensor center = wide - wide.sum(1, true) / n,
                   scale = (center.square().sum(1, true) / n + 0.1).rsqrt();
      CAPTURE(name(dtype), n);
      CHECK(close(x.softmax(1), soft));
      CHECK(close(x.log_softmax(1), wide - total.log()));
      CHECK(close(x.logsumexp(1), total.log().squeeze(1)));
      CHECK(close(layer_norm(x, {n}, {}, {}, 0.1), center * scale));
      CHECK(close(x.sum(1), wide.cumsum(1).select(1, -1)));
      CHECK(close(x.norm(1, 1), wide.abs().cumsum(1).select(1, -1)));
      CHECK(close(x.norm(2, 1), wide.square().cumsum(1).select(1, -1).sqrt()));
      CHECK(equal(x.amax(1), x.sort(1).values.select(1, -1)));
      CHECK(equal(x.amin(1), x.sort(1).values.select(1, 0)));
      CHECK(equal(x.argmax(1), x.sort(1, true).indices.select(1, 0)));
      const Tensor in = x.clone().requires_grad_();
      const Tensor dy = g.to(float64);
      CHECK(close(autograd::grad({in.softmax(1)}, {in}, {.grad_outputs = {g}})[0],
                  soft * (dy - (dy * soft).cumsum(1).slice(1, -1))));
      CHECK(close(autograd::grad({in.log_softmax(1)}, {in}, {.grad_outputs = {g}})[0],
                  dy - soft * dy.cumsum(1).slice(1, -1)));
    }
  }
}
