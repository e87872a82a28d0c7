/// \file
/// Gradients and parameters of a model taken together: torch.nn.utils.
#pragma once

#include <vector>

#include "wick/tensor.h"

namespace wick::nn::utils {

/// Scales the gradients of `parameters` in place by max_norm / (norm + 1e-6) if that is below 1,
/// where the norm is that of all gradients as one vector, and returns the norm, a 0-d tensor.
/// `norm_type` may be infinite. Parameters without a gradient are skipped, and one that is there
/// twice counts once; without any the norm is 0. A norm that is nan or infinite throws Error if
/// `error_if_nonfinite`, and scales all the same if not
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html).
///
///     nn::utils::clip_grad_norm_(model.parameters(), 1.0);
WICK_API Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm,
                                double norm_type = 2, bool error_if_nonfinite = false);

/// Clamps every entry of every gradient to [-clip_value, clip_value], in place.
WICK_API void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);

/// All parameters flattened and joined: a 1-d tensor, through which gradients flow.
WICK_API Tensor parameters_to_vector(const std::vector<Tensor>& parameters);

/// Copies slices of `vec` into the parameters, the inverse of parameters_to_vector. Throws
/// ShapeError if vec is not 1-d or has not exactly as many elements; then nothing is changed.
WICK_API void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters);

}  // namespace wick::nn::utils
