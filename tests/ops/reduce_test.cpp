#include "ops/reduce_model.h"

#include "catch.h"
#include "wick/autograd.h"

using namespace wick;
using namespace reduce_model;
using Line = std::vector<double>;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> floats = {float32, float64, bfloat16, float16};
const std::vector<DType> dtypes = {float32, float64, bfloat16, float16, int64, int32, uint8, bool_};

double tolerance(DType dtype) {
  if (dtype == float64) return 1e-12;
  return dtype == float32 ? 1e-6 : 1e-2;
}

double total(const Line& line) {
  double sum = 0;
  for (const double v : line) sum += v;
  return sum;
}
double product(const Line& line) {
  double result = 1;
  for (const double v : line) result *= v;
  return result;
}
double variance(const Line& line, int64_t correction) {
  const auto n = static_cast<double>(line.size());
  double sum = 0;
  for (const double v : line) sum += (v - total(line) / n) * (v - total(line) / n);
  return sum / std::max(0.0, n - static_cast<double>(correction));
}
double p_norm(const Line& line, double p) {
  if (line.empty()) return 0;
  double sum = 0, low = inf, high = 0;
  for (const double v : line) {
    sum += p == 0 ? v != 0 : std::pow(std::abs(v), p);
    low = std::min(low, std::abs(v));
    high = std::max(high, std::abs(v));
  }
  if (p == inf) return high;
  if (p == -inf) return low;
  return p == 0 ? sum : std::pow(sum, 1 / p);
}
double log_sum_exp(const Line& line) {
  double sum = 0;
  for (const double v : line) sum += std::exp(v);
  return std::log(sum);
}

using Op = std::function<Tensor(const Tensor&, const Dims&, bool)>;
using Model = std::function<double(const Line&)>;

/// Compares `op` with the model on random views, dims and keepdim.
void check(const Op& op, const Model& model, const std::vector<DType>& types, int times,
           int64_t smallest = 1, bool exact = false) {
  for (const DType dtype : types) {
    for (int i = 0; i < times; ++i) {
      const Tensor x = random_view(dtype, pick(0, 4), smallest);
      const uint32_t all_dims = (1U << x.dim()) - 1;
      uint32_t mask = static_cast<uint32_t>(pick(0, all_dims));
      const Dims dims = random_dims(x.dim(), mask);
      if (dims.empty()) mask = all_dims;
      const bool keepdim = pick(0, 1) == 1;
      const Tensor y = op(x, dims, keepdim);
      CAPTURE(name(dtype), x.shape().to_string(), x.strides().to_string(), mask, keepdim);
      REQUIRE(y.shape() == reduced(x.shape(), mask, keepdim));
      const auto values = y.to_vector<double>();
      const auto expected = lines(x, mask);
      REQUIRE(values.size() == expected.size());
      for (size_t j = 0; j < values.size(); ++j) {
        const double want = model(expected[j]);
        CAPTURE(j, values[j], want);
        REQUIRE(same(values[j], want, exact ? 0 : tolerance(dtype)));
      }
      const Tensor on_meta = op(x.to(meta), dims, keepdim);
      REQUIRE(on_meta.is_meta());
      REQUIRE(on_meta.shape() == y.shape());
      REQUIRE(on_meta.dtype() == y.dtype());
    }
  }
}

}  // namespace

TEST_CASE("reductions agree with a naive model on random views", "[reduce]") {
  const auto sum_op = [](auto& x, auto& d, bool k) { return sum(x, d, k); };
  check(sum_op, total, {int64, int32, uint8, bool_, float64, float32}, 60, 0, true);
  check(sum_op, total, floats, 60, 0);
  check([](auto& x, auto& d, bool k) { return x.mean(d, k); },
        [](const Line& l) { return total(l) / static_cast<double>(l.size()); }, floats, 60, 0);
  check([](auto& x, auto& d, bool k) { return prod(x.to(float64), d, k); }, product, dtypes, 30, 0);
  for (const int64_t c : {0, 1, 3}) {
    check([c](auto& x, auto& d, bool k) { return var(x, d, c, k); },
          [c](const Line& l) { return variance(l, c); }, floats, 40, 0);
    check([c](auto& x, auto& d, bool k) { return x.std(d, c, k); },
          [c](const Line& l) { return std::sqrt(variance(l, c)); }, floats, 40, 0);
  }
  for (const double p : {0., 1., 2., 3., -1., inf, -inf})
    check([p](auto& x, auto& d, bool k) { return norm(x, p, d, k); },
          [p](const Line& l) { return p_norm(l, p); }, floats, 30, 0);
  check([](auto& x, auto& d, bool k) { return logsumexp(x, d, k); }, log_sum_exp, floats, 60, 0);
  check([](auto& x, auto& d, bool k) { return logsumexp(x.to(int64), d, k); }, log_sum_exp,
        {float32}, 30, 0);
  check([](auto& x, auto& d, bool k) { return any(x, d, k); },
        [](const Line& l) {
          return std::any_of(l.begin(), l.end(), [](double v) { return v != 0; }) ? 1.0 : 0.0;
        },
        dtypes, 40, 0);
  check([](auto& x, auto& d, bool k) { return all(x, d, k); },
        [](const Line& l) {
          return std::all_of(l.begin(), l.end(), [](double v) { return v != 0; }) ? 1.0 : 0.0;
        },
        dtypes, 40, 0);
}

TEST_CASE("long sums agree with a model, along rows and columns", "[reduce]") {
  for (const Shape& shape : {Shape{3, 20000}, Shape{5000, 7}, Shape{2, 700, 1100}, Shape{70000}}) {
    const Tensor x = noise(shape);
    for (int64_t dim = 0; dim < x.dim(); ++dim) {
      const auto expected = lines(x, 1U << dim);
      const auto sums = x.sum(dim).to_vector<double>();
      const auto doubles = x.to(float64).sum(dim).to_vector<double>();
      const auto vars = x.var(dim).to_vector<double>();
      const auto norms = x.norm(3, dim).to_vector<double>();
      for (size_t i = 0; i < expected.size(); ++i) {
        REQUIRE(same(sums[i], total(expected[i]), 1e-6));
        REQUIRE(same(doubles[i], total(expected[i]), 1e-10));
        REQUIRE(same(norms[i], p_norm(expected[i], 3), 1e-6));
        if (i < 20) REQUIRE(same(vars[i], variance(expected[i], 1), 1e-6));
      }
    }
  }
}

TEST_CASE("sums are exact where PyTorch's are", "[reduce]") {
  CHECK(ones({10'000'000}).sum().item<float>() == 1e7F);
  CHECK(ones({5'000'000, 2}).sum(0).to_vector<float>() == std::vector<float>{5e6F, 5e6F});
  CHECK(full({10'000'000}, 0.1, float64).sum().item<double>() == Approx(1e6).epsilon(1e-15));
  const Tensor x = noise({10'000'000});
  double truth = 0;
  for (const float v : x.span<float>()) truth += static_cast<double>(v);
  CHECK(std::abs(x.mean().item<double>() - truth / 1e7) < 1e-9);
  CHECK(ones({70000}, float16).mean().item<float>() == 1);
  CHECK(full({3000}, 0.1, float64).var().item<double>() == 0);
  CHECK(full({3000, 3}, 0.1, float64).var(0).to_vector<double>() == std::vector<double>(3, 0.0));
}

TEST_CASE("half types are rounded once", "[reduce]") {
  // 2049 + 2^-13: just above the tie between 2048 and 2050, and on it once rounded to float32.
  const Tensor x = tensor({2048., 1., 0x1p-14, 0x1p-14}, float16);
  CHECK(x.sum().item<float>() == 2050);
  CHECK(tensor({-2048., -1., -0x1p-14}, float16).sum().item<float>() == -2050);
  CHECK(tensor({2048., 1.}, float16).sum().item<float>() == 2048);
}

TEST_CASE("results below the range of float round to zero", "[reduce]") {
  for (const double tiny : {1e-30, -1e-30}) {
    const Tensor x = full({2}, tiny, bfloat16);
    CHECK(x.prod().item<float>() == 0);
    CHECK(tensor({tiny, 0.0}, bfloat16).var().item<float>() == 0);
    CHECK(tensor({tiny, 1.0}, bfloat16).prod().item<float>() == x(0).item<float>());
  }
}

TEST_CASE("reductions give the same bits for any number of threads", "[reduce]") {
  for (const DType dtype : {float32, float64}) {
    for (const Shape& shape :
         {Shape{333, 1111}, Shape{300'001}, Shape{3000, 5}, Shape{2, 90'000}}) {
      const Tensor x = noise(shape, dtype);
      for (const Dims& dims : {Dims(), Dims(0), Dims(-1)}) {
        CHECK(same_for_any_threads([&] { return x.sum(dims); }));
        CHECK(same_for_any_threads([&] { return x.mean(dims); }));
        CHECK(same_for_any_threads([&] { return x.prod(dims); }));
        CHECK(same_for_any_threads([&] { return x.var(dims); }));
        CHECK(same_for_any_threads([&] { return x.norm(3, dims); }));
        CHECK(same_for_any_threads([&] { return x.logsumexp(dims); }));
      }
      CHECK(same_for_any_threads([&] { return x.cumsum(0); }));
      CHECK(same_for_any_threads([&] { return x.cumsum(-1); }));
    }
  }
}

TEST_CASE("sum and prod have PyTorch's dtypes and wrap around", "[reduce]") {
  const Tensor x = tensor({1, 2, 3});
  CHECK(x.sum().dtype() == int64);
  CHECK(x.to(uint8).sum().dtype() == int64);
  CHECK(x.to(bool_).prod().dtype() == int64);
  CHECK(x.to(float16).sum().dtype() == float16);
  CHECK(tensor({200, 200}).sum({}, false, uint8).item<int>() == 144);
  CHECK(tensor({2.7, 2.7}).sum({}, false, int64).item<int>() == 4);  // converted first
  CHECK(tensor({0.7, 0.7}).sum({}, false, bool_).dtype() == bool_);
  CHECK(tensor({1, 2}).sum({}, false, float16).item<float>() == 3);
  const int64_t large = int64_t{1} << 62;
  CHECK(tensor(std::vector<int64_t>{large, large}).sum().item<int64_t>() == INT64_MIN);
  CHECK(tensor(std::vector<int64_t>{large, 4}).prod().item<int64_t>() == 0);
  CHECK(tensor({2, 3}).mean({}, false, float16).dtype() == float16);
  CHECK(x.to(uint8).any().dtype() == uint8);
  CHECK(x.all(0).dtype() == bool_);
  CHECK(tensor({missing}).any().item<bool>());
}

TEST_CASE("reductions of nothing and of one element", "[reduce]") {
  const Tensor none_left = ones({2, 0});
  CHECK(none_left.sum(1).to_vector<float>() == std::vector<float>{0, 0});
  CHECK(none_left.prod(1).to_vector<float>() == std::vector<float>{1, 1});
  CHECK(std::isnan(none_left.mean().item<double>()));
  CHECK(std::isnan(none_left.var().item<double>()));
  CHECK(none_left.sum(0).shape() == Shape{0});
  CHECK(none_left.logsumexp(1).to_vector<double>() == Line{-inf, -inf});
  CHECK(none_left.norm(-inf).item<double>() == 0);
  CHECK_FALSE(none_left.any().item<bool>());
  CHECK(none_left.all().item<bool>());
  const Tensor scalar = tensor(3.0);
  CHECK(scalar.sum(0).item<float>() == 3);
  CHECK(scalar.sum(-1, true).shape() == Shape{});
  CHECK(std::isnan(scalar.var().item<double>()));
  CHECK(scalar.var({}, 0).item<double>() == 0);
  CHECK(noise({2, 3}).var(0, 7).to_vector<double>() == Line{inf, inf, inf});
  CHECK(scalar.cumsum(0).item<float>() == 3);
}

TEST_CASE("norm and logsumexp do not overflow", "[reduce]") {
  CHECK(tensor({1e30, 1e30}).norm().item<float>() == Approx(1.41421356e30));
  CHECK(tensor({1e30, 1e30}).norm(3).item<float>() == Approx(1.25992105e30));
  CHECK(tensor({1e-30, 1e-30}).norm().item<float>() == Approx(1.41421356e-30));
  CHECK(std::isnan(tensor({1., missing}).norm(inf).item<double>()));
  CHECK(std::isnan(tensor({1., missing}).norm(-inf).item<double>()));
  CHECK(tensor({1., missing}).norm(0).item<double>() == 2);
  CHECK(std::isnan(tensor({1., 2.}).norm(missing).item<double>()));
  CHECK(tensor({-inf, -inf}).logsumexp(0).item<double>() == -inf);
  CHECK(tensor({inf, -inf}).logsumexp(0).item<double>() == inf);
  CHECK(tensor({inf, 1., inf}).logsumexp(0).item<double>() == inf);
  CHECK(std::isnan(tensor({inf, missing}).logsumexp(0).item<double>()));
  CHECK(tensor({1000., 1000.}).logsumexp(0).item<float>() == Approx(1000.6931));
  CHECK(tensor({-1000., -1000.}, float64).logsumexp(0).item<double>() == Approx(-999.30685));
}

TEST_CASE("cumsum agrees with a model", "[reduce]") {
  for (const DType dtype : dtypes) {
    for (int i = 0; i < 40; ++i) {
      const Tensor x = random_view(dtype, pick(1, 4), 0);
      const int64_t dim = pick(0, x.dim() - 1);
      const Tensor y = x.cumsum(dim - x.dim());
      REQUIRE(y.shape() == x.shape());
      REQUIRE(y.dtype() == (is_floating_point(dtype) ? dtype : int64));
      const auto from = lines(x, 1U << dim), to = lines(y, 1U << dim);
      for (size_t j = 0; j < from.size(); ++j) {
        double running = 0;
        for (size_t r = 0; r < from[j].size(); ++r) REQUIRE(to[j][r] == (running += from[j][r]));
      }
      REQUIRE(cumsum(x.to(meta), dim).shape() == x.shape());
    }
  }
}

TEST_CASE("mistakes in reductions throw PyTorch's texts", "[reduce]") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_MATCHES(x.sum(2), IndexError,
                       Catch::Matchers::Message("Dimension out of range (expected to be in range "
                                                "of [-2, 1], but got 2)"));
  CHECK_THROWS_AS(x.sum({0, -2}), Error);
  CHECK_THROWS_WITH(x.sum({0, -2}), "dim 0 appears multiple times in the list of dims");
  CHECK_THROWS_WITH(tensor({1, 2}).mean(),
                    "mean(): could not infer output dtype. Input dtype must be either a floating "
                    "point or complex dtype. Got: Long");
  CHECK_THROWS_WITH(x.mean({}, false, int64),
                    "mean(): could not infer output dtype. Optional dtype must be either a "
                    "floating point or complex dtype. Got: Long");
  CHECK_THROWS_WITH(tensor({1, 2}).var(),
                    "std and var only support floating point and complex dtypes");
  CHECK_THROWS_WITH(tensor({1, 2}).norm(),
                    "norm(): input dtype should be either floating point or complex. Got Long "
                    "instead.");
  CHECK_THROWS_AS(x.cumsum(2), IndexError);
  CHECK_THROWS_AS(tensor(1.).sum(1), IndexError);
  const Tensor undefined;
  CHECK_THROWS_AS(undefined.sum(), Error);
  CHECK_THROWS_AS(any(undefined), Error);
  CHECK_THROWS_AS(undefined.logsumexp(0), Error);
}

TEST_CASE("reductions are recorded under PyTorch's names", "[reduce]") {
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(x.sum().grad_fn() == "SumBackward0");
  CHECK(x.sum(0).grad_fn() == "SumBackward1");
  CHECK(x.mean().grad_fn() == "MeanBackward0");
  CHECK(x.mean(1).grad_fn() == "MeanBackward1");
  CHECK(x.prod().grad_fn() == "ProdBackward0");
  CHECK(x.prod(1).grad_fn() == "ProdBackward1");
  CHECK(x.var().grad_fn() == "VarBackward0");
  CHECK(x.std().grad_fn() == "StdBackward0");
  CHECK(x.norm().grad_fn() == "NormBackward1");
  CHECK(x.logsumexp(0).grad_fn() == "LogsumexpBackward0");
  CHECK(x.cumsum(0).grad_fn() == "CumsumBackward0");
  CHECK(x.sum({}, false, int64).grad_fn().empty());
  CHECK(x.any().grad_fn().empty());
}
