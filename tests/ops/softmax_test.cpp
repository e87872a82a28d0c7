#include "catch.h"
#include "ops/reduce_model.h"
#include "wick/autograd.h"

using namespace wick;
using namespace reduce_model;
using Line = std::vector<double>;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> floats = {float32, float64, bfloat16, float16};

double tolerance(DType dtype) {
  if (dtype == float64) return 1e-13;
  return dtype == float32 ? 3e-7 : (dtype == float16 ? 1e-3 : 8e-3);
}

Line softmax_model(const Line& line, bool logarithm) {
  const double top = *std::max_element(line.begin(), line.end());
  double sum = 0;
  for (const double v : line) sum += std::exp(v - top);
  Line result;
  for (const double v : line)
    result.push_back(logarithm ? v - top - std::log(sum) : std::exp(v - top) / sum);
  return result;
}

Line layer_norm_model(const Line& line, double eps) {
  const auto n = static_cast<double>(line.size());
  double mean = 0, var = 0;
  for (const double v : line) mean += v / n;
  for (const double v : line) var += (v - mean) * (v - mean) / n;
  Line result;
  for (const double v : line) result.push_back((v - mean) / std::sqrt(var + eps));
  return result;
}

void check_softmax(const Tensor& x, int64_t dim) {
  for (const bool logarithm : {false, true}) {
    const Tensor y = logarithm ? log_softmax(x, dim) : softmax(x, dim - x.dim());
    REQUIRE(y.shape() == x.shape());
    REQUIRE(y.dtype() == x.dtype());
    REQUIRE(y.is_contiguous());
    const auto from = lines(x, 1U << dim), to = lines(y, 1U << dim);
    for (size_t i = 0; i < from.size() && !from[i].empty(); ++i) {
      const Line want = softmax_model(from[i], logarithm);
      for (size_t j = 0; j < want.size(); ++j)
        REQUIRE(same(to[i][j], want[j], tolerance(x.dtype())));
    }
  }
}

Line soft(const Line& x) { return tensor(x).to(float32).softmax(0).to_vector<double>(); }
Line log_soft(const Line& x) { return tensor(x).to(float32).log_softmax(0).to_vector<double>(); }
Line normalized(const Line& x) {
  const Tensor t = tensor(x).to(float32);
  return layer_norm(t, t.shape()).to_vector<double>();
}
void check_close(const Line& got, const Line& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i, got[i], want[i]);
    CHECK(same(got[i], want[i], 1e-6));
  }
}

}  // namespace

TEST_CASE("softmax and log_softmax agree with a naive model", "[softmax]") {
  for (const DType dtype : floats) {
    for (int i = 0; i < 60; ++i) {
      const Tensor x = random_view(dtype, pick(1, 4), 0);
      CAPTURE(name(dtype), x.shape().to_string(), x.strides().to_string());
      check_softmax(x, pick(0, x.dim() - 1));
    }
    for (const Shape& shape : {Shape{3, 10'000}, Shape{200, 37}, Shape{5, 100, 33}})
      for (int64_t dim = 0; dim < static_cast<int64_t>(shape.size()); ++dim)
        check_softmax(noise(shape, dtype), dim);
  }
}

TEST_CASE("softmax has PyTorch's values at the edges", "[softmax]") {
  check_close(soft({1, 2, 3}), {0.09003057330846786, 0.2447284758090973, 0.6652409434318542});
  check_close(soft({1000, 1000, 0}), {0.5, 0.5, 0});
  check_close(soft({-inf, 0, 1}), {0, 0.2689414322376251, 0.7310585975646973});
  check_close(soft({-inf, -inf}), {missing, missing});
  check_close(soft({inf, 0}), {missing, missing});
  check_close(soft({missing, 0}), {missing, missing});
  check_close(soft({0}), {1});
  check_close(soft({-1e30, 1e30}), {0, 1});
  check_close(soft({88, -88}), {1, 0});
  check_close(soft({-200, 0}), {0, 1});
  check_close(log_soft({1, 2, 3}),
              {-2.4076058864593506, -1.4076058864593506, -0.40760594606399536});
  check_close(log_soft({1000, 1000, 0}), {-0.6931471824645996, -0.6931471824645996, -1000.6931762});
  check_close(log_soft({-inf, 0, 1}), {-inf, -1.31326162815094, -0.31326165795326233});
  check_close(log_soft({-inf, -inf}), {missing, missing});
  check_close(log_soft({inf, 0}), {missing, missing});
  check_close(log_soft({missing, 0}), {missing, missing});
  check_close(log_soft({0}), {0});
  check_close(log_soft({-1e30, 1e30}), {-2.0000000300949324e+30, 0});
  check_close(log_soft({88, -88}), {0, -176});
  CHECK(tensor(5.).softmax(0).item<float>() == 1);
  CHECK(tensor(5.).log_softmax(-1).item<float>() == 0);
  CHECK(ones({2, 0}).softmax(1).shape() == Shape{2, 0});
  CHECK(ones({0, 2}).log_softmax(1).shape() == Shape{0, 2});
}

TEST_CASE("layer_norm agrees with a naive model", "[softmax]") {
  for (const DType dtype : floats) {
    for (int i = 0; i < 40; ++i) {
      const Tensor x = random_view(dtype, pick(1, 4), 1);
      const int64_t count = pick(1, x.dim());
      Shape sizes;
      for (int64_t d = x.dim() - count; d < x.dim(); ++d) sizes.push_back(x.size(d));
      const Tensor w = noise(sizes, dtype), b = noise(sizes, dtype);
      const double eps = i % 2 ? 1e-5 : 0.5;
      const Tensor y = layer_norm(x, sizes, i % 3 ? w : Tensor(), i % 5 ? b : Tensor(), eps);
      REQUIRE(y.shape() == x.shape());
      REQUIRE(y.dtype() == dtype);
      const uint32_t mask = ((1U << count) - 1) << (x.dim() - count);
      const auto from = lines(x, mask), to = lines(y, mask);
      const auto weight = w.to_vector<double>(), bias = b.to_vector<double>();
      for (size_t l = 0; l < from.size(); ++l) {
        const Line want = layer_norm_model(from[l], eps);
        for (size_t j = 0; j < want.size(); ++j) {
          const double scaled = want[j] * (i % 3 ? weight[j] : 1), added = i % 5 ? bias[j] : 0;
          // Roundings of the terms stay where they cancel.
          const double terms = std::max(1.0, std::abs(scaled) + std::abs(added));
          REQUIRE(same(to[l][j], scaled + added, tolerance(dtype) * terms));
        }
      }
    }
  }
  const Tensor x = noise({3, 10'001});
  const auto from = lines(x, 2), to = lines(layer_norm(x, {10'001}), 2);
  for (size_t l = 0; l < 3; ++l) {
    const Line want = layer_norm_model(from[l], 1e-5);
    for (size_t j = 0; j < want.size(); ++j) REQUIRE(same(to[l][j], want[j], 3e-7));
  }
}

TEST_CASE("layer_norm has PyTorch's values at the edges", "[softmax]") {
  check_close(normalized({1, 2, 3, 4}),
              {-1.3416354656219482, -0.4472118616104126, 0.4472118020057678, 1.3416354656219482});
  CHECK(normalized({5, 5, 5}) == Line{0, 0, 0});
  CHECK(normalized({1}) == Line{0});
  CHECK(normalized(Line(1000, 0.1)) == Line(1000, 0.0));
  CHECK(layer_norm(full({2, 1000}, 0.1, float64), {1000}).to_vector<double>() == Line(2000, 0.0));
  check_close(normalized({1e20, -1e20}), {0, 0});
  check_close(normalized({1e-20, -1e-20}), {3.1622777741802633e-18, -3.1622777741802633e-18});
  CHECK(normalized({1e-20, -1e-20})[0] == Approx(3.1622777741802633e-18));
  check_close(normalized({inf, 0}), {missing, missing});
  check_close(normalized({missing, 1}), {missing, missing});
  check_close(normalized({100000000, 100000008, 100000016}), {-1.224744, 0, 1.224744});
  CHECK(layer_norm(ones({2, 0}), {0}).shape() == Shape{2, 0});
  CHECK(layer_norm(ones({0, 3}), {3}).shape() == Shape{0, 3});
}

TEST_CASE("normalisations give the same bits for any number of threads", "[softmax]") {
  for (const Shape& shape : {Shape{700, 300}, Shape{5, 50'000}, Shape{3000, 7}}) {
    const Tensor x = noise(shape);
    CHECK(same_for_any_threads([&] { return x.softmax(0); }));
    CHECK(same_for_any_threads([&] { return x.softmax(1); }));
    CHECK(same_for_any_threads([&] { return x.log_softmax(0); }));
    CHECK(same_for_any_threads([&] { return x.log_softmax(1); }));
    CHECK(same_for_any_threads([&] { return layer_norm(x, {shape.back()}); }));
  }
}

TEST_CASE("mistakes in normalisations throw PyTorch's texts", "[softmax]") {
  const Tensor x = ones({2, 3}), integers = x.to(int64);
  CHECK_THROWS_WITH(integers.softmax(1),
                    "\"softmax_lastdim_kernel_impl\" not implemented for 'Long': softmax expects a "
                    "floating-point tensor, got int64");
  CHECK_THROWS_WITH(integers.softmax(0),
                    "\"softmax_kernel_impl\" not implemented for 'Long': softmax expects a "
                    "floating-point tensor, got int64");
  CHECK_THROWS_WITH(x.to(bool_).log_softmax(-1),
                    "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Bool': log_softmax "
                    "expects a floating-point tensor, got bool");
  CHECK_THROWS_WITH(integers.log_softmax(0), ContainsSubstring("\"log_softmax_kernel_impl\""));
  CHECK_THROWS_WITH(x.softmax(2),
                    "Dimension out of range (expected to be in range of [-2, 1], but got 2)");
  CHECK_THROWS_AS(x.softmax(2), IndexError);
  CHECK_THROWS_AS(tensor(1.).softmax(1), IndexError);
  CHECK_THROWS_WITH(layer_norm(x, {4}),
                    "Given normalized_shape=[4], expected input with shape [*, 4], but got input "
                    "of size[2, 3]");
  CHECK_THROWS_AS(layer_norm(x, {4}), ShapeError);
  CHECK_THROWS_WITH(layer_norm(ones({2, 4, 3}), {3, 4}),
                    "Given normalized_shape=[3, 4], expected input with shape [*, 3, 4], but got "
                    "input of size[2, 4, 3]");
  CHECK_THROWS_WITH(layer_norm(tensor(1.), {3}),
                    "Given normalized_shape=[3], expected input with shape [*, 3], but got input "
                    "of size[]");
  CHECK_THROWS_WITH(layer_norm(x, {}),
                    "Expected normalized_shape to be at least 1-dimensional, i.e., containing at "
                    "least one element, but got normalized_shape = []");
  CHECK_THROWS_WITH(layer_norm(x, {3}, ones({4})),
                    "Expected weight to be of same shape as normalized_shape, but got weight of "
                    "shape [4] and normalized_shape = [3]");
  CHECK_THROWS_WITH(layer_norm(x, {3}, {}, ones({4})),
                    "Expected bias to be of same shape as normalized_shape, but got bias of shape "
                    "[4] and normalized_shape = [3]");
  CHECK_THROWS_WITH(layer_norm(x, {3}, ones({3}, float64)),
                    "expected scalar type Float but found Double");
  CHECK_THROWS_WITH(layer_norm(integers, {3}),
                    "\"LayerNormKernelImpl\" not implemented for 'Long'");
  CHECK_THROWS_AS(Tensor().softmax(0), Error);
  CHECK_THROWS_AS(layer_norm(Tensor(), {1}), Error);
}

TEST_CASE("normalisations on meta and in the graph", "[softmax]") {
  const Tensor on_meta = empty({2, 3}, {.device = meta});
  CHECK(on_meta.softmax(0).is_meta());
  CHECK(on_meta.log_softmax(1).shape() == Shape{2, 3});
  CHECK(layer_norm(on_meta, {3}, ones({3})).is_meta());
  CHECK(layer_norm(ones({2, 3}), {3}, empty({3}, {.device = meta})).is_meta());
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(x.softmax(0).grad_fn() == "SoftmaxBackward0");
  CHECK(x.log_softmax(1).grad_fn() == "LogSoftmaxBackward0");
  CHECK(layer_norm(x, {3}).grad_fn() == "NativeLayerNormBackward0");
  CHECK(layer_norm(x.detach(), {3}, ones({3}).requires_grad_()).grad_fn() ==
        "NativeLayerNormBackward0");
}

TEST_CASE("layer_norm's gradients of nothing are zeros", "[softmax]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor w = ones({4}, dtype).requires_grad_(), b = zeros({4}, dtype).requires_grad_(),
                 x = zeros({0, 4}, dtype).requires_grad_();
    sum(layer_norm(x, {4}, w, b)).backward();
    CHECK(x.grad().shape() == Shape{0, 4});
    CHECK(equal(w.grad(), zeros({4}, dtype)));
    CHECK(equal(b.grad(), zeros({4}, dtype)));
  }
  const Tensor nothing = ones({0}).requires_grad_();
  sum(layer_norm(zeros({3, 0}), {0}, nothing)).backward();
  CHECK(nothing.grad().shape() == Shape{0});
  const Tensor w = empty({4}, {.device = meta}).requires_grad_();
  sum(layer_norm(empty({2, 4}, {.device = meta}), {4}, w)).backward();
  CHECK(w.grad().is_meta());
  CHECK(w.grad().shape() == Shape{4});
}

TEST_CASE("layer_norm of a row whose variance float32 cannot hold is 0, as in PyTorch",
          "[softmax]") {
  const float large = 3.4e38F;
  const Tensor y = layer_norm(tensor({large, -large, -large, -large}), {4});
  CHECK(equal(y, zeros({4})));
}

TEST_CASE("layer_norm's gradients are the same alone and together", "[softmax]") {
  const Tensor x = noise({700, 37}).requires_grad_(), w = noise({37}).requires_grad_(),
               b = noise({37}).requires_grad_();
  const Tensor y = layer_norm(x, {37}, w, b);
  for (int i = 0; i < 2; ++i) {  // with gradients that differ: none may be taken for another's
    const Tensor g = noise({700, 37});
    const auto together =
        autograd::grad({y}, {x, w, b}, {.grad_outputs = {g}, .retain_graph = true});
    const auto again = autograd::grad(
        {y}, {x, w, b}, {.grad_outputs = {g}, .retain_graph = true, .create_graph = true});
    for (size_t k = 0; k < 3; ++k) {
      const Tensor alone = autograd::grad({y}, {std::vector<Tensor>{x, w, b}[k]},
                                          {.grad_outputs = {g}, .retain_graph = true})[0];
      CHECK(allclose(alone, together[k], 1e-5, 1e-5));
      CHECK(allclose(again[k], together[k], 1e-4, 1e-4));
    }
  }
  CHECK(same_for_any_threads([&] {
    return autograd::grad({y}, {x, w}, {.grad_outputs = {y.detach()}, .retain_graph = true})[1];
  }));
}
