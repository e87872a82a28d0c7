// Losses: options that are changed after a loss was made, limits of options, the points where a
// formula changes its branch, and batches of nothing.
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::Shape;
using wick::Tensor;
using wick::tensor;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double below_0 = -std::numeric_limits<double>::denorm_min();

Tensor doubles(std::initializer_list<double> values) {
  return tensor(std::vector<double>(values), {.dtype = wick::float64});
}

double value(const Tensor& x) { return x.item<double>(); }

/// A loss with its options changed to `wanted` gives what one has that was made with them.
template <class Loss, class... Inputs>
void check_changed(const typename Loss::Options& wanted, const Inputs&... inputs) {
  Loss changed;
  const Tensor before = changed(inputs...);
  changed.options = wanted;
  const Tensor after = changed(inputs...);
  CHECK(equal(after, Loss(wanted)(inputs...)));
  CHECK((after.shape() != before.shape() || !equal(after, before)));
  changed.options.reduction = "avg";
  CHECK_THROWS_WITH(changed(inputs...), "avg is not a valid value for reduction");
  changed.options.reduction = "batchmean";
  if constexpr (!std::is_same_v<Loss, nn::KLDivLoss>)
    CHECK_THROWS_AS(changed(inputs...), wick::ValueError);
}

}  // namespace

TEST_CASE("every option of a loss may be changed after it was made", "[loss][options]") {
  const Tensor x = tensor({{0.3, 0.6}, {0.1, 0.9}, {0.5, 0.2}});
  const Tensor y = tensor({{1., 0.}, {3., 0.25}, {0.75, 2.}});
  const Tensor p = tensor({{1., 0.}, {0.5, 0.25}, {0.75, 0.}});
  const Tensor signs = tensor({{1., -1.}, {-1., 1.}, {-1., -1.}});
  const Tensor classes = tensor({0, 1, 1});
  for (const char* reduction : {"sum", "none"}) {
    CAPTURE(reduction);
    check_changed<nn::MSELoss>({.reduction = reduction}, x, y);
    check_changed<nn::L1Loss>({.reduction = reduction}, x, y);
    check_changed<nn::SmoothL1Loss>({.reduction = reduction}, x, y);
    check_changed<nn::HuberLoss>({.reduction = reduction}, x, y);
    check_changed<nn::PoissonNLLLoss>({.reduction = reduction}, x, y);
    check_changed<nn::GaussianNLLLoss>({.reduction = reduction}, x, y, p);
    check_changed<nn::CrossEntropyLoss>({.reduction = reduction}, x, classes);
    check_changed<nn::NLLLoss>({.reduction = reduction}, x, classes);
    check_changed<nn::BCELoss>({.reduction = reduction}, x, p);
    check_changed<nn::BCEWithLogitsLoss>({.reduction = reduction}, x, p);
    check_changed<nn::KLDivLoss>({.reduction = reduction}, x, p);
    check_changed<nn::CosineEmbeddingLoss>({.reduction = reduction}, x, y, signs.select(1, 0));
    check_changed<nn::HingeEmbeddingLoss>({.reduction = reduction}, x, signs);
    check_changed<nn::MarginRankingLoss>({.reduction = reduction}, x, y, signs);
    check_changed<nn::TripletMarginLoss>({.reduction = reduction}, x, y, p);
  }
  check_changed<nn::KLDivLoss>({.reduction = "batchmean"}, x, p);
  check_changed<nn::KLDivLoss>({.log_target = true}, x, p);
  check_changed<nn::SmoothL1Loss>({.beta = 0.5}, x, y);
  check_changed<nn::SmoothL1Loss>({.beta = 0}, x, y);
  check_changed<nn::HuberLoss>({.delta = 0.5}, x, y);
  check_changed<nn::PoissonNLLLoss>({.log_input = false}, x, y);
  check_changed<nn::PoissonNLLLoss>({.full = true}, x, y);
  check_changed<nn::PoissonNLLLoss>({.log_input = false, .eps = 0.5}, x, y);
  check_changed<nn::GaussianNLLLoss>({.full = true}, x, y, p);
  check_changed<nn::GaussianNLLLoss>({.eps = 0.5}, x, y, p);
  check_changed<nn::CrossEntropyLoss>({.ignore_index = 1}, x, classes);
  check_changed<nn::CrossEntropyLoss>({.label_smoothing = 0.25}, x, classes);
  check_changed<nn::NLLLoss>({.ignore_index = 1}, x, classes);
  check_changed<nn::CosineEmbeddingLoss>({.margin = 0.5}, x, y, signs.select(1, 0));
  check_changed<nn::HingeEmbeddingLoss>({.margin = 2}, x, signs);
  check_changed<nn::MarginRankingLoss>({.margin = 2}, x, y, signs);
  check_changed<nn::TripletMarginLoss>({.margin = 2}, x, y, p);
  check_changed<nn::TripletMarginLoss>({.p = 1}, x, y, p);
  check_changed<nn::TripletMarginLoss>({.eps = 0.5}, x, y, p);
  check_changed<nn::TripletMarginLoss>({.swap = true}, x, y, p);
}

TEST_CASE("weights of losses may be replaced, and taken away", "[loss][options]") {
  const Tensor x = tensor({{0.3, 0.6}, {0.1, 0.9}});
  const Tensor classes = tensor({0, 1});
  const Tensor w = tensor({2., 0.5});
  nn::CrossEntropyLoss cross;
  cross.weight = w;
  CHECK(equal(cross(x, classes), F::cross_entropy(x, classes, {.weight = w})));
  cross.weight = Tensor();
  CHECK(equal(cross(x, classes), F::cross_entropy(x, classes)));
  nn::NLLLoss nll({.weight = w});
  CHECK(equal(nll(x, classes), F::nll_loss(x, classes, {.weight = w})));
  nll.weight = w * 3;
  CHECK(allclose(nll(x, classes), F::nll_loss(x, classes, {.weight = w})));  // of means
  CHECK_FALSE(nll.options.weight.defined());
  nn::BCELoss bce;
  bce.weight = w;
  CHECK(equal(bce(x, x), F::binary_cross_entropy(x, x, {.weight = w})));
  nn::BCEWithLogitsLoss logits;
  logits.pos_weight = w;
  CHECK(equal(logits(x, x), F::binary_cross_entropy_with_logits(x, x, {.pos_weight = w})));
  logits.weight = w;
  CHECK(equal(logits(x, x),
              F::binary_cross_entropy_with_logits(x, x, {.weight = w, .pos_weight = w})));
  // A loss owns its weights.
  const Tensor mine = tensor({1., 1.});
  const nn::NLLLoss owner({.weight = mine});
  mine.fill_(7);
  CHECK(equal(owner.weight, tensor({1., 1.})));
}

TEST_CASE("options of losses at their limits and just beyond", "[loss][options][errors]") {
  const Tensor x = tensor({{0.3, 0.6}});
  const Tensor c = tensor({0});
  for (const double good : {0.0, 0.5, 1.0}) {
    CHECK_NOTHROW(nn::CrossEntropyLoss({.label_smoothing = good})(x, c));
    CHECK_NOTHROW(F::cross_entropy(x, x, {.label_smoothing = good}));
  }
  for (const double bad : {below_0, std::nextafter(1.0, 2.0), infinity, not_a_number}) {
    CHECK_THROWS_AS(nn::CrossEntropyLoss({.label_smoothing = bad}), nn::OptionError);
    CHECK_THROWS_AS(F::cross_entropy(x, c, {.label_smoothing = bad}), wick::ValueError);
    CHECK_THROWS_AS(F::cross_entropy(x, x, {.label_smoothing = bad}), wick::ValueError);
  }
  CHECK(equal(F::smooth_l1_loss(x, x * 3, {.beta = 0}), F::l1_loss(x, x * 3)));
  CHECK_NOTHROW(nn::SmoothL1Loss({.beta = infinity}));
  for (const double bad : {below_0, -1.0, not_a_number}) {
    CHECK_THROWS_AS(nn::SmoothL1Loss({.beta = bad}), nn::OptionError);
    CHECK_THROWS_AS(F::smooth_l1_loss(x, x, {.beta = bad}), wick::ValueError);
  }
  CHECK_NOTHROW(nn::HuberLoss({.delta = std::numeric_limits<double>::denorm_min()}));
  CHECK_NOTHROW(nn::TripletMarginLoss({.margin = std::numeric_limits<double>::denorm_min()}));
  for (const double bad : {0.0, below_0, not_a_number}) {
    CHECK_THROWS_AS(nn::HuberLoss({.delta = bad}), nn::OptionError);
    CHECK_THROWS_AS(F::huber_loss(x, x, {.delta = bad}), wick::ValueError);
    CHECK_THROWS_AS(nn::TripletMarginLoss({.margin = bad}), nn::OptionError);
    CHECK_THROWS_AS(F::triplet_margin_loss(x, x, x, {.margin = bad}), wick::ValueError);
  }
  // The reduction is looked at in every loss, whatever else is wrong.
  const auto refuses = [](const std::function<Tensor()>& f) {
    CHECK_THROWS_WITH(f(), "Mean is not a valid value for reduction");
  };
  const char* bad = "Mean";
  refuses([&] { return F::mse_loss(x, x, {bad}); });
  refuses([&] { return F::l1_loss(x, x, {bad}); });
  refuses([&] { return F::smooth_l1_loss(x, x, {.reduction = bad}); });
  refuses([&] { return F::smooth_l1_loss(x, x, {.reduction = bad, .beta = 0}); });
  refuses([&] { return F::huber_loss(x, x, {.reduction = bad}); });
  refuses([&] { return F::poisson_nll_loss(x, x, {.reduction = bad}); });
  refuses([&] { return F::gaussian_nll_loss(x, x, x, {.reduction = bad}); });
  refuses([&] { return F::cross_entropy(x, c, {.reduction = bad}); });
  refuses([&] { return F::nll_loss(x, c, {.reduction = bad}); });
  refuses([&] { return F::binary_cross_entropy(x, x, {.reduction = bad}); });
  refuses([&] { return F::binary_cross_entropy_with_logits(x, x, {.reduction = bad}); });
  refuses([&] { return F::kl_div(x, x, {.reduction = bad}); });
  refuses([&] { return F::cosine_embedding_loss(x, x, tensor({1.}), {.reduction = bad}); });
  refuses([&] { return F::hinge_embedding_loss(x, x, {.reduction = bad}); });
  refuses([&] { return F::margin_ranking_loss(x, x, x, {.reduction = bad}); });
  refuses([&] { return F::triplet_margin_loss(x, x, x, {.reduction = bad}); });
}

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
  CHECK_THROWS_WITH(static_cast<const nn::Module&>(three)(wick::ones({1})),
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
