// The backward pass: a topological order and a loop.
#include <algorithm>
#include <mutex>
#include <queue>
#include <unordered_map>
#include <utility>

#include "autograd/node.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/striped_mutex.h"
#include "wick/format.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::autograd {
namespace {

/// A gradient on its way to a node.
struct Slot {
  Tensor grad;
  int64_t waiting = 0;   // results that have not sent their part yet
  bool needed = false;   // leads to something that was asked for
  bool summed = false;   // grad is this pass's own, so that it can be added to in place
  bool capture = false;  // autograd::grad asks for it
};

/// One backward pass.
class Pass {
 public:
  Pass(bool keep_graph, bool create_graph) : keep_(keep_graph), create_(create_graph) {}

  void start(const std::shared_ptr<Node>& node, const Tensor& gradient) {
    roots_.push_back(node);
    add(slots_[node.get()], gradient);
  }
  /// Only what leads to `node` is visited; its gradient is kept for captured(), or, if it is a
  /// leaf and `accumulate`, added to the leaf's as usual.
  void ask_for(const std::shared_ptr<Node>& node, bool accumulate) {
    asked_ = true;
    Slot& slot = slots_[node.get()];
    slot.needed = true;
    slot.capture = !accumulate;
  }
  Tensor captured(Node* node) const {
    const auto at = captured_.find(node);
    return at == captured_.end() ? Tensor() : at->second;
  }

  void run();

 private:
  struct Later {
    bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const {
      return a->sequence < b->sequence;
    }
  };

  void count();
  void add(Slot& slot, Tensor gradient);
  void visit(const std::shared_ptr<Node>& node);
  void call_hooks(TensorHooks* hooks, Tensor& gradient);
  void accumulate(const Tensor& leaf, Tensor gradient);
  Tensor derivative(Node& node, const Edge& edge, const Tensor& gradient);

  bool keep_, create_;
  bool asked_ = false;
  std::vector<std::shared_ptr<Node>> roots_;
  std::unordered_map<Node*, Slot> slots_;
  std::unordered_map<Node*, Tensor> captured_;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, Later> ready_;
};

/// Counts for every node how many results it waits for, and finds out which are needed.
void Pass::count() {
  struct Frame {
    Node* node;
    size_t next;
  };
  std::unordered_set<Node*> seen;
  std::vector<Frame> stack;
  const auto enter = [&](Node* node) {
    if (!seen.insert(node).second) return;
    if (!asked_) slots_[node].needed = true;
    stack.push_back({node, 0});
  };
  for (const auto& root : roots_) {
    enter(root.get());
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next < top.node->edges.size()) {
        Node* next = top.node->edges[top.next++].node.get();
        ++slots_[next].waiting;
        enter(next);
        continue;
      }
      // All that lies behind is known by now.
      bool needed = slots_[top.node].needed;
      for (const Edge& edge : top.node->edges) needed = needed || slots_[edge.node.get()].needed;
      slots_[top.node].needed = needed;
      stack.pop_back();
    }
  }
}

/// True if nobody else can see the gradient.
bool is_own(const Tensor& gradient) {
  return gradient.shared_impl().use_count() == 1 && gradient.impl().storage.use_count() == 1 &&
         gradient.impl().storage->owned();
}

void Pass::add(Slot& slot, Tensor gradient) {
  if (!slot.grad.defined()) {
    slot.grad = std::move(gradient);
    slot.summed = is_own(slot.grad) && !core::has_overlap(slot.grad.shape(), slot.grad.strides());
  } else if (slot.summed && !create_) {
    slot.grad.add_(gradient);
  } else {
    slot.grad = slot.grad + gradient;
    slot.summed = true;
  }
}

/// How the gradient of x lies in memory: as x, where x has no gaps.
Strides grad_strides(const TensorImpl& x) {
  return core::is_dense(x.shape, x.strides) ? x.strides : core::contiguous_strides(x.shape);
}

/// A copy of `gradient`, recorded where gradients are, for the grad() of x.
Tensor copy_for(const TensorImpl& x, const Tensor& gradient) {
  Tensor copy = core::make_strided(x.shape, grad_strides(x), x.dtype, x.storage->device());
  copy.copy_(gradient);
  if (!copy.requires_grad()) copy.impl().storage->restart();
  return copy;
}

void Pass::call_hooks(TensorHooks* hooks, Tensor& gradient) {
  if (!hooks) return;
  std::unique_lock lock(hooks->mutex);
  const auto calls = hooks->calls;  // a hook may take itself out
  lock.unlock();
  for (const auto& [id, hook] : calls) {
    Tensor replaced = hook(gradient);
    if (!replaced.defined()) continue;
    if (replaced.shape() != gradient.shape())
      core::fail<ShapeError>("hook has changed the size of value: {} became {}", gradient.shape(),
                             replaced.shape());
    if (replaced.dtype() != gradient.dtype() || replaced.device() != gradient.device())
      core::fail<TypeError>("hook has changed the type of value (was {}Tensor got {}Tensor)",
                            core::scalar_type_name(gradient.dtype()),
                            core::scalar_type_name(replaced.dtype()));
    gradient = std::move(replaced);
  }
  lock.lock();
  if (const auto retained = hooks->retained.lock())
    retained->grad =
        retained->grad.defined() ? retained->grad + gradient : copy_for(*retained, gradient);
}

void Pass::accumulate(const Tensor& leaf, Tensor gradient) {
  TensorImpl& i = leaf.impl();
  // Two threads may train models that share a parameter.
  struct Gradients : core::StripedMutex {};
  const std::lock_guard lock(kernels::one_for_all<Gradients>().of(&i));
  if (i.grad.defined()) {
    if (create_) {
      i.grad = i.grad + gradient;
    } else {
      const NoGradGuard guard;
      i.grad.add_(gradient);
    }
  } else {
    // Taken over as it is if nobody else can see it.
    const bool own = !create_ && is_own(gradient);
    i.grad =
        own && gradient.strides() == grad_strides(i) ? std::move(gradient) : copy_for(i, gradient);
  }
}

/// Lets a derivative add to `slot`, while it lives.
class SumGuard {
 public:
  explicit SumGuard(Tensor* sum) : before_(std::exchange(gradient_so_far(), sum)) {}
  ~SumGuard() { gradient_so_far() = before_; }
  SumGuard(const SumGuard&) = delete;
  SumGuard& operator=(const SumGuard&) = delete;

 private:
  Tensor* before_;
};

Tensor Pass::derivative(Node& node, const Edge& edge, const Tensor& gradient) {
  if (!is_anomaly_enabled()) return node.derivative(edge, gradient);
  const std::string where =
      node.place.empty() ? std::string() : fmt::format(", called in {}", node.place);
  Tensor g;
  try {
    g = node.derivative(edge, gradient);
  } catch (Error& error) {
    error.set_context(fmt::format("backward of {}{}", node.name, where));
    throw;
  }
  if (g.defined() && has_nan(g) && !has_nan(gradient))
    core::fail<Error>("Function '{}' returned nan values in its {}th output{}.", node.name,
                      &edge - node.edges.data(), where);
  return g;
}

void Pass::visit(const std::shared_ptr<Node>& node) {
  Slot slot = std::move(slots_[node.get()]);
  if (slot.grad.defined()) {
    TensorHooks* hooks =
        node->leaf.defined() ? node->leaf.impl().leaf_hooks.get() : node->hooks.get();
    call_hooks(hooks, slot.grad);
    if (slot.capture) captured_[node.get()] = slot.grad;
    if (node->leaf.defined() && !slot.capture) accumulate(node->leaf, std::move(slot.grad));
  }
  if (node->edges.empty()) return;
  bool used = false;
  const std::lock_guard lock(node->mutex);
  for (const Edge& edge : node->edges) {
    Slot& next = slots_[edge.node.get()];
    if (slot.grad.defined() && next.needed) {
      // Not for a write to a view, whose derivative asks that of the write itself.
      const bool in_place = next.summed && !create_ && !node->inner && !is_anomaly_enabled();
      const SumGuard guard(in_place ? &next.grad : nullptr);
      Tensor g = derivative(*node, edge, slot.grad);
      if (g.defined()) add(next, std::move(g));
      used = true;
    }
    if (--next.waiting == 0 && next.needed) ready_.push(edge.node);
  }
  if (used && !keep_) node->free();
}

void Pass::run() {
  count();
  const GradModeGuard mode(create_);
  for (const auto& root : roots_) {
    Slot& slot = slots_[root.get()];
    if (slot.waiting != 0 || !slot.needed) continue;
    slot.waiting = -1;  // a root that was given twice starts once
    ready_.push(root);
  }
  while (!ready_.empty()) {
    const std::shared_ptr<Node> node = ready_.top();
    ready_.pop();
    visit(node);
  }
}

/// The gradient to start from.
Tensor start_gradient(const Tensor& output, const Tensor& given, size_t i, bool create_graph) {
  if (!given.defined()) {
    if (output.numel() != 1)
      core::fail<Error>("grad can be implicitly created only for scalar outputs, got shape {}",
                        output.shape());
    return ones_like(output.detach());
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
  for (const auto& [node, gradient] : starts) pass.start(node, gradient);
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
    pass.ask_for(node, true);
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
    pass.ask_for(nodes.back(), false);
  }
  pass.run();
  std::vector<Tensor> result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Tensor g = pass.captured(nodes[i].get());
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
