#include "autograd/node.h"
#include "autograd/views.h"

#include <atomic>
#include <cmath>
#include <mutex>

#include "core/check.h"
#include "core/layout.h"
#include "kernels/memory/fork_mutex.h"
#include "wick/format.h"

namespace wick::autograd {
namespace {

std::atomic<uint64_t> sequence{1};

// Nodes whose turn to be deleted has come; the outermost deletion works them off. Without it a
// chain of a million ops would be destroyed by a million nested calls.
thread_local Node* to_delete = nullptr;
thread_local bool deleting = false;

void delete_node(Node* node) {
  node->next_to_delete = to_delete;
  to_delete = node;
  if (deleting) return;
  deleting = true;
  while (to_delete) {
    Node* next = to_delete;
    to_delete = next->next_to_delete;
    delete next;
  }
  deleting = false;
}

[[noreturn]] void fail_freed() {
  throw Error(
      "Trying to backward through the graph a second time (or directly access saved tensors after "
      "they have already been freed). Saved intermediate values of the graph are freed when you "
      "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
      "through the graph a second time or if you need to access saved tensors after calling "
      "backward.");
}

[[noreturn]] void fail_modified(const Tensor& x, const std::string& made_by, uint32_t output,
                                uint64_t version, uint64_t expected) {
  core::fail<Error>(
      "one of the variables needed for gradient computation has been modified by an inplace "
      "operation: [{}Tensor {}]{} is at version {}; expected version {} instead. Hint: {}",
      core::scalar_type_name(x.dtype()), x.shape(),
      made_by.empty() ? std::string() : fmt::format(", which is output {} of {},", output, made_by),
      version, expected,
      is_anomaly_enabled()
          ? "the operation that failed to compute its gradient is named in front of this message."
          : "enable anomaly detection to find the operation that failed to compute its gradient, "
            "with autograd.set_detect_anomaly(True).");
}

}  // namespace

uint64_t next_sequence() { return sequence.fetch_add(1, std::memory_order_relaxed); }

std::shared_ptr<Node> make_node(std::string_view name) {
  std::shared_ptr<Node> node(new Node(name), delete_node);
  node->sequence = next_sequence();
  return node;
}

Tensor Node::unpack_result(size_t i) {
  const Result& result = results[i];
  if (!result.tensor.defined()) return {};
  const uint64_t version = result.tensor.version();
  if (version != result.version)
    fail_modified(result.tensor, name, static_cast<uint32_t>(i), version, result.version);
  if (!is_grad_enabled() || !result.tensor.is_floating_point()) return result.tensor;
  Tensor connected = result.tensor.detach();
  connected.impl().requires_grad = true;
  connected.impl().grad_fn = shared_from_this();
  connected.impl().output = static_cast<uint32_t>(i);
  return connected;
}

/// As the argument needs it; an undefined tensor stays one.
Tensor Node::fitted(Tensor g, const Edge& edge) {
  if (!g.defined()) return g;
  if (g.shape() != edge.shape) g = sum_to_shape(g, edge.shape);
  if (g.dtype() != edge.dtype) g = g.to(edge.dtype);
  return g;
}

Tensor Node::derivative(const Edge& edge, const Tensor& grad, const Tensor& sum) {
  const detail::Derivative& f = edge.derivative;
  if (!f.call) fail_freed();
  const bool fits = sum.defined() && sum.shape() == edge.shape && sum.dtype() == grad.dtype() &&
                    sum.device() == grad.device();
  const Tensor none;
  const SumSoFar so_far(fits ? sum : none);
  return fitted(f.call(grad, f.takes_result ? unpack_result(0) : none, so_far), edge);
}

std::vector<Tensor> Node::joint_derivative(const std::vector<Tensor>& grads,
                                           const std::vector<bool>& wanted) {
  const detail::JointDerivative& f = joint->derivative;
  if (!f.call) fail_freed();
  std::vector<Tensor> taken;
  for (size_t i = 0; i < results.size(); ++i) taken.push_back(unpack_result(i));
  std::vector<Tensor> given = f.call(grads, wanted, taken);
  if (given.size() != joint->arguments)
    core::fail<Error>("function {} returned an incorrect number of gradients (expected {}, got {})",
                      name, joint->arguments, given.size());
  std::vector<Tensor> fit;
  for (const Edge& edge : edges)
    fit.push_back(wanted[edge.place] ? fitted(std::move(given[edge.place]), edge) : Tensor());
  return fit;
}

void Node::free() {
  if (inner) inner->free();
  for (Edge& edge : edges)
    if (edge.derivative.holds) edge.derivative.call = nullptr;
  if (joint && joint->derivative.holds) joint->derivative.call = nullptr;
  results.clear();
}

Tensor sum_to_shape(const Tensor& grad, const Shape& target) {
  const Shape& shape = grad.shape();
  // Leading dimensions of size 1 that the gradient lacks are put in front again at the end.
  Shape wanted = target;
  while (wanted.size() > shape.size() && wanted[0] == 1) wanted.erase(0);
  Shape dims;
  bool fits = shape.size() >= wanted.size();
  const auto lead = static_cast<int64_t>(shape.size()) - static_cast<int64_t>(wanted.size());
  for (int64_t d = 0; fits && d < grad.dim(); ++d) {
    const int64_t size = d < lead ? 1 : wanted[d - lead];
    if (d < lead || (size == 1 && shape[d] != 1))
      dims.push_back(d);
    else
      fits = size == shape[d];
  }
  if (!fits)
    core::fail<ShapeError>("a derivative has shape {}, which cannot be summed to {}", shape,
                           target);
  const Tensor summed = dims.empty() ? grad : grad.sum(Dims(dims), true);
  return summed.reshape(target);
}

bool has_nan(const Tensor& x) {
  if (x.is_meta() || !x.is_floating_point()) return false;
  const NoGradGuard guard;
  return x.isnan().any().item<bool>();
}

std::shared_ptr<Node> node_of(const Tensor& x) {
  TensorImpl& i = x.impl();
  refresh(i);
  if (i.grad_fn) return i.grad_fn;
  if (!i.requires_grad) return nullptr;
  // One accumulator a leaf: two threads that run one model must find the same.
  struct Leaves : kernels::ForkMutex {};
  const std::lock_guard lock(kernels::one_for_all<Leaves>());
  std::shared_ptr<Node> leaf = i.accumulator.lock();
  if (leaf) return leaf;
  leaf = make_node("AccumulateGrad");
  leaf->sequence = leaf_sequence;
  leaf->leaf = x;
  i.accumulator = leaf;
  return leaf;
}

Edge edge_to(const Tensor& x, size_t place) {
  std::shared_ptr<Node> node = node_of(x);
  return {std::move(node), x.impl().output, static_cast<uint32_t>(place), x.shape(), x.dtype(), {}};
}

uint64_t& detail::kept_tensors() {
  thread_local uint64_t count = 0;
  return count;
}

Saved::Saved(const Tensor& x) : tensor_(x) {
  if (!x.defined()) return;
  storage_ = x.impl().storage.get();
  version_ = x.impl().storage->version();
}

void check_savable(const Tensor& x) {
  if (x.defined() && x.impl().inference)
    throw Error(
        "Inference tensors cannot be saved for backward. To work around you can make a clone to "
        "get a normal tensor and use it in autograd.");
}

Saved::Saved(const Saved& other)
    : tensor_(other.tensor_), storage_(other.storage_), version_(other.version_), kept_(true) {
  if (!tensor_.defined()) return;
  ++detail::kept_tensors();
  if (other.kept_) return;
  check_savable(tensor_);
  TensorImpl& from = tensor_.impl();
  refresh(from);
  if (from.requires_grad && !from.grad_fn) return;  // a leaf, whose history does not change
  tensor_ = tensor_.detach();
  tensor_.impl().requires_grad = from.requires_grad;
  tensor_.impl().grad_fn = from.grad_fn;
  tensor_.impl().output = from.output;
}

const Tensor& Saved::get() const {
  if (!tensor_.defined()) return tensor_;
  const Storage* storage = tensor_.impl().storage.get();
  if (storage->version() != version_)
    fail_modified(tensor_, tensor_.grad_fn(), tensor_.impl().output, storage->version(), version_);
  if (storage != storage_)
    core::fail<Error>(
        "one of the variables needed for gradient computation, of shape {}, was given other "
        "elements (set_data, or a module's to()) after the operation that used it",
        tensor_.shape());
  return tensor_;
}

}  // namespace wick::autograd
