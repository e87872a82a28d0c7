/// \file
/// The losses as modules: objects that hold their options and, some, weights. What each computes
/// stands with the function of its name in wick/nn/functional_loss.h; options are in
/// wick/nn/loss_options.h.
///
///     nn::CrossEntropyLoss loss({.label_smoothing = 0.1});
///     auto l = loss(model(x), target);
#pragma once

#include <array>
#include <string>

#include "wick/nn/loss_options.h"
#include "wick/nn/module_of.h"

namespace wick::nn {

/// Base of losses of any number of tensors; see Loss. They print without their options, as
/// PyTorch's do.
template <class Signature>
class WICK_API LossOf : public ModuleOf<Signature> {
 public:
  std::string extra_repr() const override { return {}; }
};

/// Base of the losses of an input and a target. Call the loss itself, `loss(input, target)`, so
/// that hooks run and errors name the place; derive from it for a loss of your own. A loss is a
/// module: as a field of a model its weights are in the state_dict and move with it.
///
///     struct HalfMSELoss : nn::Loss {
///       Tensor forward(const Tensor& input, const Tensor& target) const override {
///         return (input - target).square().mean() / 2;
///       }
///       WICK_MODULE(HalfMSELoss)
///     };
class WICK_API Loss : public LossOf<Tensor(const Tensor&, const Tensor&)> {
 public:
  static constexpr std::array inputs{"input", "target"};
};

// == Regression ==============================================================================

/// The squared difference, functional::mse_loss. Throws OptionError for an unknown reduction, as
/// all losses do.
///
///     nn::MSELoss({.reduction = "sum"})(prediction, target)
struct WICK_API MSELoss : Loss {
  using Options = LossOptions;
  explicit MSELoss(LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  LossOptions options;
  WICK_MODULE(MSELoss, options)
};

/// The absolute difference, functional::l1_loss.
///
///     nn::L1Loss()(prediction, target)
struct WICK_API L1Loss : Loss {
  using Options = LossOptions;
  explicit L1Loss(LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  LossOptions options;
  WICK_MODULE(L1Loss, options)
};

/// The absolute difference with a parabola at 0, functional::smooth_l1_loss. Throws OptionError for
/// a negative beta.
///
///     nn::SmoothL1Loss({.beta = 0.5})(prediction, target)
struct WICK_API SmoothL1Loss : Loss {
  using Options = SmoothL1LossOptions;
  explicit SmoothL1Loss(SmoothL1LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  SmoothL1LossOptions options;
  WICK_MODULE(SmoothL1Loss, options)
};

/// A parabola that goes on as a line, functional::huber_loss. Throws OptionError unless delta > 0.
///
///     nn::HuberLoss({.delta = 2})(prediction, target)
struct WICK_API HuberLoss : Loss {
  using Options = HuberLossOptions;
  explicit HuberLoss(HuberLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  HuberLossOptions options;
  WICK_MODULE(HuberLoss, options)
};

/// Of counts and their expected rate, functional::poisson_nll_loss.
///
///     nn::PoissonNLLLoss()(log_rate, count)
struct WICK_API PoissonNLLLoss : Loss {
  using Options = PoissonNLLLossOptions;
  explicit PoissonNLLLoss(PoissonNLLLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  PoissonNLLLossOptions options;
  WICK_MODULE(PoissonNLLLoss, options)
};

/// Of an expectation with a variance, functional::gaussian_nll_loss.
///
///     nn::GaussianNLLLoss()(mean, target, variance)
struct WICK_API GaussianNLLLoss : LossOf<Tensor(const Tensor&, const Tensor&, const Tensor&)> {
  using Options = GaussianNLLLossOptions;
  explicit GaussianNLLLoss(GaussianNLLLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target, const Tensor& var) const override;

  GaussianNLLLossOptions options;
  static constexpr std::array inputs{"input", "target", "var"};
  WICK_MODULE(GaussianNLLLoss, options)
};

// == Classification ==========================================================================

/// Of logits and the true classes, or their probabilities, functional::cross_entropy. Throws
/// OptionError unless 0 <= label_smoothing <= 1.
///
///     nn::CrossEntropyLoss({.weight = tensor({1., 2., 0.5})})(logits, target)
struct WICK_API CrossEntropyLoss : Loss {
  using Options = CrossEntropyLossOptions;
  explicit CrossEntropyLoss(CrossEntropyLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  CrossEntropyLossOptions options;  ///< without the weights
  Buffer weight;                    ///< [C], or undefined
  WICK_MODULE(CrossEntropyLoss, options, weight)
};

/// Of log probabilities and the true classes, functional::nll_loss.
///
///     nn::NLLLoss({.ignore_index = 0})(log_softmax(logits, 1), target)
struct WICK_API NLLLoss : Loss {
  using Options = NLLLossOptions;
  explicit NLLLoss(NLLLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  NLLLossOptions options;  ///< without the weights
  Buffer weight;           ///< [C], or undefined
  WICK_MODULE(NLLLoss, options, weight)
};

/// Of probabilities of yes and targets from 0 to 1, functional::binary_cross_entropy.
///
///     nn::BCELoss()(sigmoid(logits), target)
struct WICK_API BCELoss : Loss {
  using Options = BCELossOptions;
  explicit BCELoss(BCELossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  BCELossOptions options;  ///< without the weights
  Buffer weight;           ///< factors of the losses, or undefined
  WICK_MODULE(BCELoss, options, weight)
};

/// BCELoss of the sigmoid of the input, functional::binary_cross_entropy_with_logits.
///
///     nn::BCEWithLogitsLoss({.pos_weight = tensor({3.})})(logits, target)
struct WICK_API BCEWithLogitsLoss : Loss {
  using Options = BCEWithLogitsLossOptions;
  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  BCEWithLogitsLossOptions options;  ///< without the weights
  Buffer weight;                     ///< factors of the losses, or undefined
  Buffer pos_weight;                 ///< factors of the positive share, or undefined
  WICK_MODULE(BCEWithLogitsLoss, options, weight, pos_weight)
};

/// Of log probabilities and probabilities, functional::kl_div.
///
///     nn::KLDivLoss({.reduction = "batchmean"})(log_softmax(x, 1), target)
struct WICK_API KLDivLoss : Loss {
  using Options = KLDivLossOptions;
  explicit KLDivLoss(KLDivLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  KLDivLossOptions options;
  WICK_MODULE(KLDivLoss, options)
};

// == Embeddings ==============================================================================

/// Of the angle of pairs that are alike (1) or not (-1), functional::cosine_embedding_loss.
///
///     nn::CosineEmbeddingLoss({.margin = 0.5})(x1, x2, target)
struct WICK_API CosineEmbeddingLoss : LossOf<Tensor(const Tensor&, const Tensor&, const Tensor&)> {
  using Options = CosineEmbeddingLossOptions;
  explicit CosineEmbeddingLoss(CosineEmbeddingLossOptions options = {});
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target) const override;

  CosineEmbeddingLossOptions options;
  static constexpr std::array inputs{"input1", "input2", "target"};
  WICK_MODULE(CosineEmbeddingLoss, options)
};

/// Of the distance of pairs that are alike (1) or not (-1), functional::hinge_embedding_loss.
///
///     nn::HingeEmbeddingLoss()(distance, target)
struct WICK_API HingeEmbeddingLoss : Loss {
  using Options = HingeEmbeddingLossOptions;
  explicit HingeEmbeddingLoss(HingeEmbeddingLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) const override;

  HingeEmbeddingLossOptions options;
  WICK_MODULE(HingeEmbeddingLoss, options)
};

/// Of two scores and which is to be higher, functional::margin_ranking_loss.
///
///     nn::MarginRankingLoss({.margin = 0.1})(score1, score2, target)
struct WICK_API MarginRankingLoss : LossOf<Tensor(const Tensor&, const Tensor&, const Tensor&)> {
  using Options = MarginRankingLossOptions;
  explicit MarginRankingLoss(MarginRankingLossOptions options = {});
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target) const override;

  MarginRankingLossOptions options;
  static constexpr std::array inputs{"input1", "input2", "target"};
  WICK_MODULE(MarginRankingLoss, options)
};

/// Of an anchor, its like and its unlike, functional::triplet_margin_loss. Throws OptionError
/// unless margin > 0.
///
///     nn::TripletMarginLoss({.swap = true})(anchor, positive, negative)
struct WICK_API TripletMarginLoss : LossOf<Tensor(const Tensor&, const Tensor&, const Tensor&)> {
  using Options = TripletMarginLossOptions;
  explicit TripletMarginLoss(TripletMarginLossOptions options = {});
  Tensor forward(const Tensor& anchor, const Tensor& positive,
                 const Tensor& negative) const override;

  TripletMarginLossOptions options;
  static constexpr std::array inputs{"anchor", "positive", "negative"};
  WICK_MODULE(TripletMarginLoss, options)
};

}  // namespace wick::nn
