// The graph behind a tensor that was computed from tensors which require gradients.
#pragma once

#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/tensor_impl.h"
#include "wick/autograd.h"

namespace wick::autograd {

struct Node;

/// What register_hook and retain_grad ask for.
struct TensorHooks {
  std::mutex mutex;  // of what follows: passes run in several threads
  uint64_t next_id = 1;
  std::vector<std::pair<uint64_t, Callback<Tensor(const Tensor&)>>> calls;
  std::weak_ptr<TensorImpl> retained;  // gets the gradient in its grad()
};

/// From a result to one argument: where its gradient goes, and what it has to look like there.
struct Edge {
  std::shared_ptr<Node> node;
  Shape shape;
  DType dtype = DType::float32;
  detail::Derivative derivative;
};

/// One recorded op, or a leaf: the place where a tensor that requires gradients enters.
struct Node : std::enable_shared_from_this<Node> {
  explicit Node(std::string_view op) : name(op) {}

  /// The gradient of one argument; throws Error if the graph was freed. Under `mutex`, but for the
  /// `inner` of another node, which has the lock.
  Tensor derivative(const Edge& edge, const Tensor& grad);
  /// The result, connected to the graph where gradients are enabled.
  Tensor unpack_result();
  /// Drops what was kept for the backward pass. Under `mutex`.
  void free();

  /// Held while a pass works out the derivatives and frees what they needed: of the passes that
  /// come here in several threads, one that does not keep the graph is the last.
  std::mutex mutex;
  std::string name;
  uint64_t sequence = 0;               // larger for nodes that were made later
  std::vector<Edge> edges;             // of an op: its arguments that require gradients
  Tensor leaf;                         // of a leaf
  std::shared_ptr<Node> inner;         // the write that this one is, seen from a view's base
  std::shared_ptr<TensorHooks> hooks;  // of an op
  Tensor result;                       // without history, for the derivatives that take it
  uint64_t result_version = 0;
  std::string place;      // where it was recorded, under anomaly detection
  bool has_nan = false;   // the result has, under anomaly detection
  bool made_nan = false;  // and no argument had
  Node* next_to_delete = nullptr;
};

inline constexpr uint64_t leaf_sequence = std::numeric_limits<uint64_t>::max();

/// A node that is destroyed without recursion, however long the chain behind it.
std::shared_ptr<Node> make_node(std::string_view name);

/// A place in the order in which nodes are made.
uint64_t next_sequence();

/// Where the gradient of x goes: the op that made it, or the leaf. Null if x requires none.
std::shared_ptr<Node> node_of(const Tensor& x);

/// f(node) for every node of the graph behind `root`, each once.
template <class F>
void for_each_node(Node& root, F f) {
  std::vector<Node*> stack{&root};
  std::unordered_set<Node*> seen{&root};
  while (!stack.empty()) {
    Node& node = *stack.back();
    stack.pop_back();
    f(node);
    for (const Edge& edge : node.edges)
      if (seen.insert(edge.node.get()).second) stack.push_back(edge.node.get());
  }
}

/// Brings a view's history up to date with what was written through its base or other views.
void refresh(const TensorImpl& x);

/// While the engine runs a derivative: what its argument has got so far, if it may be added to in
/// place, else null. A derivative that adds its part there returns an undefined tensor.
Tensor*& gradient_so_far();

/// The shape that `grad`, of a shape that `target` broadcasts to, sums to.
Tensor sum_to_shape(const Tensor& grad, const Shape& target);

/// Throws Error for a tensor that no graph may keep.
void check_savable(const Tensor& x);

bool has_nan(const Tensor& x);

}  // namespace wick::autograd
