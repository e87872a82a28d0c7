#include "wick/nn/loss.h"

#include "nn/loss_parts.h"
#include "wick/format.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/option.h"

namespace wick::nn {
namespace {

/// A copy of a weight for the module to own; it is a Buffer then, and no option any more.
Tensor taken(Tensor& weight) {
  const Tensor given = std::exchange(weight, Tensor());
  return given.defined() ? given.detach().clone() : given;
}

}  // namespace

MSELoss::MSELoss(LossOptions o) : options(checked(std::move(o))) {}
Tensor MSELoss::forward(const Tensor& input, const Tensor& target) const {
  return functional::mse_loss(input, target, options);
}

L1Loss::L1Loss(LossOptions o) : options(checked(std::move(o))) {}
Tensor L1Loss::forward(const Tensor& input, const Tensor& target) const {
  return functional::l1_loss(input, target, options);
}

SmoothL1Loss::SmoothL1Loss(SmoothL1LossOptions o) : options(checked(std::move(o))) {}
Tensor SmoothL1Loss::forward(const Tensor& input, const Tensor& target) const {
  return functional::smooth_l1_loss(input, target, options);
}

HuberLoss::HuberLoss(HuberLossOptions o) : options(checked(std::move(o))) {}
Tensor HuberLoss::forward(const Tensor& input, const Tensor& target) const {
  return functional::huber_loss(input, target, options);
}

PoissonNLLLoss::PoissonNLLLoss(PoissonNLLLossOptions o) : options(checked(std::move(o))) {}
Tensor PoissonNLLLoss::forward(const Tensor& input, const Tensor& target) const {
  return functional::poisson_nll_loss(input, target, options);
}

GaussianNLLLoss::GaussianNLLLoss(GaussianNLLLossOptions o) : options(checked(std::move(o))) {}
Tensor GaussianNLLLoss::forward(const Tensor& input, const Tensor& target,
                                const Tensor& var) const {
  return functional::gaussian_nll_loss(input, target, var, options);
}

CrossEntropyLoss::CrossEntropyLoss(CrossEntropyLossOptions o)
    : options(checked(std::move(o))), weight(taken(options.weight)) {}
Tensor CrossEntropyLoss::forward(const Tensor& input, const Tensor& target) const {
  CrossEntropyLossOptions all = options;
  all.weight = weight;
  return functional::cross_entropy(input, target, all);
}

NLLLoss::NLLLoss(NLLLossOptions o)
    : options(checked(std::move(o))), weight(taken(options.weight)) {}
Tensor NLLLoss::forward(const Tensor& input, const Tensor& target) const {
  NLLLossOptions all = options;
  all.weight = weight;
  return functional::nll_loss(input, target, all);
}

BCELoss::BCELoss(BCELossOptions o)
    : options(checked(std::move(o))), weight(taken(options.weight)) {}
Tensor BCELoss::forward(const Tensor& input, const Tensor& target) const {
  BCELossOptions all = options;
  all.weight = weight;
  return functional::binary_cross_entropy(input, target, all);
}

BCEWithLogitsLoss::BCEWithLogitsLoss(BCEWithLogitsLossOptions o)
    : options(checked(std::move(o))),
      weight(taken(options.weight)),
      pos_weight(taken(options.pos_weight)) {}
Tensor BCEWithLogitsLoss::forward(const Tensor& input, const Tensor& target) const {
  BCEWithLogitsLossOptions all = options;
  all.weight = weight;
  all.pos_weight = pos_weight;
  return functional::binary_cross_entropy_with_logits(input, target, all);
}

KLDivLoss::KLDivLoss(KLDivLossOptions o) : options(checked(std::move(o))) {}
Tensor KLDivLoss::forward(const Tensor& input, const Tensor& target) const {
  return functional::kl_div(input, target, options);
}

CosineEmbeddingLoss::CosineEmbeddingLoss(CosineEmbeddingLossOptions o)
    : options(checked(std::move(o))) {}
Tensor CosineEmbeddingLoss::forward(const Tensor& input1, const Tensor& input2,
                                    const Tensor& target) const {
  return functional::cosine_embedding_loss(input1, input2, target, options);
}

HingeEmbeddingLoss::HingeEmbeddingLoss(HingeEmbeddingLossOptions o)
    : options(checked(std::move(o))) {}
Tensor HingeEmbeddingLoss::forward(const Tensor& input, const Tensor& target) const {
  return functional::hinge_embedding_loss(input, target, options);
}

MarginRankingLoss::MarginRankingLoss(MarginRankingLossOptions o) : options(checked(std::move(o))) {}
Tensor MarginRankingLoss::forward(const Tensor& input1, const Tensor& input2,
                                  const Tensor& target) const {
  return functional::margin_ranking_loss(input1, input2, target, options);
}

TripletMarginLoss::TripletMarginLoss(TripletMarginLossOptions o) : options(checked(std::move(o))) {}
Tensor TripletMarginLoss::forward(const Tensor& anchor, const Tensor& positive,
                                  const Tensor& negative) const {
  return functional::triplet_margin_loss(anchor, positive, negative, options);
}

}  // namespace wick::nn
