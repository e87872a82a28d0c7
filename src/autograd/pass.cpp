#include "autograd/pass.h"

#include "autograd/hooks.h"

#include <mutex>
#include <utility>

#include "core/check.h"
#include "core/layout.h"
#include "core/striped_mutex.h"
#include "wick/format.h"

namespace wick::autograd {
namespace {

/// True if nobody else can see the gradient.
bool is_own(const Tensor& gradient) {
  return gradient.shared_impl().use_count() == 1 && gradient.impl().storage.use_count() == 1 &&
         gradient.impl().storage->owned();
}

/// Throws Error if a derivative made the nan in g, which goes to the node's edge number i.
void check_nan(const Node& node, size_t i, const Tensor& g, const std::string& where) {
  if (g.defined() && has_nan(g))
    core::fail<Error>("Function '{}' returned nan values in its {}th output{}.", node.name, i,
                      where);
}

/// f(), gradients for edges of the node, the first of which is number `first`. Under anomaly
/// detection, its errors say which operation they belong to, and a nan in them is one.
template <class F>
std::vector<Tensor> watched(const Node& node, size_t first, const std::vector<Tensor>& given, F f) {
  const std::string where =
      node.place.empty() ? std::string() : fmt::format(", called in {}", node.place);
  std::vector<Tensor> made;
  try {
    made = f();
  } catch (Error& error) {
    error.set_context(fmt::format("backward of {}{}", node.name, where));
    throw;
  }
  for (const Tensor& g : given)
    if (g.defined() && has_nan(g)) return made;
  for (size_t i = 0; i < made.size(); ++i) check_nan(node, first + i, made[i], where);
  return made;
}

}  // namespace

void Pass::start(const std::shared_ptr<Node>& node, uint32_t output, const Tensor& gradient) {
  roots_.push_back(node);
  add(slots_[node.get()].part(output), gradient);
}

void Pass::ask_for(const std::shared_ptr<Node>& node, uint32_t output, bool accumulate) {
  asked_ = true;
  Slot& slot = slots_[node.get()];
  slot.needed = true;
  slot.part(output).capture = !accumulate;
}

Tensor Pass::captured(Node* node, uint32_t output) const {
  const auto at = captured_.find({node, output});
  return at == captured_.end() ? Tensor() : at->second;
}

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

void Pass::add(Part& part, Tensor gradient) {
  if (!part.grad.defined()) {
    part.grad = std::move(gradient);
    part.summed = is_own(part.grad) && !core::has_overlap(part.grad.shape(), part.grad.strides());
  } else if (part.summed && !create_) {
    part.grad.add_(gradient);
  } else {
    part.grad = part.grad.add(gradient);
    part.summed = true;
  }
}

void Pass::accumulate(const Tensor& leaf, Tensor gradient) {
  TensorImpl& i = leaf.impl();
  // Two threads may train models that share a parameter.
  struct Gradients : core::StripedMutex {};
  const std::lock_guard lock(kernels::one_for_all<Gradients>().of(&i));
  if (i.grad.defined()) {
    if (create_) {
      i.grad = i.grad.add(gradient);
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

void Pass::arrive(Node& node, uint32_t output, Part& part) {
  if (!part.grad.defined()) return;
  const bool is_leaf = node.leaf.defined();
  const std::shared_ptr<TensorHooks> hooks =
      is_leaf ? node.leaf.impl().leaf_hooks : node.hooks(output);
  if (hooks) call_hooks(*hooks, part.grad);
  if (part.capture) captured_[{&node, output}] = part.grad;
  if (!is_leaf || part.capture) return;
  accumulate(node.leaf, std::move(part.grad));
  if (hooks) call_after_hooks(*hooks, node.leaf);
}

bool Pass::send(Node& node, const Tensor& gradient) {
  if (!gradient.defined()) return false;
  bool used = false;
  const Tensor none;
  for (size_t i = 0; i < node.edges.size(); ++i) {
    const Edge& edge = node.edges[i];
    Slot& next = slots_[edge.node.get()];
    if (!next.needed) continue;
    Part& part = next.part(edge.output);
    Tensor g;
    if (is_anomaly_enabled())
      g = watched(node, i, {gradient},
                  [&] { return std::vector<Tensor>{node.derivative(edge, gradient)}; })[0];
    else
      g = node.derivative(edge, gradient, part.summed && !create_ ? part.grad : none);
    if (g.defined()) add(part, std::move(g));
    used = true;
  }
  return used;
}

bool Pass::send_jointly(Node& node, Slot& slot) {
  std::vector<Tensor> grads(node.outputs());
  bool any = false;
  for (uint32_t i = 0; i < slot.parts(); ++i) {
    grads[i] = std::move(slot.part(i).grad);
    any = any || grads[i].defined();
  }
  std::vector<bool> wanted(node.joint->arguments);
  bool used = false;
  for (const Edge& edge : node.edges) {
    const bool needed = slots_[edge.node.get()].needed;
    wanted[edge.place] = needed;
    used = used || needed;
  }
  if (!any || !used) return false;
  // All of them before any is added: an error leaves nothing half done.
  const auto call = [&] { return node.joint_derivative(grads, wanted); };
  std::vector<Tensor> made = is_anomaly_enabled() ? watched(node, 0, grads, call) : call();
  grads.clear();
  for (size_t i = 0; i < made.size(); ++i) {
    const Edge& edge = node.edges[i];
    if (made[i].defined()) add(slots_[edge.node.get()].part(edge.output), std::move(made[i]));
  }
  return true;
}

void Pass::visit(const std::shared_ptr<Node>& node) {
  Slot slot = std::move(slots_[node.get()]);
  for (uint32_t i = 0; i < slot.parts(); ++i) arrive(*node, i, slot.part(i));
  if (node->edges.empty()) return;
  const std::lock_guard lock(node->mutex);
  const bool used = node->joint ? send_jointly(*node, slot) : send(*node, slot.part(0).grad);
  for (const Edge& edge : node->edges) {
    Slot& next = slots_[edge.node.get()];
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

}  // namespace wick::autograd
