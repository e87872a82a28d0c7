// Losses of choosing one of several classes.
#include "nn/loss_parts.h"
#include "wick/format.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn::functional {
namespace {

int64_t class_dim(const Tensor& input) { return input.dim() == 1 ? 0 : 1; }

/// A weight for each class, shaped to multiply `input`.
Tensor along_classes(const Tensor& weight, const Tensor& input) {
  Shape shape = Shape::filled(static_cast<size_t>(input.dim()), 1);
  shape[class_dim(input)] = -1;
  return weight.view(shape);
}

void check_weight(const Tensor& weight, const Tensor& input, const char* prefix) {
  const int64_t classes = input.size(class_dim(input));
  if (weight.defined() && (weight.dim() != 1 || weight.numel() != classes))
    throw ShapeError(fmt::format(
        "{}weight tensor should be defined either for all {} classes or no classes but got weight "
        "tensor of shape: {}",
        prefix, classes, weight.shape()));
}

/// Throws unless there is one target for each sample of `input`.
void check_target_shape(const Tensor& input, const Tensor& target) {
  if (input.dim() == 0) throw ValueError("Expected 1 or more dimensions (got 0)");
  Shape expected = input.shape();
  expected.erase(static_cast<size_t>(class_dim(input)));
  const Shape& shape = target.shape();
  if (shape == expected) return;
  if (input.dim() == 1) {
    if (shape.size() != 1)
      throw ShapeError("0D or 1D target tensor expected, multi-target not supported");
    if (shape[0] != 1)
      throw ValueError(fmt::format(
          "For 1D input, 1D target must have size 1, but got target size: {}", shape[0]));
    return;
  }
  const int64_t batch = shape.empty() ? 0 : shape[0];
  if (batch != input.size(0))
    throw ValueError(fmt::format("Expected input batch_size ({}) to match target batch_size ({}).",
                                 input.size(0), batch));
  if (input.dim() == 2)
    throw ShapeError("0D or 1D target tensor expected, multi-target not supported");
  throw ShapeError(fmt::format("Expected target size {}, got {}", expected, shape));
}

void check_same_dtype(DType expected, DType found) {
  if (expected != found)
    throw TypeError(fmt::format("expected scalar type {} but found {}", scalar_type_name(expected),
                                scalar_type_name(found)));
}

/// Class indices, one for each sample, that can be used.
struct Classes {
  Classes(const Tensor& input, const Tensor& target, int64_t ignore_index) {
    check_target_shape(input, target);
    if (target.dtype() != DType::uint8) check_same_dtype(DType::int64, target.dtype());
    Tensor given = target.to(DType::int64);
    if (input.dim() == 1) given = given.reshape({});
    ignored = eq(given, ignore_index);
    index = where(ignored, 0, given);
    const int64_t count = input.size(class_dim(input));
    const Tensor outside = logical_or(lt(index, 0), ge(index, count));
    // Without classes, 0 is no class either; an ignored target needs none.
    const Tensor wrong = logical_and(outside, logical_not(ignored));
    if (!target.is_meta() && static_cast<bool>(any(wrong)))
      throw IndexError(fmt::format("Target {} is out of bounds. The input has {} classes.",
                                   masked_select(given, wrong)[0].item<int64_t>(), count));
    none = count == 0;
  }

  /// The element of `x` for the class of each sample; 0 where there are no classes.
  Tensor pick(const Tensor& x) const {
    if (none) return zeros(index.shape(), {.dtype = x.dtype(), .device = x.device()});
    const int64_t dim = class_dim(x);
    return gather(x, dim, index.unsqueeze(dim)).squeeze(dim);
  }
  /// How much each sample counts, as the dtype of `input`.
  Tensor weights(const Tensor& weight, const Tensor& input) const {
    if (!weight.defined() || none) return logical_not(ignored).to(input.dtype());
    const Tensor each = index_select(weight, 0, index.reshape({-1})).reshape(index.shape());
    return where(ignored, 0.0, each);
  }

  Tensor index;    // int64; 0 for those that are ignored
  Tensor ignored;  // bool
  bool none = false;
};

/// "mean" divides by the sum of the weights, which are 0 for ignored samples.
Tensor reduce_weighted(const Tensor& losses, const Tensor& weights, const std::string& reduction) {
  if (reduction != "mean") return reduce(losses, reduction);
  return mean(losses) / mean(weights);  // as sum / sum, without its overflow in half precision
}

/// -w x[class] for each sample, x being log probabilities.
Tensor negative_log(const Tensor& x, const Classes& classes, const Tensor& weights) {
  return where(classes.ignored, 0.0, -(classes.pick(x) * weights));
}

Tensor smoothed(const Tensor& log_p, const Classes& classes, const Tensor& weights,
                const CrossEntropyLossOptions& options) {
  const int64_t dim = class_dim(log_p);
  const Tensor terms =
      options.weight.defined() ? log_p * along_classes(options.weight, log_p) : log_p;
  const Tensor spread = where(classes.ignored, 0.0, -sum(terms, dim));
  const double share = options.label_smoothing / static_cast<double>(log_p.size(dim));
  return (1 - options.label_smoothing) * negative_log(log_p, classes, weights) + share * spread;
}

/// Cross entropy with a probability for each class.
Tensor with_probabilities(const Tensor& input, const Tensor& target,
                          const CrossEntropyLossOptions& options) {
  if (!target.is_floating_point())
    throw TypeError(
        fmt::format("Expected floating point type for target with class probabilities, got {}",
                    scalar_type_name(target.dtype())));
  if (options.ignore_index >= 0)
    throw ValueError("ignore_index is not supported for floating point target");
  check_weight(options.weight, input, "cross_entropy: ");
  const int64_t dim = class_dim(input);
  const double e = options.label_smoothing;
  const Tensor t = e > 0 ? target * (1 - e) + e / static_cast<double>(input.size(dim)) : target;
  Tensor terms = log_softmax(input, dim) * t;
  if (options.weight.defined()) terms = terms * along_classes(options.weight, input);
  return reduce(-sum(terms, dim), options.reduction);
}

}  // namespace

Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyLossOptions& options) {
  check_reduction(options.reduction);
  check_label_smoothing(options.label_smoothing);
  if (input.dim() > 0 && input.shape() == target.shape())
    return with_probabilities(input, target, options);
  const Classes classes(input, target, options.ignore_index);
  check_weight(options.weight, input, "");
  if (options.weight.defined()) check_same_dtype(input.dtype(), options.weight.dtype());
  const Tensor log_p = log_softmax(input, class_dim(input));
  const Tensor weights = classes.weights(options.weight, input);
  const Tensor losses = options.label_smoothing > 0 ? smoothed(log_p, classes, weights, options)
                                                    : negative_log(log_p, classes, weights);
  return reduce_weighted(losses, weights, options.reduction);
}

Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossOptions& options) {
  check_reduction(options.reduction);
  const Classes classes(input, target, options.ignore_index);
  check_weight(options.weight, input, "");
  check_floating("nll_loss_out_frame", input.dtype());
  if (options.weight.defined()) check_same_dtype(input.dtype(), options.weight.dtype());
  const Tensor weights = classes.weights(options.weight, input);
  return reduce_weighted(negative_log(input, classes, weights), weights, options.reduction);
}

}  // namespace wick::nn::functional
