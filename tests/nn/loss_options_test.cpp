// Losses: options that are changed after a loss was made, and the limits of options.
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::Tensor;
using wick::tensor;

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double below_0 = -std::numeric_limits<double>::denorm_min();

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
  CHECK_THROWS_WITH(changed(inputs...),
                    std::string(changed.type_name()) + ": avg is not a valid value for reduction");
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
