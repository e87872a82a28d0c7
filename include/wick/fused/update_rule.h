/// \file
/// The update rules of the optimizers, as formulas over single elements, and their coefficients.
/// wick/fused/optim.h applies them to tensors.
#pragma once

#include <cstdint>

namespace wick {

/// How one step changes a parameter p with gradient g and up to three averages s0, s1, s2 of its
/// shape. Each rule begins with
///
///     g = -g                      if maximize
///     p = shrink p                (decoupled weight decay: shrink is 1 - lr weight_decay)
///     g = g + weight_decay p      if weight_decay != 0
///
/// and goes on as its line says; avg(s, g, beta) stands for beta s + (1 - beta) g. The names are
/// those of PyTorch's state dicts.
enum class UpdateRule : uint8_t {
  /// s0 momentum_buffer, if momentum != 0: s0 = momentum s0 + (1 - dampening) g, or g if `first`;
  /// g = nesterov ? g + momentum s0 : s0. Always: p -= lr g.
  sgd,
  /// s0 exp_avg = avg(s0, g, beta1); s1 exp_avg_sq = avg(s1, g^2, beta2); if s2 max_exp_avg_sq is
  /// there: s2 = max(s2, s1). p -= lr s0 / (sqrt(s2 or s1) / correction + eps).
  adam,
  /// s0, s1 as in adam; d = sqrt(s1 / correction) + eps; p -= lr_gradient g / d + lr s0 / d.
  nadam,
  /// s0, s1 as in adam; p -= rectified ? lr s0 / (sqrt(s1) + eps) : lr s0.
  radam,
  /// s0 exp_avg = avg(s0, g, beta1); s1 exp_inf = max(beta2 s1, |g| + eps); p -= lr s0 / s1.
  adamax,
  /// s0 square_avg = avg(s0, g^2, beta2); if s2 grad_avg is there: s2 = avg(s2, g, beta2);
  /// d = sqrt(s0 - s2^2 or s0) + eps; if momentum != 0: s1 momentum_buffer = momentum s1 + g / d,
  /// p -= lr s1; else p -= lr g / d.
  rmsprop,
  /// s0 sum += g^2; p -= lr g / (sqrt(s0) + eps).
  adagrad,
  /// s0 square_avg = avg(s0, g^2, beta2); u = g sqrt(s1 + eps) / sqrt(s0 + eps);
  /// s1 acc_delta = avg(s1, u^2, beta2); p -= lr u.
  adadelta,
};

/// The coefficients of one step for one parameter; a rule reads those that its formula names.
struct UpdateNumbers {
  double lr = 0;           ///< step size; corrections of a bias are part of it
  double lr_gradient = 0;  ///< nadam: step size of the gradient itself
  double weight_decay = 0;
  double shrink = 1;
  double momentum = 0;
  double dampening = 0;
  double beta1 = 0;
  double beta2 = 0;
  double eps = 0;
  double correction = 1;
  bool maximize = false;
  bool nesterov = false;
  bool first = false;
  bool rectified = true;
};

}  // namespace wick
