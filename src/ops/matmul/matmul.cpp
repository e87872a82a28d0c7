#include "compute/linear.h"
#include "compute/product.h"

#include "core/dispatch.h"
#include "core/flop_counter.h"
#include "ops/arguments.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using autograd::Saved;
using autograd::wrt;
using core::fail;
using ops::check_same_dtype;
using ops::common_device;

void check_expands_to(const Tensor& x, const Shape& shape) {
  const NoGradGuard guard;
  expand(x, shape);
}

/// Throws TypeError unless `names` ("mat1 and mat2") have one dtype.
void check_dtypes(const char* names, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype())
    fail<TypeError>("{} must have the same dtype, but got {} and {}", names,
                    core::scalar_type_name(a.dtype()), core::scalar_type_name(b.dtype()));
}

/// a b into `result`, whose shape fits.
void multiply(const Tensor& result, const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::bool_) ops::fail_not_implemented("addmm_impl_cpu_", a.dtype());
  core::count_multiply_adds(result.numel(), a.size(-1));
  compute::run(compute::MatMul(), result, a, b);
}

/// The product of two matrices, checked, without its place in the graph.
Tensor mm_forward(const Tensor& a, const Tensor& b, Device device) {
  check_dtypes("mat1 and mat2", a, b);
  if (a.size(1) != b.size(0))
    fail<ShapeError>("mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", a.size(0),
                     a.size(1), b.size(0), b.size(1));
  Tensor result = core::make({a.size(0), b.size(1)}, a.dtype(), device);
  multiply(result, a, b);
  return result;
}

Shape with_last(const Shape& shape, int64_t last) {
  Shape result = shape;
  result[-1] = last;
  return result;
}

/// x as a matrix: all leading dimensions in one.
Tensor as_rows(const Tensor& x) {
  return reshape(x, {with_last(x.shape(), 1).numel(), x.size(-1)});
}

auto wrt_left(const Tensor& a, const Tensor& b) {
  return wrt(a, [b = Saved(b)](const Tensor& g) { return mm(g, b.get().t()); });
}
auto wrt_right(const Tensor& a, const Tensor& b) {
  return wrt(b, [a = Saved(a)](const Tensor& g) { return mm(a.get().t(), g); });
}

/// Checks the bias of a linear layer on x whose result is a matrix of `shape`.
void check_bias(const Tensor& bias, const Tensor& x, const Shape& shape) {
  check_dtypes("self and mat2", bias, x);
  check_expands_to(bias, shape);
  // Layers whose weights are packed have one bias for all rows.
  const bool packed = is_floating_point(x.dtype()) && x.dtype() != DType::float64;
  if (packed && bias.dim() > 1) check_expands_to(bias, {shape[1]});
}

/// Batches of matrices, broadcast against each other.
Tensor batched(const Tensor& a, const Tensor& b) {
  const auto batch_of = [](const Tensor& x) {
    Shape batch = x.shape();
    batch.erase(batch.size() - 1);
    batch.erase(batch.size() - 1);
    return batch;
  };
  const Shape batch = broadcast_shapes(batch_of(a), batch_of(b));
  const auto spread = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return reshape(expand(x, shape), {batch.numel(), x.size(-2), x.size(-1)});
  };
  Shape shape = batch;
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return reshape(bmm(spread(a), spread(b)), shape);
}

}  // namespace

Tensor mm(const Tensor& a, const Tensor& b) {
  if (a.dim() != 2) fail<ShapeError>("self must be a matrix, got shape {}", a.shape());
  if (b.dim() != 2) fail<ShapeError>("mat2 must be a matrix, got shape {}", b.shape());
  return autograd::record("MmBackward0", mm_forward(a, b, common_device(a, b)), wrt_left(a, b),
                          wrt_right(a, b));
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  if (a.dim() != 3) fail<ShapeError>("batch1 must be a 3D tensor, got shape {}", a.shape());
  if (b.dim() != 3) fail<ShapeError>("batch2 must be a 3D tensor, got shape {}", b.shape());
  if (a.size(0) != b.size(0) || a.size(2) != b.size(1))
    fail<ShapeError>(
        "Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: [{}, "
        "{}].",
        a.size(0), a.size(2), b.size(0), b.size(1));
  check_same_dtype(a, b);
  Tensor result = core::make({a.size(0), a.size(1), b.size(2)}, a.dtype(), common_device(a, b));
  multiply(result, a, b);
  return autograd::record(
      "BmmBackward0", std::move(result),
      wrt(a, [b = Saved(b)](const Tensor& g) { return bmm(g, transpose(b, 1, 2)); }),
      wrt(b, [a = Saved(a)](const Tensor& g) { return bmm(transpose(a, 1, 2), g); }));
}

Tensor mv(const Tensor& a, const Tensor& vec) {
  if (a.dim() != 2 || vec.dim() != 1)
    fail<ShapeError>("vector + matrix @ vector expected, got 1, {}, {}", a.dim(), vec.dim());
  if (a.size(1) != vec.size(0))
    fail<ShapeError>("size mismatch, got {}, {}x{},{}", a.size(0), a.size(0), a.size(1),
                     vec.size(0));
  check_same_dtype(a, vec);
  Tensor result = core::make({a.size(0), 1}, a.dtype(), common_device(a, vec));
  {
    const NoGradGuard guard;
    multiply(result, a, vec.unsqueeze(1));
    result = result.squeeze(1).detach();
  }
  return autograd::record("MvBackward0", std::move(result),
                          wrt(a, [vec = Saved(vec)](const Tensor& g) { return outer(g, vec); }),
                          wrt(vec, [a = Saved(a)](const Tensor& g) { return mv(a.get().t(), g); }));
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1)
    fail<ShapeError>("1D tensors expected, but got {}D and {}D tensors", a.dim(), b.dim());
  if (a.dtype() != b.dtype())
    fail<TypeError>("dot : expected both vectors to have same dtype, but found {} and {}",
                    core::scalar_type_name(a.dtype()), core::scalar_type_name(b.dtype()));
  if (a.numel() != b.numel())
    fail<ShapeError>(
        "inconsistent tensor size, expected tensor {} and src {} to have the same number of "
        "elements, but got {} and {} elements respectively",
        a.shape(), b.shape(), a.numel(), b.numel());
  Tensor result = core::make({1, 1}, a.dtype(), common_device(a, b));
  {
    const NoGradGuard guard;
    multiply(result, a.unsqueeze(0), b.unsqueeze(1));
    result = result.view({}).detach();
  }
  return autograd::record("DotBackward0", std::move(result),
                          wrt(a, [b = Saved(b)](const Tensor& g) { return g * b; }),
                          wrt(b, [a = Saved(a)](const Tensor& g) { return g * a; }));
}

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1) fail<ShapeError>("outer: Expected 1-D argument self, but got {}-D", a.dim());
  if (b.dim() != 1) fail<ShapeError>("outer: Expected 1-D argument vec2, but got {}-D", b.dim());
  return mul(a.unsqueeze(1), b.unsqueeze(0));
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.dim() == 0 || b.dim() == 0)
    fail<ShapeError>("both arguments to matmul need to be at least 1D, but they are {}D and {}D",
                     a.dim(), b.dim());
  if (a.dim() == 1 && b.dim() == 1) return dot(a, b);
  if (a.dim() == 2 && b.dim() == 1) return mv(a, b);
  if (a.dim() == 1 && b.dim() == 2) return mm(a.unsqueeze(0), b).squeeze(0);
  if (a.dim() == 2 && b.dim() == 2) return mm(a, b);
  if (a.dim() >= 3 && b.dim() == 1) {
    Shape shape = a.shape();
    shape.erase(shape.size() - 1);
    return reshape(mv(as_rows(a), b), shape);
  }
  if (a.dim() >= 3 && b.dim() == 2)
    return reshape(mm(as_rows(a), b), with_last(a.shape(), b.size(1)));
  if (a.dim() == 1) return matmul(a.unsqueeze(0), b).squeeze(-2);
  return batched(a, b);
}

Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  if (a.dim() != 2)
    throw ShapeError("mat1 must be a matrix, got " + std::to_string(a.dim()) + "-D tensor");
  if (b.dim() != 2)
    throw ShapeError("mat2 must be a matrix, got " + std::to_string(b.dim()) + "-D tensor");
  check_dtypes("self and mat2", x, a);
  Tensor result;
  {
    const NoGradGuard guard;
    result = mm_forward(a, b, common_device(a, b, x));
    check_expands_to(x, result.shape());
    if (!is_floating_point(x.dtype()) && (beta.is_floating() || alpha.is_floating()))
      throw TypeError(
          "For integral input tensors, argument beta and alpha must not be a floating "
          "point number.");
    for (const Scalar factor : {alpha, beta})
      if (!is_floating_point(x.dtype())) ops::check_fits(factor, x.dtype());
    if (alpha.to_double() != 1) result.mul_(alpha);
    // A factor of 0 drops x altogether, nan and infinity included, as in PyTorch.
    if (beta.to_double() != 0) result.add_(beta.to_double() == 1 ? x : mul(x, beta));
  }
  const auto scaled = [](const Tensor& g, Scalar by) { return by.to_double() == 1 ? g : g * by; };
  return autograd::record(
      "AddmmBackward0", std::move(result),
      wrt(x, [scaled, beta](const Tensor& g) { return scaled(g, beta); }),
      wrt(a, [scaled, alpha,
              b = Saved(b)](const Tensor& g) { return scaled(mm(g, b.get().t()), alpha); }),
      wrt(b, [scaled, alpha, a = Saved(a)](const Tensor& g) {
        return scaled(mm(a.get().t(), g), alpha);
      }));
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (weight.dim() != 2)
    fail<ShapeError>("linear expects a weight with 2 dimensions, got {}", weight.shape());
  if (x.dim() == 0)
    throw ShapeError("both arguments to matmul need to be at least 1D, but they are 0D and 2D");
  const int64_t in = weight.size(1), out = weight.size(0);
  check_dtypes("mat1 and mat2", x, weight);
  const int64_t rows = with_last(x.shape(), 1).numel();
  if (x.size(-1) != in)
    fail<ShapeError>("mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", rows,
                     x.size(-1), in, out);
  Tensor result;
  {
    const NoGradGuard guard;
    result = core::make(with_last(x.shape(), out), x.dtype(), common_device(x, weight, bias));
    const Tensor matrix = as_rows(result);
    if (bias.defined()) check_bias(bias, x, matrix.shape());
    if (x.dtype() == DType::bool_) ops::fail_not_implemented("addmm_impl_cpu_", x.dtype());
    core::count_multiply_adds(result.numel(), in);
    compute::run(compute::Linear(), matrix, as_rows(x), weight, bias);
  }
  // PyTorch's names for the same computation.
  const char* name = x.dim() == 1     ? (bias.defined() ? "AddBackward0" : "SqueezeBackward3")
                     : x.dim() == 2   ? (bias.defined() ? "AddmmBackward0" : "MmBackward0")
                     : bias.defined() ? "ViewBackward0"
                                      : "UnsafeViewBackward0";
  const auto matrix = [](const Tensor& t) { return t.dim() == 2 ? t : as_rows(t); };
  return autograd::record(
      name, std::move(result),
      wrt(x, [weight = Saved(weight)](const Tensor& g) { return matmul(g, weight); }),
      wrt(weight, [matrix, x = Saved(x)](const Tensor& g) { return mm(matrix(g).t(), matrix(x)); }),
      wrt(bias, [](const Tensor& g) { return g; }));
}

Tensor Tensor::matmul(const Tensor& other) const { return wick::matmul(*this, other); }
Tensor Tensor::mm(const Tensor& other) const { return wick::mm(*this, other); }
Tensor Tensor::bmm(const Tensor& other) const { return wick::bmm(*this, other); }
Tensor Tensor::mv(const Tensor& vec) const { return wick::mv(*this, vec); }
Tensor Tensor::dot(const Tensor& other) const { return wick::dot(*this, other); }
Tensor Tensor::outer(const Tensor& other) const { return wick::outer(*this, other); }
Tensor Tensor::addmm(const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) const {
  return wick::addmm(*this, a, b, beta, alpha);
}

}  // namespace wick
