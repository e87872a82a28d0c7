// vjp, jvp, jacobian and hessian, all on lists of tensors.
#include "wick/autograd_functional.h"

#include "core/check.h"
#include "wick/format.h"
#include "wick/ops.h"

namespace wick::autograd {
namespace {

using core::fail;
using Tensors = std::vector<Tensor>;

/// Tensors of a function's own, so that they are told from those that it may hold itself.
Tensors own(const Tensors& given, bool create_graph, bool need_graph) {
  Tensors result;
  for (const Tensor& x : given) {
    if (create_graph && x.requires_grad())
      result.push_back(view(x, x.shape()));
    else
      result.push_back(x.detach().requires_grad_(need_graph));
  }
  return result;
}

Tensors without_graph(const Tensors& given, bool create_graph) {
  if (create_graph) return given;
  Tensors result;
  for (const Tensor& x : given) result.push_back(x.detach());
  return result;
}

/// `several`: whether the caller gave a list, for the messages.
void check_vector(const Tensors& v, const Tensors& others, bool several) {
  if (v.size() != others.size())
    fail<Error>("v is a tuple of invalid length: should be {} but got {}.", others.size(),
                v.size());
  for (size_t i = 0; i < v.size(); ++i)
    if (v[i].shape() != others[i].shape())
      fail<ShapeError>("{}v has invalid size: should be {} but got {}.",
                       several ? fmt::format("Entry {} in ", i) : "", others[i].shape(),
                       v[i].shape());
}

void check_outputs(const Tensors& outputs, bool strict) {
  for (size_t i = 0; strict && i < outputs.size(); ++i)
    if (!outputs[i].requires_grad())
      fail<Error>(
          "Output {} of the user-provided function does not require gradients. The outputs must be "
          "computed in a differentiable manner from the input when running in strict mode.",
          i);
}

/// autograd::grad of those outputs that have a history; undefined where none leads to an input.
Tensors gradients(const Tensors& outputs, const Tensors& inputs, const Tensors& v,
                  bool create_graph, bool retain_graph = false) {
  Tensors from, weights;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].defined() || !outputs[i].requires_grad()) continue;
    from.push_back(outputs[i]);
    if (!v.empty()) weights.push_back(v[i]);
  }
  if (from.empty()) return Tensors(inputs.size());
  return grad(from, inputs,
              {.grad_outputs = weights,
               .retain_graph = retain_graph || create_graph,
               .create_graph = create_graph,
               .allow_unused = true});
}

constexpr const char* independent_input =
    "The output of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode.";
constexpr const char* independent_entry =
    "The gradient with respect to the input is independent of entry {} in the grad_outputs when "
    "using the double backward trick to compute forward mode gradients. This is not allowed in "
    "strict mode.";
constexpr const char* independent_jacobian =
    "The jacobian of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode when create_graph=True.";

/// Zeros like `like` for what is undefined, where that is allowed.
Tensors filled(Tensors found, const Tensors& like, const FunctionalOptions& options,
               const char* error) {
  for (size_t i = 0; i < found.size(); ++i) {
    if (options.strict && !found[i].defined()) fail<Error>(fmt::runtime(error), i);
    if (!found[i].defined()) found[i] = zeros_like(like[i]);
    if (options.strict && options.create_graph && !found[i].requires_grad())
      fail<Error>(fmt::runtime(independent_jacobian), i);
  }
  return found;
}

struct Products {
  Tensors outputs, products;
};

Products vector_jacobian(const TensorsFunction& f, const Tensors& given, const Tensors& v,
                         bool several, const FunctionalOptions& options) {
  const EnableGradGuard enabled;
  const Tensors inputs = own(given, options.create_graph, true);
  const Tensors outputs = f(inputs);
  check_outputs(outputs, options.strict);
  Tensors weights;
  if (!v.empty()) {
    weights = own(v, options.create_graph, false);
    check_vector(weights, outputs, several);
  } else if (outputs.size() != 1 || outputs[0].numel() != 1) {
    throw Error(
        "The vector v can only be None if the user-provided function returns a single Tensor with "
        "a single element.");
  }
  const Tensors found = filled(gradients(outputs, inputs, weights, options.create_graph), inputs,
                               options, independent_input);
  return {without_graph(outputs, options.create_graph), without_graph(found, options.create_graph)};
}

void check_gradients(const Tensors& found, bool strict) {
  for (size_t i = 0; strict && i < found.size(); ++i) {
    if (!found[i].defined()) fail<Error>(fmt::runtime(independent_input), i);
    if (!found[i].requires_grad())
      fail<Error>(
          "The gradient with respect to input {} is independent of the inputs of the user-provided "
          "function. This is not allowed in strict mode.",
          i);
  }
}

Products jacobian_vector(const TensorsFunction& f, const Tensors& given, const Tensors& v,
                         bool several, const FunctionalOptions& options) {
  const EnableGradGuard enabled;
  const Tensors inputs = own(given, options.create_graph, true);
  Tensors weights;
  if (!v.empty()) {
    weights = own(v, options.create_graph, false);
    check_vector(weights, inputs, several);
  } else if (inputs.size() != 1 || inputs[0].numel() != 1) {
    throw Error(
        "The vector v can only be None if the input to the user-provided function is a single "
        "Tensor with a single element.");
  }
  const Tensors outputs = f(inputs);
  check_outputs(outputs, options.strict);
  // u -> u^T J is linear in u: its own vjp is J v, wherever u is.
  Tensors u;
  for (const Tensor& y : outputs) u.push_back(zeros_like(y.detach()).requires_grad_());
  const Tensors pulled = gradients(outputs, inputs, u, true);
  check_gradients(pulled, options.strict);
  const Tensors found = filled(gradients(pulled, u, weights, options.create_graph), outputs,
                               options, independent_entry);
  return {without_graph(outputs, options.create_graph), without_graph(found, options.create_graph)};
}

/// The gradients of one element of result i, which is y.
Tensors row(const Tensor& y, size_t i, const Tensors& inputs, const FunctionalOptions& options) {
  Tensors found = gradients({y}, inputs, {}, options.create_graph, true);
  for (size_t j = 0; options.strict && j < found.size(); ++j) {
    if (!found[j].defined())
      fail<Error>(
          "Output {} of the user-provided function is independent of input {}. This is not allowed "
          "in strict mode.",
          i, j);
    if (options.create_graph && !found[j].requires_grad())
      fail<Error>(fmt::runtime(independent_jacobian), j);
  }
  for (size_t j = 0; j < found.size(); ++j)
    if (!found[j].defined()) found[j] = zeros_like(inputs[j]);
  return found;
}

Shape joined(Shape a, const Shape& b) {
  for (const int64_t size : b) a.push_back(size);
  return a;
}

std::vector<Tensors> all_jacobians(const TensorsFunction& f, const Tensors& given,
                                   const FunctionalOptions& options) {
  const EnableGradGuard enabled;
  const Tensors inputs = own(given, options.create_graph, true);
  const Tensors outputs = f(inputs);
  check_outputs(outputs, options.strict);
  std::vector<Tensors> result;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor flat = outputs[i].reshape({-1});
    std::vector<Tensors> rows(inputs.size());
    for (int64_t at = 0; at < flat.numel(); ++at) {
      const Tensors found = row(flat.select(0, at), i, inputs, options);
      for (size_t j = 0; j < inputs.size(); ++j) rows[j].push_back(found[j]);
    }
    Tensors of_output;
    for (size_t j = 0; j < inputs.size(); ++j) {
      const Shape shape = joined(outputs[i].shape(), inputs[j].shape());
      of_output.push_back(rows[j].empty() ? zeros_like(inputs[j]).expand(shape)
                                          : stack(rows[j]).view(shape));
    }
    result.push_back(without_graph(of_output, options.create_graph));
  }
  return result;
}

std::vector<Tensors> all_hessians(const TensorsFunction& f, const Tensors& given,
                                  const FunctionalOptions& options) {
  const TensorsFunction scalar = [&](const Tensors& inputs) -> Tensors {
    const Tensors outputs = f(inputs);
    check_outputs(outputs, options.strict);
    if (outputs[0].numel() != 1)
      throw Error(
          "The Tensor returned by the function given to hessian should contain a single element");
    return {outputs[0].squeeze()};
  };
  const TensorsFunction gradient = [&](const Tensors& inputs) {
    Tensors found = all_jacobians(scalar, inputs, {.create_graph = true})[0];
    for (size_t i = 0; options.strict && i < found.size(); ++i)
      if (!found[i].requires_grad())
        fail<Error>(
            "While computing the hessian, found that the jacobian of the user-provided function "
            "with respect to input {} is independent of the input. This is not allowed in strict "
            "mode. You should ensure that your function is twice differentiable and that the "
            "jacobian depends on the inputs (this would be violated by a linear function for "
            "example).",
            i);
    return found;
  };
  return all_jacobians(gradient, given, options);
}

TensorsFunction on_lists(const TensorFunction& f) {
  return [&f](const Tensors& inputs) -> Tensors { return {f(inputs[0])}; };
}
TensorsFunction on_lists(const Function& f) {
  return [&f](const Tensors& inputs) -> Tensors { return {f(inputs)}; };
}

/// A vector that was given or not.
Tensors list_of(const Tensor& v) { return v.defined() ? Tensors{v} : Tensors(); }

}  // namespace

OutputsAndProduct<Tensor, Tensor> vjp(const TensorFunction& f, const Tensor& x, const Tensor& v,
                                      const FunctionalOptions& options) {
  const Products found = vector_jacobian(on_lists(f), {x}, list_of(v), false, options);
  return {found.outputs[0], found.products[0]};
}

OutputsAndProduct<Tensor, Tensors> vjp(const Function& f, const Tensors& inputs, const Tensor& v,
                                       const FunctionalOptions& options) {
  Products found = vector_jacobian(on_lists(f), inputs, list_of(v), false, options);
  return {found.outputs[0], std::move(found.products)};
}

OutputsAndProduct<Tensors, Tensors> vjp(const TensorsFunction& f, const Tensors& inputs,
                                        const Tensors& v, const FunctionalOptions& options) {
  Products found = vector_jacobian(f, inputs, v, true, options);
  return {std::move(found.outputs), std::move(found.products)};
}

OutputsAndProduct<Tensor, Tensor> jvp(const TensorFunction& f, const Tensor& x, const Tensor& v,
                                      const FunctionalOptions& options) {
  const Products found = jacobian_vector(on_lists(f), {x}, list_of(v), false, options);
  return {found.outputs[0], found.products[0]};
}

OutputsAndProduct<Tensor, Tensor> jvp(const Function& f, const Tensors& inputs, const Tensors& v,
                                      const FunctionalOptions& options) {
  const Products found = jacobian_vector(on_lists(f), inputs, v, true, options);
  return {found.outputs[0], found.products[0]};
}

OutputsAndProduct<Tensors, Tensors> jvp(const TensorsFunction& f, const Tensors& inputs,
                                        const Tensors& v, const FunctionalOptions& options) {
  Products found = jacobian_vector(f, inputs, v, true, options);
  return {std::move(found.outputs), std::move(found.products)};
}

Tensor jacobian(const TensorFunction& f, const Tensor& x, const FunctionalOptions& options) {
  return all_jacobians(on_lists(f), {x}, options)[0][0];
}

Tensors jacobian(const Function& f, const Tensors& inputs, const FunctionalOptions& options) {
  return all_jacobians(on_lists(f), inputs, options)[0];
}

std::vector<Tensors> jacobian(const TensorsFunction& f, const Tensors& inputs,
                              const FunctionalOptions& options) {
  return all_jacobians(f, inputs, options);
}

Tensor hessian(const TensorFunction& f, const Tensor& x, const FunctionalOptions& options) {
  return all_hessians(on_lists(f), {x}, options)[0][0];
}

std::vector<Tensors> hessian(const Function& f, const Tensors& inputs,
                             const FunctionalOptions& options) {
  return all_hessians(on_lists(f), inputs, options);
}

}  // namespace wick::autograd
