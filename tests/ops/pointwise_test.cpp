#include <bit>
#include <cmath>
#include <limits>

#include "catch.h"
#include "layouts.h"
#include "wick/autograd.h"
#include "wick/device.h"
#include "wick/ops.h"
#include "wick/random.h"

using namespace wick;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
const float nan_value = std::nanf("");

std::vector<float> floats(const Tensor& x) { return x.to_vector<float>(); }
std::vector<int64_t> integers(const Tensor& x) { return x.to_vector<int64_t>(); }

struct Named {
  const char* name;
  Tensor (*function)(const Tensor&);
  const Tensor& (*in_place)(const Tensor&);
};

const Named unary_functions[] = {
    {"neg", neg, neg_},
    {"abs", abs, abs_},
    {"sign", sign, sign_},
    {"exp", exp, exp_},
    {"expm1", expm1, expm1_},
    {"log", log, log_},
    {"log1p", log1p, log1p_},
    {"sqrt", sqrt, sqrt_},
    {"rsqrt", rsqrt, rsqrt_},
    {"reciprocal", reciprocal, reciprocal_},
    {"square", square, square_},
    {"sin", sin, sin_},
    {"cos", cos, cos_},
    {"tanh", tanh, tanh_},
    {"sigmoid", sigmoid, sigmoid_},
    {"erf", erf, erf_},
    {"erfc", erfc, erfc_},
    {"erfinv", erfinv, erfinv_},
    {"relu", relu, relu_},
    {"silu", silu, silu_},
    {"floor", floor, floor_},
    {"ceil", ceil, ceil_},
    {"round", round, round_},
    {"gelu", [](const Tensor& x) { return gelu(x); },
     [](const Tensor& x) -> const Tensor& { return gelu_(x); }},
    {"gelu tanh", [](const Tensor& x) { return gelu(x, "tanh"); },
     [](const Tensor& x) -> const Tensor& { return gelu_(x, "tanh"); }},
    {"softplus", [](const Tensor& x) { return softplus(x); }, nullptr},
    {"clamp", [](const Tensor& x) { return clamp(x, -1, 1); },
     [](const Tensor& x) -> const Tensor& { return clamp_(x, -1, 1); }},
    {"pow 2", [](const Tensor& x) { return pow(x, 2); }, nullptr},
    {"pow 3", [](const Tensor& x) { return pow(x, 3); }, nullptr},
    {"pow -1.5", [](const Tensor& x) { return pow(x, -1.5); }, nullptr},
    {"x + 0.1", [](const Tensor& x) { return x + 0.1; }, nullptr},
    {"1 / x", [](const Tensor& x) { return 1 / x; }, nullptr},
};

/// Bit patterns of the elements in row-major order; all not_a_number are one.
std::vector<uint64_t> bits(const Tensor& x) {
  std::vector<uint64_t> result;
  for (const double v : x.to_vector<double>())
    result.push_back(std::isnan(v) ? ~uint64_t{0} : std::bit_cast<uint64_t>(v));
  return result;
}

Tensor mixed_numbers(int64_t n, DType dtype) {
  std::vector<float> values{0.0F,   -0.0F,   infinity, -infinity, nan_value,
                            1e-40F, -1e-40F, 1e30F,    -1e30F};
  layouts::Rng rng(7);
  std::normal_distribution<float> normal(0, 3);
  while (static_cast<int64_t>(values.size()) < n) values.push_back(normal(rng));
  return tensor(values).to(dtype);
}

}  // namespace

TEST_CASE("An element's result depends on nothing but the element", "[pointwise]") {
  const int threads = get_num_threads();
  for (const DType dtype : {float32, float64, bfloat16, float16})
    for (const Named& f : unary_functions) {
      INFO(f.name << " " << name(dtype));
      const Tensor x = mixed_numbers(40000, dtype);
      set_num_threads(1);
      const std::vector<uint64_t> want = bits(f.function(x));
      set_num_threads(3);
      CHECK(bits(f.function(x)) == want);
      set_num_threads(threads);
      CHECK(bits(f.function(x.view({200, 200}).t()).t()) == want);
      CHECK(bits(f.function(x.view({200, 200}).t().contiguous().t())) == want);
      const Tensor spaced = zeros({40000, 3}, dtype);
      spaced.select(1, 1).copy_(x);
      CHECK(bits(f.function(spaced.select(1, 1))) == want);
      if (f.in_place) {
        f.in_place(spaced.select(1, 1));
        CHECK(bits(spaced.select(1, 1)) == want);
        CHECK(bits(spaced.select(1, 0)) == bits(zeros({40000})));
      }
      for (int64_t i = 0; i < 40; ++i) {
        CHECK(bits(f.function(x.select(0, i)))[0] == want[static_cast<size_t>(i)]);
        const auto part = bits(f.function(x.slice(0, i, i + 5)));
        CHECK(std::equal(part.begin(), part.end(), want.begin() + i));
      }
      CHECK(f.function(x.slice(0, 0, 0)).shape() == Shape{0});
      CHECK(f.function(empty({2, 3}, {.dtype = dtype, .device = meta})).is_meta());
      CHECK_THROWS_AS(f.function(Tensor()), Error);
    }
}

TEST_CASE("Integers give float32 where the function is not one of integers", "[pointwise]") {
  const Tensor i = tensor({1, -2, 3});
  CHECK(exp(i).dtype() == float32);
  CHECK(floats(exp(i)) == floats(exp(i.to(float32))));
  CHECK(floats(sigmoid(tensor({true, false}))) == floats(sigmoid(tensor({1., 0.}))));
  CHECK(sqrt(i.to(uint8)).dtype() == float32);
  CHECK_THROWS_WITH(exp_(i), "result type Float can't be cast to the desired output type Long");
  CHECK_THROWS_AS(exp_(i), TypeError);
  CHECK(integers(i) == std::vector<int64_t>{1, -2, 3});

  CHECK(integers(abs(i)) == std::vector<int64_t>{1, 2, 3});
  CHECK(integers(neg(i)) == std::vector<int64_t>{-1, 2, -3});
  CHECK(integers(sign(i)) == std::vector<int64_t>{1, -1, 1});
  CHECK(integers(relu(i)) == std::vector<int64_t>{1, 0, 3});
  CHECK(integers(square(i)) == std::vector<int64_t>{1, 4, 9});
  Tensor (*const rounding[])(const Tensor&) = {wick::floor, wick::ceil, wick::round};
  for (const auto f : rounding) {
    CHECK(integers(f(i)) == integers(i));
    CHECK(!f(i).shares_storage(i));
  }
  CHECK(integers(neg(tensor({1, 200}).to(uint8))) == std::vector<int64_t>{255, 56});
  CHECK(integers(sign(tensor({0, 200}).to(uint8))) == std::vector<int64_t>{0, 1});
  CHECK(square(tensor({true})).dtype() == int64);
  CHECK(sign(tensor({true})).dtype() == bool_);
}

TEST_CASE("What functions refuse, in PyTorch's words", "[pointwise]") {
  const Tensor b = tensor({true, false});
  const Tensor i = tensor({1, 2});
  const Tensor f = tensor({1., 2.});
  const char* const negation =
      "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert "
      "a mask, use the `~` or `logical_not()` operator instead.";
  CHECK_THROWS_WITH(-b, negation);
  CHECK_THROWS_WITH(neg_(b), negation);
  CHECK_THROWS_WITH(relu(b), "Boolean inputs not supported for relu");
  CHECK_THROWS_WITH(abs(b), "\"abs_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(floor(b), "\"floor_vml_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(ceil(b), "\"ceil_vml_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(round(b), "\"round_vml_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(gelu(i), "\"GeluKernelImpl\" not implemented for 'Long'");
  CHECK_THROWS_WITH(gelu(b, "tanh"), "\"GeluKernelImpl\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(silu(i), "\"silu_cpu\" not implemented for 'Long'");
  CHECK_THROWS_WITH(softplus(i), "\"softplus_cpu\" not implemented for 'Long'");
  CHECK_THROWS_AS(gelu(f, "Tanh"), ValueError);
  CHECK_THROWS_WITH(gelu(f, "Tanh"), "approximate argument must be either none or tanh.");
  CHECK_THROWS_WITH(b - b,
                    "Subtraction, the `-` operator, with two bool tensors is not supported. Use "
                    "the `^` or `logical_xor()` operator instead.");
  CHECK_THROWS_WITH(
      1 - b,
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you "
      "are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
  CHECK_THROWS_WITH(floor_divide(b, b), "\"div_floor_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(b % b, "\"remainder_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(pow(b, b), "\"pow\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(f & f, "\"bitwise_and_cpu\" not implemented for 'Float'");
  CHECK_THROWS_WITH(~f, "\"bitwise_not_cpu\" not implemented for 'Float'");
  CHECK_THROWS_WITH(floor_divide(i, 0), "ZeroDivisionError: floor_divide of int64 by zero");
  CHECK_THROWS_WITH(i % tensor({0, 1}), "ZeroDivisionError: remainder of int64 by zero");
  CHECK_THROWS_AS(i % 0, ValueError);
  CHECK_THROWS_WITH(pow(i, -1), "Integers to negative integer powers are not allowed.");
  CHECK_THROWS_AS(i.pow_(-1), ValueError);
  CHECK_THROWS_WITH(ones({3}) + ones({4}),
                    "The size of tensor a (3) must match the size of tensor b (4) at non-singleton "
                    "dimension 0");
  CHECK_THROWS_AS(ones({2, 3}) * ones({2, 4}), ShapeError);
  CHECK_THROWS_AS(f + Tensor(), Error);
  CHECK_THROWS_AS(Tensor() + 1, Error);
}

TEST_CASE("Integer arithmetic wraps around and never traps", "[pointwise]") {
  const Tensor low = full({2}, INT64_MIN);
  CHECK(integers(low - 1) == std::vector<int64_t>(2, INT64_MAX));
  CHECK(integers(-low) == std::vector<int64_t>(2, INT64_MIN));
  CHECK(integers(abs(low)) == std::vector<int64_t>(2, INT64_MIN));
  CHECK(integers(low * -1) == std::vector<int64_t>(2, INT64_MIN));
  CHECK(integers(floor_divide(low, -1)) == std::vector<int64_t>(2, INT64_MIN));
  CHECK(integers(low % -1) == std::vector<int64_t>(2, 0));
  CHECK(integers(full({1}, 65536, int32) * 65536) == std::vector<int64_t>{0});
  CHECK(integers(tensor({200}).to(uint8) + 100) == std::vector<int64_t>{44});
  CHECK(integers(tensor({200}).to(uint8) * tensor({200}).to(uint8)) == std::vector<int64_t>{64});
  CHECK(integers(pow(tensor({3}), 63)) == std::vector<int64_t>{-3237885987332494933});
  CHECK(integers(floor_divide(tensor({5, -5, 5, -5}), tensor({3, 3, -3, -3}))) ==
        std::vector<int64_t>{1, -2, -2, 1});
  CHECK(integers(tensor({5, -5, 5, -5}) % tensor({3, 3, -3, -3})) ==
        std::vector<int64_t>{2, 1, -1, -2});
  CHECK(integers(pow(tensor({1, -1, 2, -1}), tensor({-1, -1, -1, -2}))) ==
        std::vector<int64_t>{1, -1, 0, 1});
}

TEST_CASE("Division and powers at the edges of floating point", "[pointwise]") {
  CHECK(floats(tensor({1, -1, 0}) / tensor({2, 2, 1})) == std::vector<float>{0.5F, -0.5F, 0});
  CHECK(bits(floor_divide(tensor({5., -5., infinity, 1.5, 0.}),
                          tensor({infinity, infinity, infinity, 0., -2.}))) ==
        bits(tensor({0., -1., std::nan(""), infinity, -0.})));
  CHECK(bits(tensor({5., -5., infinity, -0., -6., 1.}) %
             tensor({infinity, infinity, infinity, 3., 3., 0.})) ==
        bits(tensor({5., infinity, std::nan(""), -0., -0., std::nan("")})));
  const Tensor edges = tensor({infinity, -infinity, 0., -0.});
  CHECK(bits(pow(edges, -1)) == bits(tensor({0., -0., infinity, -infinity})));
  CHECK(bits(pow(edges, 0.5)) == bits(tensor({infinity, std::nan(""), 0., -0.})));
  CHECK(bits(pow(edges, -0.5)) == bits(tensor({0., std::nan(""), infinity, -infinity})));
  CHECK(bits(pow(edges, -2)) == bits(tensor({0., 0., infinity, infinity})));
  CHECK(floats(pow(tensor({infinity, -2., std::nan("")}), 0)) == std::vector<float>{1, 1, 1});
  CHECK(floats(pow(2.0, tensor({1, -2, 3}))) == std::vector<float>{2, 0.25F, 8});
  CHECK(integers(pow(2, tensor({1, 3}))) == std::vector<int64_t>{2, 8});
  const Tensor x = mixed_numbers(1000, float32);
  CHECK(bits(pow(x, 2)) == bits(x * x));
  CHECK(bits(pow(x, 3)) == bits(x * x * x));
  CHECK(bits(pow(x, 1)) == bits(x));
  // A half-precision cube is rounded once.
  CHECK(floats(pow(tensor({1.1}).to(float16), 3)) ==
        floats(pow(tensor({1.1}).to(float16).to(float32), 3).to(float16)));
}

TEST_CASE("maximum, minimum and clamp keep nan", "[pointwise]") {
  const double not_a_number = std::nan("");
  CHECK(bits(maximum(tensor({not_a_number, 1., 2.}), tensor({1., not_a_number, 3.}))) ==
        bits(tensor({not_a_number, not_a_number, 3.})));
  CHECK(bits(minimum(tensor({not_a_number, 1., 2.}), tensor({1., not_a_number, 3.}))) ==
        bits(tensor({not_a_number, not_a_number, 2.})));
  CHECK(bits(clamp(tensor({not_a_number, -5., 0.5, 5., -infinity}), -1, 1)) ==
        bits(tensor({not_a_number, -1., 0.5, 1., -1.})));
  CHECK(bits(clamp(tensor({1., 2.}), not_a_number, 1)) ==
        bits(tensor({not_a_number, not_a_number})));
  CHECK(bits(clamp(tensor({1., 2.}), 0, not_a_number)) ==
        bits(tensor({not_a_number, not_a_number})));
  CHECK(floats(clamp(tensor({1., 2.}), 3, 1)) == std::vector<float>{1, 1});
  CHECK(floats(clamp(tensor({1., 2.}), {}, 1.5)) == std::vector<float>{1, 1.5F});
  CHECK(clamp(tensor({1, 2}), 0, 1).dtype() == int64);
  CHECK(floats(clamp(tensor({1, -2, 3}), 0.5, 2.5)) == std::vector<float>{1, 0.5F, 2.5F});
  CHECK(integers(clamp(tensor({1, 200}).to(uint8), -5, 300)) == std::vector<int64_t>{1, 200});
  CHECK(integers(clamp(tensor({true, false}), 0, 1)) == std::vector<int64_t>{1, 0});
  CHECK_THROWS_WITH(clamp(tensor({1.}), {}), "clamp: at least one of min and max must be given");
  CHECK_THROWS_WITH(clamp(tensor({1}).to(uint8), 300),
                    "Clamp min value 300 is outside the representable range of Byte");
  CHECK_THROWS_WITH(clamp(tensor({true}), {}, true),
                    "\"clamp_max_scalar_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_AS(tensor({1, 2}).clamp_(0.5), TypeError);
}

TEST_CASE("where picks by a condition", "[pointwise]") {
  const Tensor c = tensor({true, false});
  CHECK(integers(where(c, 1, 2)) == std::vector<int64_t>{1, 2});
  CHECK(where(c, 1., 2).dtype() == float32);
  CHECK(floats(where(c, tensor({1, 2}), 2.5)) == std::vector<float>{1, 2.5F});
  CHECK(where(c, tensor({1, 2}).to(int32), 2).dtype() == int32);
  CHECK(integers(where(c.to(uint8), tensor({1, 2}), tensor({3, 4}))) == std::vector<int64_t>{1, 4});
  CHECK(integers(tensor({1, 2}).where(c, tensor({3, 4}))) == std::vector<int64_t>{1, 4});
  CHECK(where(empty({2}, {.dtype = bool_, .device = meta}), ones({3, 1}), 0).shape() ==
        Shape{3, 2});
  CHECK_THROWS_AS(where(tensor({1, 2}), c, c), TypeError);
  CHECK_THROWS_WITH(
      where(tensor({1, 2}), c, c),
      "where expected condition to be a boolean tensor, but got a tensor with dtype Long");
  CHECK_THROWS_AS(where(ones({3}, bool_), ones({2}), 1), ShapeError);
}

TEST_CASE("erfinv inverts erf", "[pointwise]") {
  for (double y = -5.8; y < 5.8; y += 0.01) {
    const double x = std::erf(y);
    if (std::fabs(x) == 1) continue;
    const double back = std::erf(erfinv(full({}, x, float64)).item<double>());
    INFO(y);
    CHECK(std::fabs(back - x) <= 4e-16 * std::fabs(x));
  }
  // Where erf is steep, the inverse itself is known to the last digits.
  for (double y = 1e-300; y < 1; y *= 3.7)
    CHECK(erfinv(full({}, std::erf(y), float64)).item<double>() == Approx(y).epsilon(1e-15));
  CHECK(bits(erfinv(tensor({1., -1., 0., 2., std::nan("")}))) ==
        bits(tensor({infinity, -infinity, 0., std::nan(""), std::nan("")})));
  CHECK(erfinv(tensor({0.5F})).item<float>() == 0.47693628F);
}

TEST_CASE("softplus is linear above its threshold", "[pointwise]") {
  CHECK(floats(softplus(tensor({21., infinity}))) == std::vector<float>{21, infinity});
  const Tensor y = softplus(tensor({1.5, -2.5, 0.}), 2, 1);
  CHECK(y(0).item<float>() == 1.5F);
  CHECK(y(1).item<float>() == Approx(std::log1p(std::exp(-5.0)) / 2));
  CHECK(y(2).item<float>() == Approx(std::log(2.0) / 2));
  CHECK(softplus(full({}, -80.0)).item<float>() == Approx(std::exp(-80.0)));
}

TEST_CASE("Operations note how their results came to be", "[pointwise]") {
  const Tensor x = tensor({0.5, 1.});
  x.requires_grad_();
  CHECK((x + 1).grad_fn() == "AddBackward0");
  CHECK((1 - x).grad_fn() == "RsubBackward1");
  CHECK((2 * x).grad_fn() == "MulBackward0");
  CHECK((x % x).grad_fn() == "RemainderBackward1");
  CHECK(pow(x, 2).grad_fn() == "PowBackward0");
  CHECK(pow(x, x).grad_fn() == "PowBackward1");
  CHECK(log1p(x).grad_fn() == "Log1PBackward0");
  CHECK(gelu(x).grad_fn() == "GeluBackward0");
  CHECK(softplus(x).grad_fn() == "SoftplusBackward0");
  CHECK(clamp(x, 0).grad_fn() == "ClampBackward1");
  CHECK(where(x > 0, x, 0).grad_fn() == "WhereBackward0");
  CHECK((x > 0).grad_fn().empty());
  CHECK(autograd::leaves(exp(x) * x.to(float64)).size() == 1);
  const Tensor y = x * 1;
  y.exp_();
  CHECK(y.grad_fn() == "ExpBackward0");
  y.pow_(2);
  CHECK(y.grad_fn() == "PowBackward0");
  const Tensor z = ones({2});
  z.add_(x);
  CHECK(z.requires_grad());
  const NoGradGuard guard;
  CHECK(!exp(x).requires_grad());
}

TEST_CASE("Operations on meta give meta", "[pointwise]") {
  const Tensor x = empty({2, 1}, {.device = meta});
  CHECK((x + ones({3})).shape() == Shape{2, 3});
  CHECK((x + ones({3})).is_meta());
  CHECK((x + ones({3}, float64)).dtype() == float64);
  CHECK((x.to(int64) / 2).dtype() == float32);
  CHECK((x < 1).dtype() == bool_);
  CHECK(x.to(int64).abs().is_meta());
  CHECK(isfinite(x).is_meta());
  CHECK(pow(x, 3).is_meta());
  CHECK(x.add_(1).is_meta());
  CHECK_THROWS_AS(x + ones({3, 3, 3}).narrow(1, 0, 2).narrow(0, 0, 1).expand({1, 2, 3}).t(), Error);
  CHECK_THROWS_AS(x + ones({3, 4}), ShapeError);
}

TEST_CASE("Results larger than the caches have the bits of small ones", "[pointwise]") {
  manual_seed(3);
  const int64_t n = (int64_t{1} << 22) + 1003;  // streamed, see kernels/simd/stream.h
  const Tensor x = randn({n}) * 3;
  x.requires_grad_();
  const Tensor y = gelu(x);
  const Tensor g = randn({n});
  y.backward(g);
  const int64_t begin = n - 5000;
  const Tensor part = x.detach().slice(0, begin).clone();
  part.requires_grad_();
  const Tensor y_part = gelu(part);
  y_part.backward(g.slice(0, begin));
  CHECK(equal(y.slice(0, begin), y_part));
  CHECK(equal(x.grad().slice(0, begin), part.grad()));
}

TEST_CASE("The gradient of a sum is that of ones", "[pointwise]") {
  manual_seed(4);
  for (Tensor (*f)(const Tensor&) : {relu, sigmoid, silu}) {
    const Tensor x = randn({3, 7001});  // longer than the block that repeats the 1
    const Tensor a = x.clone(), b = x.clone();
    a.requires_grad_();
    b.requires_grad_();
    (f(a).sum() * 2).backward();
    f(b).backward(full({3, 7001}, 2));
    CHECK(equal(a.grad(), b.grad()));
  }
}
