// Losses of probabilities: of yes and no, and of whole distributions.
#include "nn/loss_parts.h"
#include "wick/format.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/option.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::nn::functional {
namespace {

Tensor weighted(const Tensor& losses, const Tensor& weight) {
  if (!weight.defined()) return losses;
  check_broadcast(losses.shape(), weight.shape(), losses.shape());
  return losses * weight.to(losses.dtype());
}

void check_probabilities(const Tensor& x, const char* what) {
  if (x.is_meta() || static_cast<bool>(all(logical_and(ge(x, 0), le(x, 1))))) return;
  throw ValueError(fmt::format("all elements of {} should be between 0 and 1", what));
}

/// log(x) and log(1 - x), not below -100.
struct Logs {
  explicit Logs(const Tensor& x) : yes(clamp(log(x), -100)), no(clamp(log1p(-x), -100)) {}
  Tensor loss(const Tensor& target) const { return (target - 1) * no - target * yes; }
  Tensor yes, no;
};

/// PyTorch's derivative of the binary cross entropy is (x - target) / max(x (1 - x), this).
constexpr double least_variance = 1e-12;

/// log(1 + exp(x)) for any x: beyond the threshold it is x to the last bit of a double.
Tensor softplus_exact(const Tensor& x) { return softplus(x, 1, 40); }

}  // namespace

Tensor logsigmoid(const Tensor& x) {
  check_floating("log_sigmoid_cpu", x.dtype());
  return 0 - softplus_exact(-x);
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& options) {
  check_reduction(options.reduction);
  if (target.shape() != input.shape())
    throw ValueError(
        fmt::format("Using a target size ({}) that is different to the input size "
                    "({}) is deprecated. Please ensure they have the same size.",
                    target.shape(), input.shape()));
  check_floating("binary_cross_entropy", input.dtype());
  if (target.dtype() != input.dtype())
    throw TypeError(fmt::format("Found dtype {} but expected {}", scalar_type_name(target.dtype()),
                                scalar_type_name(input.dtype())));
  check_probabilities(input, "input");
  check_probabilities(target, "target");
  const Tensor at = input.detach();
  const Tensor inside = gt(at * (1 - at), least_variance);
  Tensor losses = Logs(where(inside, input, 0.5)).loss(target);
  if (input.is_meta() || !static_cast<bool>(all(inside))) {
    // A line through the value with PyTorch's slope there, as the logarithms have none.
    const Tensor line = Logs(at).loss(target) + (input - at) * ((at - target) / least_variance);
    losses = where(inside, losses, line);
  }
  return reduce(weighted(losses, options.weight), options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options) {
  check_reduction(options.reduction);
  if (target.shape() != input.shape())
    throw ValueError(fmt::format("Target size ({}) must be the same as input size ({})",
                                 target.shape(), input.shape()));
  check_floating("log_sigmoid_cpu", input.dtype());
  if (!target.is_floating_point())
    throw TypeError(fmt::format("result type {} can't be cast to the desired output type {}",
                                scalar_type_name(input.dtype()), scalar_type_name(target.dtype())));
  Tensor positive = target;
  if (options.pos_weight.defined()) {
    check_broadcast(options.pos_weight.shape(), target.shape(), target.shape());
    positive = options.pos_weight * target;
  }
  // Two terms of one sign: nothing cancels, in the value or in the gradient.
  const Tensor losses = positive * softplus_exact(-input) + (1 - target) * softplus_exact(input);
  return reduce(weighted(losses, options.weight), options.reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivLossOptions& options) {
  check_kl_div_reduction(options.reduction);
  if (options.reduction == "mean")
    warn("reduction",
         "reduction: 'mean' divides the total loss by both the batch size and the support size. "
         "'batchmean' divides only by the batch size, and aligns with the KL div math definition.");
  if (!input.is_floating_point() || !target.is_floating_point())
    throw TypeError("kl_div: Integral inputs not supported.");
  Tensor losses;
  if (options.log_target) {
    losses = exp(target) * (target - input);
  } else {
    const Tensor zero = eq(target, 0);
    const Tensor t = where(zero, 1.0, target);  // 1 log(1) is 0, with a gradient
    losses = where(zero, 0.0, t * log(t)) - target * input;
  }
  if (options.reduction != "batchmean") return reduce(losses, options.reduction);
  const Tensor total = sum(losses);
  return input.dim() == 0 ? total : total / input.size(0);
}

}  // namespace wick::nn::functional
