// nn::utils against torch.nn.utils: golden/optim.json.
#include "wick/nn/utils.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "golden_path.h"
#include "wick/ops.h"

namespace {

namespace utils = wick::nn::utils;
using nlohmann::json;
using wick::Tensor;
using wick::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();

/// The parameters of generate_optim.py, and one without a gradient.
std::vector<Tensor> params() {
  std::vector<Tensor> all;
  for (const wick::Shape& shape : {wick::Shape{3, 7}, wick::Shape{5}}) {
    const Tensor param = wick::zeros(shape).requires_grad_();
    param.set_grad((wick::arange(shape.numel()).to(wick::float32) - 4).view(shape) / 8);
    all.push_back(param);
  }
  all.push_back(wick::zeros({2}).requires_grad_());
  return all;
}

}  // namespace

TEST_CASE("clip_grad_norm_ scales as PyTorch's", "[nn][optim]") {
  const json facts = json::parse(std::ifstream(golden_path("optim.json")));
  for (const json& entry : facts["clip_grad_norm_"]) {
    CAPTURE(entry["max_norm"], entry["norm_type"]);
    const std::vector<Tensor> all = params();
    const double type = std::stod(entry["norm_type"].get<std::string>());
    const Tensor norm = utils::clip_grad_norm_(all, entry["max_norm"], type);
    CHECK(norm.dim() == 0);
    CHECK(norm.item<double>() == Approx(entry["norm"].get<double>()).epsilon(1e-6));
    size_t i = 0;
    for (size_t p = 0; p < 2; ++p)
      for (const double value : all[p].grad().to_vector<double>())
        CHECK(value == Approx(entry["grads"][i++].get<double>()).epsilon(1e-6));
    CHECK_FALSE(all[2].grad().defined());
  }
}

TEST_CASE("clip_grad_norm_: nothing to clip, and norms that are not finite", "[nn][optim]") {
  const Tensor w = wick::zeros({2}).requires_grad_();
  CHECK(utils::clip_grad_norm_({w}, 1).item<float>() == 0);
  CHECK(utils::clip_grad_norm_({}, 1).item<float>() == 0);

  w.set_grad(tensor({inf, 1.0}));
  CHECK_THROWS_WITH(
      utils::clip_grad_norm_({w}, 1, 2, true),
      "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be "
      "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
      "`error_if_nonfinite=False`");
  CHECK(w.grad().equal(tensor({inf, 1.0})));
  CHECK(utils::clip_grad_norm_({w}, 1).item<double>() == inf);
  CHECK(std::isnan(w.grad().to_vector<double>()[0]));
  CHECK(w.grad().to_vector<double>()[1] == 0);
}

TEST_CASE("clip_grad_value_", "[nn][optim]") {
  const std::vector<Tensor> all = params();
  utils::clip_grad_value_(all, 0.25);
  CHECK(all[1].grad().equal(tensor({-0.25, -0.25, -0.25, -0.125, 0.0})));
  CHECK(all[0].grad().amax().item<float>() == 0.25F);
}

TEST_CASE("parameters_to_vector and back", "[nn][optim]") {
  const Tensor a = wick::arange(6).to(wick::float32).view({2, 3}).t().requires_grad_();
  const Tensor b = tensor(7.0).requires_grad_();
  const Tensor row = utils::parameters_to_vector({a, b});
  CHECK(row.equal(tensor({0., 3., 1., 4., 2., 5., 7.})));
  CHECK(row.requires_grad());

  CHECK_THROWS_AS(utils::vector_to_parameters(wick::zeros({6}), {a, b}), wick::ShapeError);
  CHECK_THROWS_AS(utils::vector_to_parameters(wick::zeros({8}), {a, b}), wick::ShapeError);
  CHECK_THROWS_AS(utils::vector_to_parameters(wick::zeros({7, 1}), {a, b}), wick::ShapeError);
  CHECK(b.item<float>() == 7);

  const Tensor next = wick::arange(7).to(wick::float32);
  utils::vector_to_parameters(next, {a, b});
  CHECK(utils::parameters_to_vector({a, b}).equal(next));
  next.zero_();
  CHECK(b.item<float>() == 6);
}

TEST_CASE("clip_grad_norm_: a norm of exactly the limit, below and above it", "[nn][optim]") {
  const auto clipped = [](double max_norm, wick::DType dtype = wick::float64) {
    const Tensor w = wick::zeros({2}, dtype).requires_grad_();
    w.set_grad(tensor({3., 4.}, dtype));
    CHECK(utils::clip_grad_norm_({w}, max_norm).item<double>() == 5);
    return w.grad().to_vector<double>();
  };
  CHECK(clipped(6) == std::vector<double>{3, 4});
  CHECK(clipped(5 + 1e-6) == std::vector<double>{3, 4});
  const double just = 5 / (5 + 1e-6);  // PyTorch's, too
  CHECK(clipped(5) == std::vector<double>{3 * just, 4 * just});
  CHECK(clipped(2.5)[0] == Approx(1.5));
  CHECK(clipped(0) == std::vector<double>{0, 0});
  CHECK(clipped(2.5, wick::bfloat16)[1] == 2);
  // Views keep their layout, the same tensor is not made anew, and meta gradients have no norm.
  const Tensor wide = wick::ones({2, 4});
  const Tensor view = wick::zeros({2, 2}).requires_grad_();
  view.set_grad(wide.narrow(1, 1, 2));
  utils::clip_grad_norm_({view}, 1);
  CHECK(wide(0, 1).item<double>() == Approx(0.5));
  CHECK(wide(0, 0).item<double>() == 1);
  utils::clip_grad_value_({view}, 0.25);
  CHECK(wide(1, 2).item<double>() == 0.25);
  CHECK(wide(1, 3).item<double>() == 1);
  const Tensor meta = wick::zeros({2}, {.device = wick::meta}).requires_grad_();
  meta.set_grad(wick::zeros({2}, {.device = wick::meta}));
  CHECK(utils::clip_grad_norm_({meta}, 1, 2, true).is_meta());
  // A parameter that is there twice counts once.
  const Tensor w = wick::zeros({1}).requires_grad_();
  w.set_grad(tensor({3.}));
  CHECK(utils::clip_grad_norm_({w, w}, 100).item<double>() == Approx(3.0));
}

TEST_CASE("clip_grad_norm_: nan is an error if it is to be one", "[nn][optim]") {
  const Tensor w = wick::zeros({2}).requires_grad_();
  w.set_grad(tensor({std::nan(""), 1.0}));
  CHECK_THROWS_AS(utils::clip_grad_norm_({w}, 1, 2, true), wick::Error);
  CHECK(w.grad().to_vector<double>()[1] == 1);
  CHECK(std::isnan(utils::clip_grad_norm_({w}, 1).item<double>()));
  CHECK(std::isnan(w.grad().to_vector<double>()[1]));
  w.set_grad(tensor({1.0, -3.0}));
  CHECK(utils::clip_grad_norm_({w}, 1, inf, true).item<double>() == 3);
  CHECK(utils::clip_grad_norm_({}, 1, 2, true).item<double>() == 0);
}

TEST_CASE("vectors of parameters: none, empty ones, views, other dtypes", "[nn][optim]") {
  const Tensor empty = wick::zeros({0, 3}), scalar = tensor(2.0);
  CHECK(utils::parameters_to_vector({empty, scalar}).equal(tensor({2.0})));
  CHECK_NOTHROW(utils::vector_to_parameters(tensor({5.0}), {empty, scalar, empty}));
  CHECK(scalar.item<double>() == 5);
  CHECK_NOTHROW(utils::vector_to_parameters(wick::zeros({0}), {}));
  CHECK_NOTHROW(utils::vector_to_parameters(wick::zeros({0}), {empty}));
  CHECK_THROWS_WITH(utils::vector_to_parameters(tensor(5.0), {scalar}),
                    "vector_to_parameters expects a vector of 1 elements for these parameters, got "
                    "shape []");
  CHECK_THROWS_AS(utils::vector_to_parameters(wick::zeros({1}), {}), wick::ShapeError);
  // Into a view, from every second element, with another dtype.
  const Tensor wide = wick::zeros({2, 3});
  utils::vector_to_parameters(wick::arange(8., {.dtype = wick::float64}).slice(0, 0, {}, 2),
                              {wide.t().narrow(0, 1, 2)});
  CHECK(wide.equal(tensor({{0., 0., 4.}, {0., 2., 6.}})));
  // Gradients flow through the vector.
  const Tensor a = tensor({1.0, 2.0}).requires_grad_(), b = tensor({{3.0}}).requires_grad_();
  (utils::parameters_to_vector({a, b}) * tensor({1.0, 10.0, 100.0})).sum().backward();
  CHECK(a.grad().equal(tensor({1.0, 10.0})));
  CHECK(b.grad().equal(tensor({{100.0}})));
}
