// Every broadcasting operation against a scalar loop, over shapes, layouts and dtypes.
#include <functional>

#include "catch.h"
#include "core/dispatch.h"
#include "core/promote.h"
#include "layouts.h"
#include "wick/ops.h"

using layouts::Rng;
using wick::DType;
using wick::Tensor;

namespace {

struct Case {
  const char* name;
  std::function<Tensor(const Tensor&, const Tensor&)> op;
  std::function<double(double, double)> floating;
  std::function<int64_t(int64_t, int64_t)> integer;
  bool bools = true;     // works on bools too
  bool specials = true;  // the scalar version holds for inf and nan
  bool floats = true;
};

int64_t floor_div(int64_t a, int64_t b) {
  return static_cast<int64_t>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
}

int64_t int_pow(int64_t a, int64_t b) {
  if (b < 0) return a == 1 || (a == -1 && b % 2 == 0) ? 1 : (a == -1 ? -1 : 0);
  uint64_t result = 1;  // wraps around
  for (; b > 0; --b) result *= static_cast<uint64_t>(a);
  return static_cast<int64_t>(result);
}

template <class F>
Case comparison(const char* name, std::function<Tensor(const Tensor&, const Tensor&)> op, F f) {
  return {name, std::move(op), [f](double a, double b) { return f(a, b) ? 1.0 : 0.0; },
          [f](int64_t a, int64_t b) { return int64_t{f(a, b)}; }};
}

double nan_or(double a, double b, double value) {
  return std::isnan(a + b) && (std::isnan(a) || std::isnan(b)) ? std::nan("") : value;
}

std::vector<Case> cases() {
  const auto t = [](Tensor (*f)(const Tensor&, const Tensor&)) { return f; };
  std::vector<Case> all{
      {"add", t(wick::add), [](double a, double b) { return a + b; },
       [](int64_t a, int64_t b) { return a + b; }},
      {"sub", t(wick::sub), [](double a, double b) { return a - b; },
       [](int64_t a, int64_t b) { return a - b; }, false},
      {"mul", t(wick::mul), [](double a, double b) { return a * b; },
       [](int64_t a, int64_t b) { return a * b; }},
      {"div", t(wick::div), [](double a, double b) { return a / b; }, {}},
      {"floor_divide", t(wick::floor_divide), [](double a, double b) { return std::floor(a / b); },
       floor_div, false, false},
      {"remainder", t(wick::remainder),
       [](double a, double b) { return b == 0 ? std::nan("") : a - b * std::floor(a / b); },
       [](int64_t a, int64_t b) { return a - b * floor_div(a, b); }, false, false},
      {"pow", t(wick::pow), [](double a, double b) { return std::pow(a, b); }, int_pow, false},
      {"maximum", t(wick::maximum), [](double a, double b) { return nan_or(a, b, std::max(a, b)); },
       [](int64_t a, int64_t b) { return std::max(a, b); }},
      {"minimum", t(wick::minimum), [](double a, double b) { return nan_or(a, b, std::min(a, b)); },
       [](int64_t a, int64_t b) { return std::min(a, b); }},
      {"bitwise_and",
       wick::bitwise_and,
       {},
       [](int64_t a, int64_t b) { return a & b; },
       true,
       false,
       false},
      {"bitwise_or",
       wick::bitwise_or,
       {},
       [](int64_t a, int64_t b) { return a | b; },
       true,
       false,
       false},
      {"bitwise_xor",
       wick::bitwise_xor,
       {},
       [](int64_t a, int64_t b) { return a ^ b; },
       true,
       false,
       false},
  };
  all.push_back(comparison("eq", t(wick::eq), [](auto a, auto b) { return a == b; }));
  all.push_back(comparison("ne", t(wick::ne), [](auto a, auto b) { return a != b; }));
  all.push_back(comparison("lt", t(wick::lt), [](auto a, auto b) { return a < b; }));
  all.push_back(comparison("le", t(wick::le), [](auto a, auto b) { return a <= b; }));
  all.push_back(comparison("gt", t(wick::gt), [](auto a, auto b) { return a > b; }));
  all.push_back(comparison("ge", t(wick::ge), [](auto a, auto b) { return a >= b; }));
  const auto logic = [&](const char* name, auto op, auto f) {
    all.push_back(comparison(name, op, [f](auto a, auto b) { return f(a != 0, b != 0); }));
  };
  logic("logical_and", wick::logical_and, [](bool a, bool b) { return a && b; });
  logic("logical_or", wick::logical_or, [](bool a, bool b) { return a || b; });
  logic("logical_xor", wick::logical_xor, [](bool a, bool b) { return a != b; });
  return all;
}

/// `value` as an element of `dtype`, computed in float for the half types, read back as a double.
double rounded(double value, DType dtype) {
  return wick::core::dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return static_cast<double>(wick::core::convert<T>(static_cast<wick::core::Compute<T>>(value)));
  });
}

/// `value` wrapped around into an integer dtype.
int64_t wrapped(int64_t value, DType dtype) {
  if (dtype == DType::uint8) return static_cast<uint8_t>(value);
  if (dtype == DType::int32) return static_cast<int32_t>(value);
  return value;
}

/// What the operation gives for a pair, in the dtype of the result.
double expected(const Case& c, double a, double b, DType compute, DType result) {
  if (wick::is_floating_point(compute))
    return rounded(c.floating(rounded(a, compute), rounded(b, compute)), result);
  // A 0-d int64 tensor wraps around when it meets a tensor of a smaller type.
  const int64_t value = c.integer(wrapped(static_cast<int64_t>(a), compute),
                                  wrapped(static_cast<int64_t>(b), compute));
  return static_cast<double>(result == DType::bool_ ? int64_t{value != 0} : wrapped(value, result));
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Whether the operation is defined on these (integers must not be divided by zero).
bool defined_for(const Case& c, DType compute, const Tensor& b) {
  if (compute == DType::bool_ && !c.bools) return false;
  if (wick::is_floating_point(compute)) return c.floats;
  const std::string name = c.name;
  if (name != "floor_divide" && name != "remainder") return true;
  const std::vector<double> divisors = b.to_vector<double>();
  return std::find(divisors.begin(), divisors.end(), 0.0) == divisors.end();
}

void check_case(const Case& c, Rng& rng, DType da, DType db) {
  const wick::Shape shape = layouts::random_shape(rng);
  const bool specials = c.specials && wick::is_floating_point(da) && wick::is_floating_point(db);
  const Tensor a = layouts::random_tensor(rng, layouts::broadcastable(rng, shape), da, specials);
  const Tensor b = layouts::random_tensor(rng, layouts::broadcastable(rng, shape), db, specials);
  DType compute = wick::core::result_type(a, b);
  if (!c.integer && !wick::is_floating_point(compute)) compute = DType::float32;
  if (std::string(c.name) == "sub" && (da == DType::bool_ || db == DType::bool_)) return;
  if (!defined_for(c, compute, b)) return;

  const Tensor y = c.op(a, b);
  const wick::Shape out = wick::broadcast_shapes(a.shape(), b.shape());
  REQUIRE(y.shape() == out);
  const std::vector<double> va = layouts::spread(a, out);
  const std::vector<double> vb = layouts::spread(b, out);
  const std::vector<double> vy = y.to_vector<double>();
  for (size_t i = 0; i < vy.size(); ++i) {
    const double want = expected(c, va[i], vb[i], compute, y.dtype());
    INFO(c.name << " " << wick::name(da) << " " << wick::name(db) << ": " << va[i] << ", " << vb[i]
                << " gives " << vy[i] << ", expected " << want);
    if (!same(vy[i], want)) REQUIRE(false);
  }
  SUCCEED();
}

}  // namespace

TEST_CASE("Broadcasting operations agree with a scalar loop", "[pointwise]") {
  Rng rng(1);
  for (const Case& c : cases()) {
    for (int da = 0; da < wick::dtype_count; ++da)
      for (int db = 0; db < wick::dtype_count; ++db)
        for (int repeat = 0; repeat < (da == db ? 10 : 2); ++repeat)
          check_case(c, rng, static_cast<DType>(da), static_cast<DType>(db));
  }
}

TEST_CASE("where agrees with a scalar loop", "[pointwise]") {
  Rng rng(2);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const wick::Shape shape = layouts::random_shape(rng);
    const auto dtype = static_cast<DType>(layouts::pick(rng, 0, wick::dtype_count - 1));
    const Tensor c = layouts::random_tensor(rng, layouts::broadcastable(rng, shape), DType::bool_);
    const Tensor a = layouts::random_tensor(rng, layouts::broadcastable(rng, shape), dtype);
    const Tensor b = layouts::random_tensor(rng, layouts::broadcastable(rng, shape), dtype);
    const Tensor y = where(c, a, b);
    REQUIRE(y.dtype() == dtype);
    const std::vector<double> vc = layouts::spread(c, y.shape());
    std::vector<double> want = layouts::spread(a, y.shape());
    const std::vector<double> vb = layouts::spread(b, y.shape());
    for (size_t i = 0; i < want.size(); ++i)
      if (vc[i] == 0) want[i] = vb[i];
    REQUIRE(y.to_vector<double>() == want);
  }
}

TEST_CASE("In-place forms write what the plain forms return", "[pointwise]") {
  Rng rng(3);
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16, DType::float16,
                            DType::int64, DType::int32, DType::uint8})
    for (int repeat = 0; repeat < 20; ++repeat) {
      const wick::Shape shape = layouts::random_shape(rng);
      const Tensor base = layouts::random_tensor(rng, shape, dtype).contiguous().clone();
      const Tensor x = repeat % 2 && base.dim() >= 2 ? base.transpose(0, 1) : base;
      const Tensor b = layouts::random_tensor(rng, repeat % 3 ? x.shape() : wick::Shape{}, dtype);
      const auto check = [&](const Tensor& want, auto in_place) {
        const Tensor y = x.clone();
        in_place(y);
        REQUIRE(y.dtype() == dtype);
        REQUIRE(y.version() > 0);
        REQUIRE(y.to_vector<double>() == want.to(dtype).to_vector<double>());
      };
      check(x + b, [&](const Tensor& y) { y.add_(b); });
      check(x - b, [&](const Tensor& y) { y.sub_(b); });
      check(x * b, [&](const Tensor& y) { y.mul_(b); });
      check(x + 2, [&](const Tensor& y) { y.add_(2); });
      check(pow(x, 2), [&](const Tensor& y) { y.pow_(2); });
      check(remainder(x, 3), [&](const Tensor& y) { y.remainder_(3); });
      check(clamp(x, 0, 2), [&](const Tensor& y) { y.clamp_(0, 2); });
      check(abs(x), [&](const Tensor& y) { abs_(y); });
      check(relu(x), [&](const Tensor& y) { relu_(y); });
      if (!wick::is_floating_point(dtype)) continue;
      check(exp(x), [&](const Tensor& y) { exp_(y); });
      check(x / 4, [&](const Tensor& y) { y /= 4; });
    }
}
