// What the losses have in common: reductions and checks.
#pragma once

#include <string>
#include <string_view>

#include "wick/tensor.h"

namespace wick::nn {

/// Throws OptionError unless it is "none", "mean" or "sum".
void check_reduction(const std::string& reduction);
void check_kl_div_reduction(const std::string& reduction);  // "batchmean", too
/// Warns if the target has another shape than the input, though both may broadcast.
void warn_of_broadcast(const Tensor& input, const Tensor& target);
/// All losses, their mean or their sum.
Tensor reduce(const Tensor& losses, const std::string& reduction);

void check_beta(double beta);
void check_delta(double delta);
void check_label_smoothing(double label_smoothing);

std::string_view scalar_type_name(DType dtype);  // "Long", as PyTorch's messages have it
/// Throws TypeError: "mse_cpu" not implemented for 'Long'.
void check_floating(const char* kernel, DType dtype);
/// Throws ShapeError unless a and b broadcast to `output`.
void check_broadcast(const Shape& a, const Shape& b, const Shape& output);

}  // namespace wick::nn
