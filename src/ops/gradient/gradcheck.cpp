// Derivatives against central differences.
#include <cmath>

#include "core/check.h"
#include "core/tensor_impl.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::autograd {
namespace {

/// Copies that the checks may write to and differentiate by, whatever the history and the layout.
std::vector<Tensor> fresh(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> result;
  for (const Tensor& x : inputs) {
    Tensor copy = x.detach().clone();
    if (x.is_floating_point()) copy.requires_grad_(x.requires_grad());
    result.push_back(std::move(copy));
  }
  return result;
}

/// d output / d input by central differences: [numel of input, numel of output].
Tensor numerical(const Function& f, const std::vector<Tensor>& inputs, size_t which, double eps) {
  const Tensor x = inputs[which].detach();
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < x.numel(); ++i) {
    const auto at = [&](double step) {
      const Tensor mask = arange(x.numel()).view(x.shape()) == Scalar(i);
      std::vector<Tensor> moved = fresh(inputs);  // f may differentiate, too
      moved[which] = wick::where(mask, x + Scalar(step), x).requires_grad_();
      return f(moved).detach().to(DType::float64).reshape({-1});
    };
    rows.push_back((at(eps) - at(-eps)) / Scalar(2 * eps));
  }
  return stack(rows);
}

/// The same by backward passes.
Tensor analytical(const Function& f, const std::vector<Tensor>& inputs, size_t which) {
  const Tensor y = f(inputs);
  std::vector<Tensor> columns;
  const Tensor places = arange(y.numel()).view(y.shape());
  for (int64_t i = 0; i < y.numel(); ++i) {
    const Tensor one = (places == Scalar(i)).to(y.dtype());
    const Tensor g = grad({y}, {inputs[which]},
                          {.grad_outputs = {one}, .retain_graph = true, .allow_unused = true})[0];
    columns.push_back(g.defined() ? g.detach().to(DType::float64).reshape({-1})
                                  : zeros({inputs[which].numel()}, DType::float64));
  }
  return stack(columns, 1);
}

}  // namespace

bool gradcheck(const Function& f, const std::vector<Tensor>& given,
               const GradcheckOptions& options) {
  bool any = false;
  for (const Tensor& x : given) any = any || x.requires_grad();
  for (size_t i = 0; i < given.size(); ++i)
    if (given[i].requires_grad() && given[i].dtype() != DType::float64)
      warn("dtype",
           fmt::format("Input #{} requires gradient and is not a double precision floating point. "
                       "This check will likely fail if all the inputs are not of double precision "
                       "floating point.",
                       i));
  if (!any)
    throw ValueError(
        "gradcheck expects at least one input tensor to require gradient, but none of the them "
        "have requires_grad=True.");
  const std::vector<Tensor> inputs = fresh(given);
  const EnableGradGuard enabled;
  const Tensor y = f(inputs);
  if (!y.requires_grad()) {
    if (!options.raise_exception) return false;
    throw Error("gradcheck: the output does not depend on an input that requires a gradient");
  }
  if (y.numel() == 0) return true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].requires_grad() || inputs[i].numel() == 0) continue;
    const Tensor expected = numerical(f, inputs, i, options.eps);
    const Tensor got = analytical(f, inputs, i);
    if (allclose(got, expected, options.rtol, options.atol)) continue;
    if (!options.raise_exception) return false;
    core::fail<Error>(
        "Jacobian mismatch for output 0 with respect to input {},\nnumerical:{}\nanalytical:{}\n",
        i, expected, got);
  }
  return true;
}

bool gradgradcheck(const Function& f, const std::vector<Tensor>& given,
                   const GradcheckOptions& options) {
  // The gradient with a fixed, uneven weight on every element of the output, as one flat tensor.
  std::vector<uint8_t> differentiated;
  for (const Tensor& x : given) differentiated.push_back(x.requires_grad());
  const Function first = [f, differentiated](const std::vector<Tensor>& inputs) {
    const EnableGradGuard enabled;  // numerical differences are taken without
    std::vector<Tensor> leaves = inputs, wanted;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!differentiated[i]) continue;
      if (!leaves[i].requires_grad()) leaves[i] = leaves[i].detach().requires_grad_();
      wanted.push_back(leaves[i]);
    }
    const Tensor y = f(leaves);
    const Tensor weights = (arange(y.numel()).to(y.dtype()) * 0.25 - 0.4).view(y.shape());
    const std::vector<Tensor> gradients =
        grad({y}, wanted, {.grad_outputs = {weights}, .create_graph = true, .allow_unused = true});
    std::vector<Tensor> flat;
    for (size_t i = 0; i < wanted.size(); ++i)
      // Plus nothing, so that it depends on every input even where f is linear.
      flat.push_back(
          (gradients[i].defined() ? gradients[i] + wanted[i] * 0 : wanted[i] * 0).reshape({-1}));
    return cat(flat);
  };
  return gradcheck(first, given, options);
}

}  // namespace wick::autograd
