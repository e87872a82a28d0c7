#include "wick/optim/lr_decay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wick::optim {
namespace {

std::vector<double> scaled(std::vector<double> lrs, double factor) {
  for (double& lr : lrs) lr *= factor;
  return lrs;
}

}  // namespace

// -- LambdaLR ----------------------------------------------------------------------------------

LambdaLR::LambdaLR(Optimizer& optimizer, LambdaLROptions options)
    : LRScheduler(optimizer, options.last_epoch), lambdas_(std::move(options.lr_lambda)) {
  const size_t groups = optimizer.param_group_count();
  if (lambdas_.size() != groups)
    throw ValueError(fmt::format("Expected {} lr_lambdas, but got {}", groups, lambdas_.size()));
  for (const auto& function : lambdas_)
    if (!function) throw ValueError("lr_lambda should be a function, but got none");
  initial_step();
}

LambdaLR::LambdaLR(Optimizer& optimizer, Callback<double(int64_t)> lr_lambda, int64_t last_epoch)
    : LambdaLR(optimizer, {.lr_lambda = std::vector(optimizer.param_group_count(), lr_lambda),
                           .last_epoch = last_epoch}) {}

std::vector<double> LambdaLR::get_lr() {
  std::vector<double> lrs = base_lrs();
  for (size_t i = 0; i < lrs.size(); ++i) lrs[i] *= lambdas_[i](last_epoch());
  return lrs;
}

// -- Steps -------------------------------------------------------------------------------------

StepLR::StepLR(Optimizer& optimizer, const StepLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> StepLR::get_lr() {
  const bool now = last_epoch() != 0 && last_epoch() % options_.step_size == 0;
  return scaled_lrs(now ? options_.gamma : 1);
}

std::vector<double> StepLR::closed_form_lr() {
  return scaled(base_lrs(), std::pow(options_.gamma, last_epoch() / options_.step_size));
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, MultiStepLROptions options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(std::move(options))) {
  initial_step();
}

std::vector<double> MultiStepLR::get_lr() {
  const auto& at = options_.milestones;
  const auto times = std::count(at.begin(), at.end(), last_epoch());
  return scaled_lrs(std::pow(options_.gamma, times));
}

std::vector<double> MultiStepLR::closed_form_lr() {
  const auto passed =
      std::count_if(options_.milestones.begin(), options_.milestones.end(),
                    [this](int64_t milestone) { return milestone <= last_epoch(); });
  return scaled(base_lrs(), std::pow(options_.gamma, passed));
}

ConstantLR::ConstantLR(Optimizer& optimizer, const ConstantLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> ConstantLR::get_lr() {
  if (last_epoch() == 0) return scaled_lrs(options_.factor);
  if (last_epoch() != options_.total_iters) return current_lrs();
  // From 0 no factor leads back.
  return options_.factor == 0 ? base_lrs() : scaled_lrs(1 / options_.factor);
}

std::vector<double> ConstantLR::closed_form_lr() {
  return scaled(base_lrs(), last_epoch() >= options_.total_iters ? 1 : options_.factor);
}

// -- Curves ------------------------------------------------------------------------------------

LinearLR::LinearLR(Optimizer& optimizer, const LinearLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> LinearLR::get_lr() {
  if (last_epoch() == 0) return scaled_lrs(options_.start_factor);
  if (is_initial() || last_epoch() > options_.total_iters) return current_lrs();
  const double rise = options_.end_factor - options_.start_factor;
  return scaled_lrs(1 + rise / (static_cast<double>(options_.total_iters) * options_.start_factor +
                                static_cast<double>(last_epoch() - 1) * rise));
}

std::vector<double> LinearLR::closed_form_lr() {
  const double rise = options_.end_factor - options_.start_factor;
  const auto total = static_cast<double>(options_.total_iters);
  const double part = total > 0 ? std::min(total, static_cast<double>(last_epoch())) / total : 0;
  return scaled(base_lrs(), options_.start_factor + rise * part);
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, const ExponentialLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options, "ExponentialLR")) {
  initial_step();
}

std::vector<double> ExponentialLR::get_lr() {
  return is_initial() ? current_lrs() : scaled_lrs(options_.gamma);
}

std::vector<double> ExponentialLR::closed_form_lr() {
  const double gamma = options_.gamma;
  return scaled(base_lrs(), std::pow(gamma, last_epoch()));
}

PolynomialLR::PolynomialLR(Optimizer& optimizer, const PolynomialLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> PolynomialLR::get_lr() {
  if (is_initial() || last_epoch() > options_.total_iters) return current_lrs();
  const auto total = static_cast<double>(options_.total_iters);
  const auto t = static_cast<double>(last_epoch());
  return scaled_lrs(std::pow((1 - t / total) / (1 - (t - 1) / total), options_.power));
}

std::vector<double> PolynomialLR::closed_form_lr() {
  if (last_epoch() >= options_.total_iters) return scaled(base_lrs(), std::pow(0, options_.power));
  const double part = static_cast<double>(last_epoch()) / static_cast<double>(options_.total_iters);
  return scaled(base_lrs(), std::pow(1 - part, options_.power));
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, const CosineAnnealingLROptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> CosineAnnealingLR::get_lr() {
  if (is_initial()) return current_lrs();
  if (step_count() == 1 && last_epoch() > 0) return closed_form_lr();
  const double low = options_.eta_min;
  const double angle = std::numbers::pi / static_cast<double>(options_.T_max);
  const auto t = static_cast<double>(last_epoch());
  std::vector<double> lrs = current_lrs();
  // After the minimum the recursion would divide by 0.
  const int64_t before = last_epoch() - 1;
  const bool turns = before % options_.T_max == 0 && before / options_.T_max % 2 != 0;
  for (size_t i = 0; i < lrs.size(); ++i)
    lrs[i] =
        turns ? lrs[i] + (base_lrs()[i] - low) * (1 - std::cos(angle)) / 2
              : (1 + std::cos(angle * t)) / (1 + std::cos(angle * (t - 1))) * (lrs[i] - low) + low;
  return lrs;
}

std::vector<double> CosineAnnealingLR::closed_form_lr() {
  const double low = options_.eta_min;
  const double angle =
      std::numbers::pi * static_cast<double>(last_epoch()) / static_cast<double>(options_.T_max);
  std::vector<double> lrs = base_lrs();
  for (double& lr : lrs) lr = low + (lr - low) * (1 + std::cos(angle)) / 2;
  return lrs;
}

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(
    Optimizer& optimizer, const CosineAnnealingWarmRestartsOptions& options)
    : LRScheduler(optimizer, options.last_epoch), options_(checked(options)) {
  initial_step();
}

std::vector<double> CosineAnnealingWarmRestarts::get_lr() {
  auto since = static_cast<double>(last_epoch());
  auto period = static_cast<double>(options_.T_0);
  if (options_.T_mult == 1) since = std::fmod(since, period);
  while (since >= period) {
    since -= period;
    period *= static_cast<double>(options_.T_mult);
  }
  std::vector<double> lrs = base_lrs();
  const double low = options_.eta_min;
  for (double& lr : lrs)
    lr = low + (lr - low) * (1 + std::cos(std::numbers::pi * since / period)) / 2;
  return lrs;
}

}  // namespace wick::optim
