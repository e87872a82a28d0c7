/// \file
/// Arguments of the losses, with PyTorch's defaults. The modules (wick/nn/loss.h) and the functions
/// (wick/nn/functional_loss.h) take the same: `{.reduction = "sum"}`.
///
/// `reduction` is what becomes of the losses of the elements (or samples): "none" leaves them,
/// "mean" averages them, "sum" adds them up. Another value throws ValueError.
#pragma once

#include <string>
#include <string_view>

#include "wick/nn/visitor.h"

namespace wick::nn {

namespace detail {
inline constexpr std::string_view not_a_reduction = "{} is not a valid value for reduction";
inline constexpr std::string_view margin_too_small =
    "TripletMarginLoss: expected margin to be greater than 0, got {} instead";
}  // namespace detail

/// An option that says what becomes of the losses of a batch: "none", "mean" or "sum".
template <class T>
OptionField<T> reduction_option(T& reduction) {
  return option(reduction).one_of("none", "mean", "sum").says(detail::not_a_reduction);
}

/// Arguments of MSELoss and L1Loss.
struct LossOptions {
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(reduction_option(reduction))
};

/// Arguments of SmoothL1Loss.
struct SmoothL1LossOptions {
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  double beta = 1;                 ///< where the parabola ends, at least 0
  WICK_OPTIONS(
      reduction_option(reduction),
      option(beta).at_least(0).says("smooth_l1_loss does not support negative values for beta."))
};

/// Arguments of HuberLoss.
struct HuberLossOptions {
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  double delta = 1;                ///< where the parabola ends, above 0
  WICK_OPTIONS(
      reduction_option(reduction),
      option(delta).above(0).says("huber_loss does not support non-positive values for delta."))
};

/// Arguments of CrossEntropyLoss.
struct CrossEntropyLossOptions {
  Tensor weight = {};              ///< [C], how much each class counts; the same if undefined
  int64_t ignore_index = -100;     ///< targets of this class do not count
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  double label_smoothing = 0;      ///< share of each target spread over all classes, 0 to 1
  WICK_OPTIONS(ignore_index, reduction_option(reduction),
               option(label_smoothing)
                   .between(0, 1)
                   .says("label_smoothing must be between 0.0 and 1.0. Got: {}"))
};

/// Arguments of NLLLoss.
struct NLLLossOptions {
  Tensor weight = {};              ///< [C], how much each class counts; the same if undefined
  int64_t ignore_index = -100;     ///< targets of this class do not count
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(ignore_index, reduction_option(reduction))
};

/// Arguments of BCELoss.
struct BCELossOptions {
  Tensor weight = {};              ///< factors of the losses, broadcast to the input
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(reduction_option(reduction))
};

/// Arguments of BCEWithLogitsLoss.
struct BCEWithLogitsLossOptions {
  Tensor weight = {};              ///< factors of the losses, broadcast to the input
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  Tensor pos_weight = {};          ///< factors of the positive share, broadcast to the target
  WICK_OPTIONS(reduction_option(reduction))
};

/// Arguments of KLDivLoss.
struct KLDivLossOptions {
  std::string reduction = "mean";  ///< "none", "mean", "sum", or "batchmean": sum / input.size(0)
  bool log_target = false;         ///< the target holds logarithms, too
  WICK_OPTIONS(
      option(reduction).one_of("none", "mean", "sum", "batchmean").says(detail::not_a_reduction),
      log_target)
};

/// Arguments of CosineEmbeddingLoss.
struct CosineEmbeddingLossOptions {
  double margin = 0;               ///< cosine below which unlike pairs cost nothing, -1 to 1
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(margin, reduction_option(reduction))
};

/// Arguments of HingeEmbeddingLoss.
struct HingeEmbeddingLossOptions {
  double margin = 1;               ///< distance above which unlike pairs cost nothing
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(margin, reduction_option(reduction))
};

/// Arguments of MarginRankingLoss.
struct MarginRankingLossOptions {
  double margin = 0;               ///< by how much the higher rank has to lead
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(margin, reduction_option(reduction))
};

/// Arguments of TripletMarginLoss.
struct TripletMarginLossOptions {
  double margin = 1;               ///< how much farther the negative has to be, above 0
  double p = 2;                    ///< of the norm that measures distances
  double eps = 1e-6;               ///< added to differences
  bool swap = false;               ///< take the positive's distance to the negative if smaller
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(option(margin).above(0).says(detail::margin_too_small), p, eps, swap,
               reduction_option(reduction))
};

/// Arguments of PoissonNLLLoss.
struct PoissonNLLLossOptions {
  bool log_input = true;           ///< the input is the logarithm of the rate
  bool full = false;               ///< add Stirling's approximation of log(target!)
  double eps = 1e-8;               ///< added to a rate before its logarithm is taken
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(log_input, full, eps, reduction_option(reduction))
};

/// Arguments of GaussianNLLLoss.
struct GaussianNLLLossOptions {
  bool full = false;               ///< add the constant log(2 pi) / 2
  double eps = 1e-6;               ///< variances below count as this
  std::string reduction = "mean";  ///< "none", "mean" or "sum"
  WICK_OPTIONS(full, eps, reduction_option(reduction))
};

}  // namespace wick::nn
