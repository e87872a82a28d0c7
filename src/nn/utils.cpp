#include "wick/nn/utils.h"

#include <fmt/format.h>

#include <cmath>
#include <unordered_set>

#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/ops.h"

namespace wick::nn::utils {
namespace {

/// The gradients; that of a parameter which is there twice, once.
std::vector<Tensor> grads_of(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> grads;
  std::unordered_set<const TensorImpl*> seen;
  for (const Tensor& parameter : parameters)
    if (seen.insert(&parameter.impl()).second && parameter.grad().defined())
      grads.push_back(parameter.grad());
  return grads;
}

}  // namespace

Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  const NoGradGuard guard;
  const std::vector<Tensor> grads = grads_of(parameters);
  if (grads.empty()) return zeros({});
  std::vector<Tensor> norms;
  for (const Tensor& grad : grads) norms.push_back(norm(grad, norm_type));
  const Tensor total = norm(stack(norms), norm_type);
  const Tensor factor = clamp(max_norm / (total + 1e-6), {}, 1.0);
  if (total.is_meta()) {  // without a look at what the factor is
    for (const Tensor& grad : grads) grad.mul_(factor);
    return total;
  }
  const auto value = total.item<double>();
  if (error_if_nonfinite && !std::isfinite(value))
    throw Error(fmt::format(
        "The total norm of order {} for gradients from `parameters` is non-finite, so it cannot be "
        "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
        "`error_if_nonfinite=False`",
        python_repr(norm_type)));
  // A factor of 1 changes nothing.
  if (factor.item<double>() != 1)
    for (const Tensor& grad : grads) grad.mul_(factor);
  return total;
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  const NoGradGuard guard;
  for (const Tensor& grad : grads_of(parameters)) grad.clamp_(-clip_value, clip_value);
}

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> rows;
  for (const Tensor& parameter : parameters) rows.push_back(parameter.reshape({-1}));
  return cat(rows);
}

void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters) {
  int64_t count = 0;
  for (const Tensor& parameter : parameters) count += parameter.numel();
  if (vec.dim() != 1 || vec.numel() != count)
    throw ShapeError(fmt::format(
        "vector_to_parameters expects a vector of {} elements for these parameters, got shape {}",
        count, vec.shape()));
  const NoGradGuard guard;
  int64_t offset = 0;
  for (const Tensor& parameter : parameters) {
    parameter.copy_(vec.narrow(0, offset, parameter.numel()).view(parameter.shape()));
    offset += parameter.numel();
  }
}

}  // namespace wick::nn::utils
