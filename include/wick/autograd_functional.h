/// \file
/// Derivatives of functions, as torch.autograd.functional has them
/// (https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api): products with the
/// Jacobian, whole Jacobians and Hessians.
///
/// Each is there for functions of one tensor, of several, and, where it makes sense, to several. f
/// gets tensors of its own with the elements of the inputs, and has to compute its results from
/// them with recorded operations, also under a NoGradGuard. The derivatives of its operations must
/// have derivatives themselves for jvp and hessian. What f does not depend on has a derivative of
/// zero, and so has a result without history. No grad() changes.
#pragma once

#include <utility>
#include <vector>

#include "wick/autograd.h"

namespace wick::autograd {

/// Functions as vjp, jvp, jacobian and hessian take them; lambdas say which by the types of their
/// arguments and results. Function is in autograd.h: of several tensors, to one.
using TensorFunction = Callback<Tensor(const Tensor& x)>;
using TensorsFunction = Callback<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

/// How derivatives of functions are taken.
struct FunctionalOptions {
  /// The results can be differentiated again, with respect to inputs, and v, that require
  /// gradients. Else they have no history.
  bool create_graph = false;
  /// Throws Error, instead of giving zeros, where a result does not depend on an input.
  bool strict = false;
};

/// The results of a function, and a product with its Jacobian there:
///
///     auto [y, g] = autograd::vjp(f, x, v);
template <class Outputs, class Product>
struct OutputsAndProduct {
  Outputs outputs;
  Product product;
};

/// v^T J: for every input the sum of v * f's results, differentiated. v has the shapes of the
/// results; it may be left out where that is one element, and is 1 then. Throws ShapeError if v has
/// other shapes, and Error if there are more or fewer than results, or none where one is needed.
WICK_API OutputsAndProduct<Tensor, Tensor> vjp(const TensorFunction& f, const Tensor& x,
                                               const Tensor& v = {},
                                               const FunctionalOptions& options = {});
/// \overload
WICK_API OutputsAndProduct<Tensor, std::vector<Tensor>> vjp(const Function& f,
                                                            const std::vector<Tensor>& inputs,
                                                            const Tensor& v = {},
                                                            const FunctionalOptions& options = {});
/// \overload
WICK_API OutputsAndProduct<std::vector<Tensor>, std::vector<Tensor>> vjp(
    const TensorsFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v = {},
    const FunctionalOptions& options = {});

/// J v: how much the results change where the inputs change by v, which has the shapes of the
/// inputs and may be left out for a single one of one element. By two backward passes. Throws as
/// vjp.
WICK_API OutputsAndProduct<Tensor, Tensor> jvp(const TensorFunction& f, const Tensor& x,
                                               const Tensor& v = {},
                                               const FunctionalOptions& options = {});
/// \overload
WICK_API OutputsAndProduct<Tensor, Tensor> jvp(const Function& f, const std::vector<Tensor>& inputs,
                                               const std::vector<Tensor>& v = {},
                                               const FunctionalOptions& options = {});
/// \overload
WICK_API OutputsAndProduct<std::vector<Tensor>, std::vector<Tensor>> jvp(
    const TensorsFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v = {},
    const FunctionalOptions& options = {});

/// The derivative of every element of the result with respect to every element of the input, of
/// shape [*result.shape, *x.shape]; one backward pass for each element of the result.
///
///     Tensor j = autograd::jacobian([](const Tensor& x) { return x.exp(); }, x);   // diagonal
WICK_API Tensor jacobian(const TensorFunction& f, const Tensor& x,
                         const FunctionalOptions& options = {});
/// One for each input.
WICK_API std::vector<Tensor> jacobian(const Function& f, const std::vector<Tensor>& inputs,
                                      const FunctionalOptions& options = {});
/// That of result i with respect to input j at [i][j].
WICK_API std::vector<std::vector<Tensor>> jacobian(const TensorsFunction& f,
                                                   const std::vector<Tensor>& inputs,
                                                   const FunctionalOptions& options = {});

/// The second derivatives of a function whose result has one element, of shape [*x.shape,
/// *x.shape]: the Jacobian of its gradient. Throws Error if the result has more or fewer elements.
WICK_API Tensor hessian(const TensorFunction& f, const Tensor& x,
                        const FunctionalOptions& options = {});
/// With respect to inputs i and j at [i][j], of shape [*inputs[i].shape, *inputs[j].shape].
WICK_API std::vector<std::vector<Tensor>> hessian(const Function& f,
                                                  const std::vector<Tensor>& inputs,
                                                  const FunctionalOptions& options = {});

}  // namespace wick::autograd
