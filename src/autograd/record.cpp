// How operations enter the graph.
#include <atomic>

#include "autograd/node.h"
#include "autograd/views.h"
#include "core/check.h"

namespace wick {
namespace autograd {
namespace {

std::atomic<std::string (*)()> place_provider{nullptr};

/// Notes where the op was called and whether nan first appeared in its result.
void note_anomaly(Node& node, const Tensor& output, bool argument_has_nan) {
  if (const auto provider = place_provider.load()) node.place = provider();
  node.has_nan = node.has_nan || has_nan(output);
  node.made_nan = node.has_nan && !argument_has_nan;
}

}  // namespace

struct detail::Recorder::State {
  std::shared_ptr<Node> node;
  size_t arguments = 0;
  bool first_has_nan = false, other_has_nan = false;

  /// The place of an argument among all.
  size_t note(const Tensor& input) {
    bool& noted = arguments == 0 ? first_has_nan : other_has_nan;
    if (is_anomaly_enabled() && input.defined()) noted = noted || has_nan(input);
    return arguments++;
  }
};

detail::Recorder::Recorder(std::string_view name) : state_(std::make_unique<State>()) {
  state_->node = make_node(name);
}
detail::Recorder::~Recorder() = default;

void detail::Recorder::skip(const Tensor& input) { state_->note(input); }

void detail::Recorder::add(const Tensor& input, Derivative derivative) {
  Edge edge = edge_to(input, state_->note(input));
  edge.derivative = std::move(derivative);
  state_->node->edges.push_back(std::move(edge));
}

void detail::Recorder::add_all(const Tensors& inputs, JointDerivative derivative) {
  for (const Tensor& input : inputs) {
    const size_t place = state_->note(input);
    if (is_recorded(input)) state_->node->edges.push_back(edge_to(input, place));
  }
  state_->node->joint = std::make_unique<Joint>(Joint{std::move(derivative), inputs.size()});
}

bool detail::is_recorded(const Tensor& x) {
  return is_grad_enabled() && !core::inference_mode() && x.defined() && x.requires_grad();
}

bool detail::is_any_recorded(const Tensors& inputs) {
  for (const Tensor& x : inputs)
    if (is_recorded(x)) return true;
  return false;
}

namespace {

bool takes_results(const Node& node) {
  if (node.joint) return node.joint->derivative.takes_results;
  for (const Edge& edge : node.edges)
    if (edge.derivative.takes_result) return true;
  return false;
}

Result without_history(const Tensor& output) {
  if (!output.defined()) return {};
  return {output.detach(), output.version()};
}

}  // namespace

Tensor detail::Recorder::finish(Tensor output) {
  if (!output.is_floating_point()) return output;
  // The result may be an argument itself, which keeps its own history.
  if (output.impl().requires_grad || output.impl().grad_fn) output = output.detach();
  Node& node = *state_->node;
  if (takes_results(node)) node.results.push_back(without_history(output));
  if (is_anomaly_enabled())
    note_anomaly(node, output, state_->first_has_nan || state_->other_has_nan);
  output.impl().requires_grad = true;
  output.impl().grad_fn = std::move(state_->node);
  return output;
}

detail::Tensors detail::Recorder::finish(Tensors outputs) {
  const std::shared_ptr<Node> node = state_->node;
  if (node->joint->derivative.for_one_result && outputs.size() != 1)
    core::fail<ValueError>("{} has {} results, and a derivative for one", node->name,
                           outputs.size());
  const bool taken = takes_results(*node);
  if (!outputs.empty()) node->set_outputs(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    Tensor& output = outputs[i];
    if (!output.defined() || !output.is_floating_point()) {
      if (taken) node->results.push_back(without_history(output));
      continue;
    }
    if (output.impl().requires_grad || output.impl().grad_fn) output = output.detach();
    if (taken) node->results.push_back(without_history(output));
    if (is_anomaly_enabled())
      note_anomaly(*node, output, state_->first_has_nan || state_->other_has_nan);
    output.impl().requires_grad = true;
    output.impl().grad_fn = node;
    output.impl().output = static_cast<uint32_t>(i);
  }
  return outputs;
}

void detail::Recorder::finish_in_place(const Tensor& x, bool first_is_x) {
  if (!x.is_floating_point()) return;
  const std::shared_ptr<Node> node = std::move(state_->node);
  if (takes_results(*node)) node->results.push_back(without_history(x));
  // x is what it has become; what it was before, its node knows.
  if (is_anomaly_enabled())
    note_anomaly(*node, x, state_->other_has_nan || (first_is_x && node->edges[0].node->has_nan));
  if (x.impl().base)
    rebase(x.impl(), node, first_is_x);
  else
    set_history(x.impl(), node);
}

void detail::set_place_provider(std::string (*provider)()) { place_provider = provider; }

Tensor record(std::string_view name, Tensor output, std::initializer_list<Tensor> inputs) {
  bool any = false;
  for (const Tensor& x : inputs) any = any || detail::is_recorded(x);
  if (!any) return output;
  detail::Recorder recorder(name);
  const std::string op(name);
  for (const Tensor& x : inputs)
    detail::add(recorder, wrt(x, [op](const Tensor&) -> Tensor {
                  core::fail<Error>("derivative for {} is not implemented", op);
                }));
  return recorder.finish(std::move(output));
}

std::vector<Tensor> leaves(const Tensor& output) {
  std::vector<Tensor> result;
  if (!output.requires_grad()) return result;
  for_each_node(*node_of(output), [&](const Node& node) {
    if (node.leaf.defined()) result.push_back(node.leaf);
  });
  return result;
}

}  // namespace autograd
}  // namespace wick
