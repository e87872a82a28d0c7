#include "catch.h"
#include "ops/reduce_model.h"
#include "wick/autograd.h"

using namespace wick;
using namespace reduce_model;
using Line = std::vector<double>;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> dtypes = {float32, float64, bfloat16, float16, int64, int32, uint8, bool_};

/// Where the first largest (smallest) element is, or the first nan.
size_t model(const Line& line, bool largest) {
  size_t at = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (std::isnan(line[i])) return i;
    if (largest ? line[i] > line[at] : line[i] < line[at]) at = i;
  }
  return at;
}

/// All of max, min, amax, amin, argmax and argmin along one dimension against the model.
void check_along(const Tensor& x, int64_t dim) {
  const auto expected = lines(x, 1U << dim);
  for (const bool largest : {true, false}) {
    const bool keepdim = pick(0, 1) == 1;
    const auto [values, indices] = largest ? max(x, dim, keepdim) : min(x, dim - x.dim(), keepdim);
    const Tensor only_values = largest ? amax(x, dim, keepdim) : amin(x, dim, keepdim);
    REQUIRE(values.dtype() == x.dtype());
    REQUIRE(indices.dtype() == int64);
    REQUIRE(values.shape() == reduced(x.shape(), 1U << dim, keepdim));
    REQUIRE(indices.shape() == values.shape());
    REQUIRE(only_values.shape() == values.shape());
    if (x.dtype() != bool_) {
      const Tensor only_indices = largest ? argmax(x, dim, keepdim) : argmin(x, dim, keepdim);
      REQUIRE(equal(only_indices, indices));
    }
    const auto got = values.to_vector<double>(), got_only = only_values.to_vector<double>();
    const auto at = indices.to_vector<int64_t>();
    for (size_t i = 0; i < expected.size(); ++i) {
      const size_t want = model(expected[i], largest);
      CAPTURE(i, want, largest);
      REQUIRE(at[i] == static_cast<int64_t>(want));
      REQUIRE(same(got[i], expected[i][want]));
      REQUIRE(same(got_only[i], expected[i][want]));
    }
  }
}

Tensor with_nans(const Tensor& x, int64_t rate) {
  auto values = x.to_vector<double>();
  for (auto& v : values)
    if (pick(0, rate) == 0) v = missing;
  return tensor(values).to(x.dtype()).view(x.shape());
}

}  // namespace

TEST_CASE("extremes along a dimension agree with a naive model", "[minmax]") {
  for (const DType dtype : dtypes) {
    for (int i = 0; i < 40; ++i) {
      const Tensor x = random_view(dtype, pick(1, 4));
      CAPTURE(name(dtype), x.shape().to_string(), x.strides().to_string());
      const int64_t dim = pick(0, x.dim() - 1);
      check_along(x, dim);
      if (is_floating_point(dtype)) check_along(with_nans(x, 4), dim);
    }
  }
  for (const DType dtype : {float32, float64, float16, int32}) {
    const Tensor x =
        (dtype == int32) ? tensor(numbers(60'000, int32)).to(int32) : noise({60'000}, dtype);
    for (const Shape& shape :
         {Shape{60'000}, Shape{6, 10'000}, Shape{10'000, 6}, Shape{2, 600, 50}}) {
      for (int64_t dim = 0; dim < static_cast<int64_t>(shape.size()); ++dim) {
        check_along(x.view(shape), dim);
        if (dtype != int32) check_along(with_nans(x, 5000).view(shape), dim);
      }
    }
  }
}

TEST_CASE("extremes of all elements and over many dims", "[minmax]") {
  for (const DType dtype : dtypes) {
    for (int i = 0; i < 40; ++i) {
      const Tensor x = random_view(dtype, pick(0, 4));
      const auto flat = x.to_vector<double>();
      REQUIRE(max(x).item<double>() == flat[model(flat, true)]);
      REQUIRE(min(x).item<double>() == flat[model(flat, false)]);
      REQUIRE(max(x).shape() == Shape{});
      if (dtype != bool_) {
        REQUIRE(argmax(x).item<int64_t>() == static_cast<int64_t>(model(flat, true)));
        REQUIRE(argmin(x, {}, true).shape() == Shape::filled(x.shape().size(), 1));
      }
      uint32_t mask = static_cast<uint32_t>(pick(0, (1 << x.dim()) - 1));
      const Dims dims = random_dims(x.dim(), mask);
      if (dims.empty()) mask = (1U << x.dim()) - 1;
      const auto expected = lines(x, mask);
      const auto high = amax(x, dims).to_vector<double>(), low = amin(x, dims).to_vector<double>();
      for (size_t j = 0; j < expected.size(); ++j) {
        REQUIRE(high[j] == expected[j][model(expected[j], true)]);
        REQUIRE(low[j] == expected[j][model(expected[j], false)]);
      }
    }
  }
}

TEST_CASE("nan is the largest and the smallest, the first one counts", "[minmax]") {
  const Tensor x = tensor({1., missing, inf, missing});
  CHECK(std::isnan(x.max().item<double>()));
  CHECK(std::isnan(x.amin().item<double>()));
  CHECK(x.argmax().item<int>() == 1);
  CHECK(x.min(0).indices.item<int>() == 1);
  CHECK(tensor({3, 5, 5, 3}).argmax().item<int>() == 1);
  CHECK(tensor({3, 5, 5, 3}).argmin(0).item<int>() == 0);
  CHECK(tensor({-inf, -inf}).argmax().item<int>() == 0);
}

TEST_CASE("extremes give the same for any number of threads", "[minmax]") {
  for (const Shape& shape : {Shape{333, 1111}, Shape{300'001}, Shape{3000, 5}}) {
    const Tensor x = with_nans(noise(shape), 100'000);
    CHECK(same_for_any_threads([&] { return x.argmax(); }));
    CHECK(same_for_any_threads([&] { return x.argmin(0); }));
    CHECK(same_for_any_threads([&] { return x.min(-1).indices; }));
  }
}

TEST_CASE("extremes of empty and 0-d tensors", "[minmax]") {
  const Tensor x = ones({2, 0});
  CHECK_THROWS_WITH(x.max(),
                    "max(): Expected reduction dim to be specified for input.numel() == 0. "
                    "Specify the reduction dim with the 'dim' argument.");
  CHECK_THROWS_WITH(x.amin(),
                    "amin(): Expected reduction dim to be specified for input.numel() == "
                    "0. Specify the reduction dim with the 'dim' argument.");
  CHECK_THROWS_WITH(x.argmax(),
                    "argmax(): Expected reduction dim to be specified for input.numel() == 0.");
  CHECK_THROWS_AS(x.argmax(), IndexError);
  CHECK_THROWS_AS(x.min(1), IndexError);
  CHECK_THROWS_WITH(x.min(-1), "min(): Expected reduction dim 1 to have non-zero size.");
  CHECK_THROWS_WITH(x.amax({0, 1}), "amax(): Expected reduction dim 1 to have non-zero size.");
  CHECK_THROWS_WITH(x.argmin(1), "argmin(): Expected reduction dim 1 to have non-zero size.");
  CHECK(x.max(0).values.shape() == Shape{0});
  CHECK(x.max(0, true).indices.shape() == Shape{1, 0});
  CHECK(x.amax(0).shape() == Shape{0});
  const Tensor scalar = tensor(3.0);
  CHECK(scalar.max(0).values.item<float>() == 3);
  CHECK(scalar.argmax(-1).item<int>() == 0);
  CHECK_THROWS_AS(scalar.max(1), IndexError);
  CHECK_THROWS_AS(ones({2, 3}).argmax(2), IndexError);
  CHECK_THROWS_WITH(ones({2}, bool_).argmax(), "\"argmax_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_AS(Tensor().max(), Error);
  CHECK_THROWS_AS(Tensor().argmin(0), Error);
}

TEST_CASE("extremes on meta and in the graph", "[minmax]") {
  const Tensor x = empty({2, 3}, {.device = meta});
  CHECK(x.max(1).values.shape() == Shape{2});
  CHECK(x.max(1).indices.is_meta());
  CHECK(x.amin({0, 1}, true).shape() == Shape{1, 1});
  CHECK(x.argmin().dtype() == int64);
  const Tensor y = ones({2, 3}).requires_grad_();
  CHECK(y.max().grad_fn() == "MaxBackward1");
  CHECK(y.min(0).values.grad_fn() == "MinBackward0");
  CHECK(y.min(0).indices.grad_fn().empty());
  CHECK(y.amax().grad_fn() == "AmaxBackward0");
  CHECK(y.amin(0).grad_fn() == "AminBackward0");
}
