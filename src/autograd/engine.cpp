// backward and grad: where a backward pass starts, and what is asked of it.
#include <utility>

#include "autograd/pass.h"
#include "core/check.h"
#include "wick/format.h"
#include "wick/warning.h"

namespace wick::autograd {
namespace {

/// The gradient to start from.
Tensor start_gradient(const Tensor& output, const Tensor& given, size_t i, bool create_graph) {
  if (!given.defined()) {
    if (output.numel() != 1)
      core::fail<Error>("grad can be implicitly created only for scalar outputs, got shape {}",
                        output.shape());
    return output.detach().ones_like();
  }
  if (given.shape() != output.shape())
    core::fail<ShapeError>(
        "Mismatch in shape: grad_output[{}] has a shape of {} and output[{}] has a shape of {}.", i,
        given.shape(), i, output.shape());
  if (given.device() != output.device())
    core::fail<TypeError>("grad_output[{}] and output[{}] are not on the same device", i, i);
  const Tensor gradient = create_graph ? given : given.detach();
  return gradient.dtype() == output.dtype() ? gradient : gradient.to(output.dtype());
}

/// Under anomaly detection: throws if the output is nan, with the op where that began.
void check_loss(const Tensor& output) {
  if (!is_anomaly_enabled() || !has_nan(output)) return;
  const Node* first = nullptr;
  for_each_node(*node_of(output), [&](const Node& node) {
    if (node.made_nan && (!first || node.sequence < first->sequence)) first = &node;
  });
  if (!first)
    throw Error(
        "the tensor that backward() starts from is nan, because an input or a parameter is");
  core::fail<Error>("the tensor that backward() starts from is nan: '{}'{} returned nan values",
                    (first->inner ? *first->inner : *first).name,
                    first->place.empty() ? "" : fmt::format(", called in {},", first->place));
}

void start(Pass& pass, const std::vector<Tensor>& outputs, const std::vector<Tensor>& gradients,
           bool create_graph) {
  if (!gradients.empty() && gradients.size() != outputs.size())
    core::fail<ValueError>("got {} tensors and {} gradients", outputs.size(), gradients.size());
  std::vector<std::pair<std::shared_ptr<Node>, Tensor>> starts;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::shared_ptr<Node> node = node_of(outputs[i]);
    if (!node)
      core::fail<Error>("element {} of tensors does not require grad and does not have a grad_fn",
                        i);
    const Tensor given = gradients.empty() ? Tensor() : gradients[i];
    starts.emplace_back(node, start_gradient(outputs[i], given, i, create_graph));
    check_loss(outputs[i]);
  }
  const GradModeGuard mode(create_graph);
  for (size_t i = 0; i < outputs.size(); ++i)
    pass.start(starts[i].first, outputs[i].impl().output, starts[i].second);
}

}  // namespace

void backward(const std::vector<Tensor>& tensors, const BackwardManyOptions& options) {
  if (tensors.empty()) return;
  if (options.create_graph)
    warn("create_graph",
         "Using backward() with create_graph=True will create a reference cycle between the "
         "parameter and its gradient which can cause a memory leak. We recommend using "
         "autograd.grad when creating the graph to avoid this. If you have to use this function, "
         "make sure to reset the .grad fields of your parameters to None after use to break the "
         "cycle and avoid the leak.");
  Pass pass(options.retain_graph.value_or(options.create_graph), options.create_graph);
  start(pass, tensors, options.grad_tensors, options.create_graph);
  for (const Tensor& input : options.inputs) {
    const std::shared_ptr<Node> node = node_of(input);
    if (!node) throw Error("One of the differentiated Tensors does not require grad");
    if (!node->leaf.defined()) input.retain_grad();
    pass.ask_for(node, input.impl().output, true);
  }
  pass.run();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  Pass pass(options.retain_graph.value_or(options.create_graph), options.create_graph);
  start(pass, outputs, options.grad_outputs, options.create_graph);
  std::vector<std::shared_ptr<Node>> nodes;
  for (const Tensor& input : inputs) {
    nodes.push_back(node_of(input));
    if (!nodes.back()) throw Error("One of the differentiated Tensors does not require grad");
    pass.ask_for(nodes.back(), input.impl().output, false);
  }
  pass.run();
  std::vector<Tensor> result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Tensor g = pass.captured(nodes[i].get(), inputs[i].impl().output);
    if (!g.defined() && !options.allow_unused)
      throw Error(
          "One of the differentiated Tensors appears to not have been used in the graph. Set "
          "allow_unused=True if this is the desired behavior.");
    result.push_back(std::move(g));
  }
  return result;
}

}  // namespace wick::autograd

namespace wick {

void Tensor::backward(const Tensor& gradient, const BackwardOptions& options) const {
  autograd::BackwardManyOptions many;
  if (gradient.defined()) many.grad_tensors.push_back(gradient);
  many.retain_graph = options.retain_graph;
  many.create_graph = options.create_graph;
  autograd::backward({*this}, many);
}

void Tensor::backward(const BackwardOptions& options) const { backward(Tensor(), options); }

}  // namespace wick
