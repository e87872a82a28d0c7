// Losses of numbers that are to be near others.
#include <cmath>
#include <numbers>

#include "nn/loss_parts.h"
#include "wick/autograd.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn::functional {
namespace {

/// slope (d - bend / 2) where d = |input - target| >= bend, else slope d^2 / (2 bend).
Tensor bent(const Tensor& difference, double bend, double slope) {
  const Tensor d = abs(difference);
  const Tensor far = ge(d, bend);
  // What is far stays out of the square, where the gradient of an infinite d would be 0 * inf.
  const Tensor near = where(far, 0.0, d);
  return where(far, (d - 0.5 * bend) * slope, square(near) * (0.5 * slope / bend));
}

/// Where PyTorch's rule for the variances of a Gaussian loss leaves `var`, against `input`.
Tensor fitted(const Tensor& var, const Shape& input) {
  const Shape& shape = var.shape();
  if (shape == input) return var;
  if (shape.size() + 1 == input.size() && std::equal(shape.begin(), shape.end(), input.begin()))
    return var.unsqueeze(-1);
  int64_t others = 0;  // the sum of the sizes that differ: 1 for a single dimension of size 1
  if (shape.size() == input.size())
    for (size_t i = 0; i < shape.size(); ++i)
      if (shape.data()[i] != input.data()[i]) others += shape.data()[i];
  if (others != 1) throw ValueError("var is of incorrect size");
  return var;
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  check_reduction(options.reduction);
  warn_of_broadcast(input, target);
  const Tensor difference = sub(input, target);
  check_floating("mse_cpu", difference.dtype());
  return reduce(square(difference), options.reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  check_reduction(options.reduction);
  warn_of_broadcast(input, target);
  return reduce(abs(sub(input, target)), options.reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options) {
  check_reduction(options.reduction);
  check_beta(options.beta);
  if (options.beta == 0) return l1_loss(input, target, {options.reduction});
  warn_of_broadcast(input, target);
  const Tensor difference = sub(input, target);
  check_floating("smooth_l1_cpu", difference.dtype());
  return reduce(bent(difference, options.beta, 1), options.reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options) {
  check_reduction(options.reduction);
  check_delta(options.delta);
  warn_of_broadcast(input, target);
  const Tensor difference = sub(input, target);
  check_floating("huber_cpu", difference.dtype());
  return reduce(bent(difference, options.delta, options.delta), options.reduction);
}

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                        const PoissonNLLLossOptions& options) {
  check_reduction(options.reduction);
  Tensor losses =
      options.log_input ? exp(input) - target * input : input - target * log(input + options.eps);
  if (options.full) {
    const Tensor small = le(target, 1);
    const Tensor t = where(small, 1.0, target);  // whose logarithm has a gradient
    const Tensor stirling = t * log(t) - t + 0.5 * log(t * (2 * std::numbers::pi));
    losses = losses + where(small, 0.0, stirling);
  }
  return reduce(losses, options.reduction);
}

Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                         const GaussianNLLLossOptions& options) {
  check_reduction(options.reduction);
  if (!var.is_meta() && static_cast<bool>(any(lt(var, 0))))
    throw ValueError("var has negative entry/entries");
  const Tensor v = fitted(var, input.shape()).clone();
  {
    const NoGradGuard guard;  // PyTorch's derivative does not see the bound
    v.clamp_(options.eps);
  }
  Tensor losses = 0.5 * (log(v) + square(input - target) / v);
  if (options.full) losses = losses + 0.5 * std::log(2 * std::numbers::pi);
  return reduce(losses, options.reduction);
}

}  // namespace wick::nn::functional
