// Losses at the points where a formula changes its branch, of nothing, and with inputs that they do
// not take.
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::Shape;
using wick::Tensor;
using wick::tensor;

const double below_0 = -std::numeric_limits<double>::denorm_min();

Tensor doubles(std::initializer_list<double> values) {
  return tensor(std::vector<double>(values), {.dtype = wick::float64});
}

double value(const Tensor& x) { return x.item<double>(); }

}  // namespace

TEST_CASE("losses where their formulas change, on both sides", "[loss]") {
  // d^2 / (2 beta) where d < beta, else d - beta / 2.
  const Tensor d = doubles({0, 0.25, 0.5, 0.75});
  const Tensor zero = doubles({0, 0, 0, 0});
  CHECK(equal(F::smooth_l1_loss(d, zero, {.reduction = "none", .beta = 0.5}),
              doubles({0, 0.0625, 0.25, 0.5})));
  CHECK(equal(F::smooth_l1_loss(-d, zero, {.reduction = "none", .beta = 0.5}),
              doubles({0, 0.0625, 0.25, 0.5})));
  CHECK(equal(F::huber_loss(d, zero, {.reduction = "none", .delta = 0.5}),
              doubles({0, 0.03125, 0.125, 0.25})));
  const Tensor far = doubles({1e200}).requires_grad_();  // whose square is infinite
  const Tensor loss = F::huber_loss(far, doubles({0}));
  loss.backward();
  CHECK(value(loss) == 1e200);
  CHECK(value(far.grad()) == 1);
  // Stirling's formula where the target is above 1.
  const auto stirling = [](double t) {
    return t * std::log(t) - t + 0.5 * std::log(2 * std::numbers::pi * t);
  };
  const Tensor counts = doubles({0, 1, std::nextafter(1.0, 2.0), 2});
  const Tensor added = F::poisson_nll_loss(zero, counts, {.full = true, .reduction = "none"}) -
                       F::poisson_nll_loss(zero, counts, {.reduction = "none"});
  CHECK(allclose(added, doubles({0, 0, stirling(1), stirling(2)})));
  CHECK(value(F::poisson_nll_loss(doubles({2}), doubles({3}), {.log_input = false, .eps = 1})) ==
        Approx(2 - 3 * std::log(3)));
  // Variances below eps count as eps; at eps and above as they are.
  const auto gaussian = [](double var, double eps) {
    return value(F::gaussian_nll_loss(doubles({3}), doubles({1}), doubles({var}), {.eps = eps}));
  };
  CHECK(gaussian(0, 0.5) == Approx((std::log(0.5) + 8) / 2));
  CHECK(gaussian(0.25, 0.5) == gaussian(0, 0.5));
  CHECK(gaussian(0.5, 0.5) == gaussian(0, 0.5));
  CHECK(gaussian(2, 0.5) == Approx((std::log(2) + 2) / 2));
  CHECK_NOTHROW(gaussian(-0.0, 0.5));
  CHECK_THROWS_WITH(gaussian(below_0, 0.5), "var has negative entry/entries");
  CHECK(value(F::gaussian_nll_loss(doubles({3}), doubles({1}), doubles({2}), {.full = true})) ==
        Approx((std::log(2) + 2) / 2 + std::log(2 * std::numbers::pi) / 2));
}

TEST_CASE("gaussian_nll_loss takes a variance for each element, each row, or along a dimension",
          "[loss]") {
  const Tensor x = wick::randn({2, 3}), y = wick::randn({2, 3});
  const auto loss = [&](const Tensor& var) {
    return F::gaussian_nll_loss(x, y, var, {.reduction = "none"});
  };
  const Tensor rows = tensor({0.5, 2.});
  const Tensor all = rows.unsqueeze(1).expand({2, 3});
  CHECK(equal(loss(rows), loss(all)));
  CHECK(equal(loss(rows.unsqueeze(1)), loss(all)));
  CHECK(loss(wick::ones({1, 3})).shape() == Shape{2, 3});
  for (const Shape& bad : {Shape{3}, Shape{2, 2}, Shape{2, 1, 1}, Shape{2, 4}, Shape{3, 1},
                           Shape{1, 2, 3}, Shape{0, 3}, Shape{1, 1}}) {
    CAPTURE(bad.to_string());
    CHECK_THROWS_WITH(loss(wick::ones(bad)), "var is of incorrect size");
  }
  // Of one row, a variance for the row; of a vector, one for all.
  CHECK(F::gaussian_nll_loss(wick::ones({3}), wick::ones({3}), tensor(1.)).item<float>() == 0);
}

TEST_CASE("targets of embeddings that are neither 1 nor -1", "[loss]") {
  const Tensor d = doubles({0.25, 2});
  const Tensor t = doubles({0, 0});
  // A distance costs both what it costs as a pair that is alike and as one that is not.
  CHECK(equal(F::hinge_embedding_loss(d, t, {.reduction = "none"}), doubles({0.25 + 0.75, 2})));
  CHECK(equal(F::hinge_embedding_loss(d, doubles({1, 1}), {.reduction = "none"}), d));
  CHECK(equal(F::hinge_embedding_loss(d, doubles({-1, -1}), {.margin = 2, .reduction = "none"}),
              doubles({1.75, 0})));
  // A cosine costs neither.
  const Tensor a = wick::randn({2, 3}, {.dtype = wick::float64});
  CHECK(equal(F::cosine_embedding_loss(a, a, t, {.reduction = "none"}), doubles({0, 0})));
  CHECK(allclose(F::cosine_embedding_loss(a, -a, doubles({1, -1}), {.reduction = "none"}),
                 doubles({2, 0})));
  CHECK(allclose(
      F::cosine_embedding_loss(a, a, doubles({1, -1}), {.margin = 0.25, .reduction = "none"}),
      doubles({0, 0.75})));
  // Ranks that lead by exactly the margin cost nothing.
  CHECK(equal(F::margin_ranking_loss(doubles({3, 3, 3}), doubles({2, 1, 4}), doubles({1, 1, -1}),
                                     {.margin = 1, .reduction = "none"}),
              doubles({0, 0, 0})));
  CHECK(value(F::margin_ranking_loss(doubles({3}), doubles({2}), doubles({-1}))) == 1);
}

TEST_CASE("kl_div: targets of 0, and batchmean", "[loss]") {
  const Tensor log_p = doubles({-1, -2});
  CHECK(equal(F::kl_div(log_p, doubles({0, 0.5}), {.reduction = "none"}),
              doubles({0, 0.5 * (std::log(0.5) + 2)})));
  const Tensor x = wick::randn({3, 4}), t = wick::rand({3, 4});
  CHECK(allclose(F::kl_div(x, t, {.reduction = "batchmean"}),
                 F::kl_div(x, t, {.reduction = "sum"}) / 3));
  CHECK(allclose(F::kl_div(x, t), F::kl_div(x, t, {.reduction = "sum"}) / 12));
  CHECK(allclose(F::kl_div(x, t.log(), {.reduction = "none", .log_target = true}),
                 F::kl_div(x, t, {.reduction = "none"}), 1e-5, 1e-6));
}

TEST_CASE("losses of nothing: nan as a mean, 0 as a sum, nothing as they are", "[loss]") {
  const Tensor none = wick::zeros({0, 2});
  const Tensor classes = wick::zeros({0}, wick::int64);
  const auto check = [](const auto& loss) {
    CHECK(std::isnan(value(loss("mean"))));
    CHECK(value(loss("sum")) == 0);
    CHECK(loss("none").numel() == 0);
  };
  check([&](const char* r) { return F::mse_loss(none, none, {r}); });
  check([&](const char* r) { return F::l1_loss(none, none, {r}); });
  check([&](const char* r) { return F::smooth_l1_loss(none, none, {.reduction = r}); });
  check([&](const char* r) { return F::huber_loss(none, none, {.reduction = r}); });
  check([&](const char* r) { return F::poisson_nll_loss(none, none, {.reduction = r}); });
  check([&](const char* r) { return F::gaussian_nll_loss(none, none, none, {.reduction = r}); });
  check([&](const char* r) { return F::cross_entropy(none, classes, {.reduction = r}); });
  check([&](const char* r) { return F::cross_entropy(none, none, {.reduction = r}); });
  check([&](const char* r) { return F::nll_loss(none, classes, {.reduction = r}); });
  check([&](const char* r) { return F::binary_cross_entropy(none, none, {.reduction = r}); });
  check([&](const char* r) {
    return F::binary_cross_entropy_with_logits(none, none, {.reduction = r});
  });
  check([&](const char* r) { return F::kl_div(none, none, {.reduction = r}); });
  check([&](const char* r) {
    return F::cosine_embedding_loss(none, none, wick::zeros({0}), {.reduction = r});
  });
  check([&](const char* r) { return F::hinge_embedding_loss(none, none, {.reduction = r}); });
  check([&](const char* r) { return F::margin_ranking_loss(none, none, none, {.reduction = r}); });
  check([&](const char* r) { return F::triplet_margin_loss(none, none, none, {.reduction = r}); });
}

TEST_CASE("an error on the way out of a loss names it where it is in a model", "[loss][errors]") {
  const nn::GaussianNLLLoss three;
  CHECK_THROWS_WITH(static_cast<const nn::ModuleBase&>(three)(wick::ones({1})),
                    ContainsSubstring("GaussianNLLLoss takes more than one tensor"));
  CHECK_THROWS_AS(three(wick::ones({2}), wick::ones({3}), wick::ones({2})), wick::ShapeError);
  CHECK(three.extra_repr().empty());
  struct Judge : nn::Module {
    nn::TripletMarginLoss triplet;
    Tensor forward(const Tensor& x) const override { return triplet(x, x, x[0]); }
    WICK_MODULE(Judge, triplet)
  };
  CHECK_THROWS_WITH(Judge()(wick::ones({2, 2})),
                    ContainsSubstring("triplet (TripletMarginLoss): The anchor, positive, and"));
}

TEST_CASE("dtypes that a loss does not take are called as PyTorch calls them", "[loss][errors]") {
  const std::pair<wick::DType, const char*> floating[] = {{wick::float32, "Float"},
                                                          {wick::float64, "Double"},
                                                          {wick::bfloat16, "BFloat16"},
                                                          {wick::float16, "Half"}};
  const Tensor x = wick::ones({2, 3});
  for (const auto& [dtype, name] : floating)
    CHECK_THROWS_WITH(F::nll_loss(x, wick::ones({2}, dtype)),
                      fmt::format("expected scalar type Long but found {}", name));
  const std::pair<wick::DType, const char*> others[] = {
      {wick::int64, "Long"}, {wick::int32, "Int"}, {wick::uint8, "Byte"}, {wick::bool_, "Bool"}};
  for (const auto& [dtype, name] : others) {
    const Tensor y = wick::ones({2}, dtype);
    CHECK_THROWS_WITH(F::logsigmoid(y),
                      fmt::format("\"log_sigmoid_cpu\" not implemented for '{}'", name));
    CHECK_THROWS_WITH(F::binary_cross_entropy(y, y),
                      fmt::format("\"binary_cross_entropy\" not implemented for '{}'", name));
  }
  CHECK_THROWS_WITH(F::cross_entropy(wick::ones({3}), wick::zeros({2, 2}, wick::int64)),
                    "0D or 1D target tensor expected, multi-target not supported");
}
