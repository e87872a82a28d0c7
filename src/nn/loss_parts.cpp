#include "nn/loss_parts.h"

#include "wick/format.h"
#include "wick/nn/option.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::nn {

void check_reduction(const std::string& reduction) {
  check_choice("reduction", reduction, {"none", "mean", "sum"},
               reduction + " is not a valid value for reduction");
}

void check_kl_div_reduction(const std::string& reduction) {
  check_choice("reduction", reduction, {"none", "mean", "sum", "batchmean"},
               reduction + " is not a valid value for reduction");
}

void warn_of_broadcast(const Tensor& input, const Tensor& target) {
  if (target.shape() == input.shape() || !hears_warnings()) return;
  warn("broadcast",
       fmt::format("Using a target size ({}) that is different to the input size ({}). This will "
                   "likely lead to incorrect results due to broadcasting. Please ensure they have "
                   "the same size.",
                   target.shape(), input.shape()));
}

Tensor reduce(const Tensor& losses, const std::string& reduction) {
  if (reduction == "none") return losses;
  return reduction == "mean" ? mean(losses) : sum(losses);
}

void check_beta(double beta) {
  check_range("beta", beta, 0, std::numeric_limits<double>::infinity(),
              "smooth_l1_loss does not support negative values for beta.");
}

void check_delta(double delta) {
  if (!(delta > 0))
    throw OptionError("delta", "huber_loss does not support non-positive values for delta.");
}

void check_label_smoothing(double label_smoothing) {
  check_range("label_smoothing", label_smoothing, 0, 1,
              fmt::format("label_smoothing must be between 0.0 and 1.0. Got: {}", label_smoothing));
}

std::string_view scalar_type_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "Float";
    case DType::float64:
      return "Double";
    case DType::bfloat16:
      return "BFloat16";
    case DType::float16:
      return "Half";
    case DType::int64:
      return "Long";
    case DType::int32:
      return "Int";
    case DType::uint8:
      return "Byte";
    case DType::bool_:
      return "Bool";
  }
  return "?";
}

void check_floating(const char* kernel, DType dtype) {
  if (!is_floating_point(dtype))
    throw TypeError(
        fmt::format("\"{}\" not implemented for '{}'", kernel, scalar_type_name(dtype)));
}

void check_broadcast(const Shape& a, const Shape& b, const Shape& output) {
  const Shape both = broadcast_shapes(a, b);
  if (both != output)
    throw ShapeError(
        fmt::format("output with shape {} doesn't match the broadcast shape {}", output, both));
}

}  // namespace wick::nn
