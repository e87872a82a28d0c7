/// \file
/// The losses as functions, as torch.nn.functional
/// (https://pytorch.org/docs/stable/nn.functional.html#loss-functions), and the distances they are
/// made of. Formulas are for one element or sample; the reduction follows. The modules are in
/// wick/nn/loss.h, the options in wick/nn/loss_options.h.
///
///     namespace F = wick::nn::functional;
///     F::cross_entropy(logits, target, {.label_smoothing = 0.1})
///
/// All of them are differentiable in their floating inputs and take meta tensors, whose values
/// nobody can check. All throw ValueError for an unknown reduction, and ShapeError for shapes that
/// do not broadcast.
#pragma once

#include "wick/nn/loss_options.h"

namespace wick::nn::functional {

// == Regression ================================================================================
// The input and the target broadcast; the first four warn (wick/warning.h, "broadcast") where their
// shapes differ, which is a mistake more often than not. Integers throw TypeError, except in
// l1_loss without a mean.

/// (input - target)^2
WICK_API Tensor mse_loss(const Tensor& input, const Tensor& target,
                         const LossOptions& options = {});
/// |input - target|; its derivative at 0 is 0.
WICK_API Tensor l1_loss(const Tensor& input, const Tensor& target, const LossOptions& options = {});
/// With d = |input - target|: d^2 / (2 beta) where d < beta, else d - beta / 2 (Girshick 2015).
/// beta = 0 is l1_loss; throws ValueError for a negative one.
WICK_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                               const SmoothL1LossOptions& options = {});
/// With d = |input - target|: d^2 / 2 where d < delta, else delta (d - delta / 2) (Huber 1964).
/// Throws ValueError unless delta > 0.
WICK_API Tensor huber_loss(const Tensor& input, const Tensor& target,
                           const HuberLossOptions& options = {});
/// exp(input) - target input if `log_input`, else input - target log(input + eps); `full` adds
/// target log(target) - target + log(2 pi target) / 2 where target > 1.
WICK_API Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                                 const PoissonNLLLossOptions& options = {});
/// (log(v) + (input - target)^2 / v) / 2 with v = max(var, eps), whose derivative in var is that in
/// v (Nix and Weigend 1994); `full` adds log(2 pi) / 2. `var` has the input's shape, or one of its
/// dimensions is 1, or the last one is missing; else, or if it has a negative element, throws
/// ValueError.
WICK_API Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                                  const GaussianNLLLossOptions& options = {});

// == Classification ============================================================================

/// nll_loss of log_softmax over the classes: the input holds logits, [C], [N, C] or
/// [N, C, d1, ...].
///
/// The target is one of
/// - class indices (int64 or uint8), of the input's shape without C: -w log p of the target's
///   class, where w is its weight. "mean" divides by the sum of the w of the targets that are not
///   ignored, so it is nan where there are none. With label_smoothing e it is
///   (1 - e) (-w log p) + e/C sum_c -w_c log p_c;
/// - class probabilities (floating), of the input's shape: sum_c -w_c t_c log p_c. "mean" divides
///   by the number of samples, whatever the weights. Smoothing takes (1 - e) t + e/C for t.
///
/// Ignored targets have loss 0 and no gradient. Throws IndexError for a class out of range,
/// TypeError for another dtype, ShapeError (ValueError for another batch size) for another shape,
/// ValueError for a label_smoothing outside of 0 to 1.
WICK_API Tensor cross_entropy(const Tensor& input, const Tensor& target,
                              const CrossEntropyLossOptions& options = {});
/// -w x[target], the input x holding log probabilities; shapes, "mean" and errors as in
/// cross_entropy with class indices.
WICK_API Tensor nll_loss(const Tensor& input, const Tensor& target,
                         const NLLLossOptions& options = {});
/// -w (target max(log(input), -100) + (1 - target) max(log(1 - input), -100)); the derivative is
/// w (input - target) / max(input (1 - input), 1e-12). Throws ValueError for another shape of the
/// target, and for elements outside of 0 to 1, TypeError for another dtype.
WICK_API Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                                     const BCELossOptions& options = {});
/// w (pos_weight target softplus(-input) + (1 - target) softplus(input)): binary_cross_entropy of
/// sigmoid(input), without overflow or cancellation. Throws ValueError for another shape of the
/// target, TypeError for integers.
WICK_API Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                                 const BCEWithLogitsLossOptions& options = {});
/// Kullback-Leibler divergence of elements: target (log(target) - input), the input being log
/// probabilities; 0 - target input for a target of 0. With `log_target`
/// exp(target) (target - input). Throws TypeError for integers. Warns ("reduction") of "mean",
/// which is not the divergence's: that is "batchmean".
WICK_API Tensor kl_div(const Tensor& input, const Tensor& target,
                       const KLDivLossOptions& options = {});

// == Embeddings ================================================================================

/// Of the cosine of two vectors: 1 - cos where the target is 1, max(cos - margin, 0) where it is
/// -1. Inputs [N, D] with target [N], or [D] with a 0-d target; else throws ShapeError. 1e-12 is
/// added to the squares of the norms.
WICK_API Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2,
                                      const Tensor& target,
                                      const CosineEmbeddingLossOptions& options = {});
/// The input, a distance, where the target is 1; max(margin - input, 0) where it is -1.
WICK_API Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                                     const HingeEmbeddingLossOptions& options = {});
/// max(-target (input1 - input2) + margin, 0): target 1 says that input1 ranks higher, -1 that
/// input2 does. Throws ShapeError unless all have the same number of dimensions.
WICK_API Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2,
                                    const Tensor& target,
                                    const MarginRankingLossOptions& options = {});
/// max(d(anchor, positive) - d(anchor, negative) + margin, 0), d being pairwise_distance; `swap`
/// takes min(d(anchor, negative), d(positive, negative)) (Balntas et al. 2016). Throws ValueError
/// unless margin > 0, ShapeError unless all have the same number of dimensions.
WICK_API Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive,
                                    const Tensor& negative,
                                    const TripletMarginLossOptions& options = {});

// == Of which losses are made ==================================================================

/// x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim` of the broadcast inputs. Throws TypeError
/// for integers.
WICK_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, Dim dim = 1,
                                  double eps = 1e-8);
/// norm(x1 - x2 + eps, p) along the last dimension: [*, D] -> [*].
WICK_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p = 2,
                                  double eps = 1e-6, bool keepdim = false);
/// log(1 / (1 + exp(-x))), without overflow or cancellation. Throws TypeError for integers.
WICK_API Tensor logsigmoid(const Tensor& x);

}  // namespace wick::nn::functional
