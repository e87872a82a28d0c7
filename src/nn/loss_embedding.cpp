// Losses of distances between vectors, and the distances.
#include "nn/loss_parts.h"
#include "nn/python_text.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn::functional {

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, Dim dim, double eps) {
  const DType common = promote_types(x1.dtype(), x2.dtype());
  if (!is_floating_point(common))
    throw TypeError(
        fmt::format("expected common dtype to be floating point, yet common dtype is {}",
                    scalar_type_name(common)));
  const Shape shape = broadcast_shapes(x1.shape(), x2.shape());
  const auto unit = [&](const Tensor& x) {
    const Tensor vectors = x.to(common).expand(shape);
    const Tensor length = norm(vectors, 2, dim, true).clone();
    {
      const NoGradGuard guard;  // PyTorch's derivative does not see the bound
      length.clamp_(eps);
    }
    return vectors / length;
  };
  return sum(unit(x1) * unit(x2), dim);
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  return norm(sub(x1, x2) + eps, p, -1, keepdim);
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                             const CosineEmbeddingLossOptions& options) {
  check_reduction(options.reduction);
  const int64_t dim = target.dim();
  if (dim > 1) throw ShapeError("0D or 1D target tensor expected, multi-target not supported");
  if (input1.dim() != dim + 1 || input2.dim() != dim + 1)
    throw ShapeError(fmt::format(
        "{}D target tensor expects {}D input tensors, but found inputs with sizes {} and {}.", dim,
        dim + 1, input1.shape(), input2.shape()));
  const auto square_length = [dim](const Tensor& x) { return sum(square(x), dim) + 1e-12; };
  const Tensor cosine =
      sum(input1 * input2, dim) / sqrt(square_length(input1) * square_length(input2));
  const Tensor alike = where(eq(target, 1), 1 - cosine, 0.0);
  const Tensor unlike = where(eq(target, -1), clamp(cosine - options.margin, 0), 0.0);
  return reduce(alike + unlike, options.reduction);
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossOptions& options) {
  check_reduction(options.reduction);
  const Tensor unlike = where(ne(target, 1), clamp(options.margin - input, 0), 0.0);
  const Tensor alike = where(ne(target, -1), input, 0.0);
  return reduce(unlike + alike, options.reduction);
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                           const MarginRankingLossOptions& options) {
  check_reduction(options.reduction);
  if (input1.dim() != input2.dim() || input1.dim() != target.dim())
    throw ShapeError(fmt::format(
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
        "input1: {}, input2: {}, target: {} ",
        input1.shape(), input2.shape(), target.shape()));
  const Tensor behind = -target * sub(input1, input2) + options.margin;
  return reduce(clamp(behind, 0), options.reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossOptions& options) {
  check_reduction(options.reduction);
  if (!(options.margin > 0))
    throw ValueError("margin must be greater than 0, got " + python_text(options.margin));
  if (anchor.dim() != positive.dim() || positive.dim() != negative.dim())
    throw ShapeError(fmt::format(
        "The anchor, positive, and negative tensors are expected to have the same number of "
        "dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs",
        anchor.dim(), positive.dim(), negative.dim()));
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, options.p, options.eps);
  };
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return reduce(clamp(options.margin + distance(anchor, positive) - far, 0), options.reduction);
}

}  // namespace wick::nn::functional
