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

/// What register_hook, retain_grad and register_post_accumulate_grad_hook ask for.
struct TensorHooks {
  using Call = Callback<Tensor(const Tensor& grad)>;
  using AfterCall = Callback<void(const Tensor& leaf)>;

  std::mutex mutex;  // of what follows: passes run in several threads
  uint64_t next_id = 1;
  std::vector<std::pair<uint64_t, Call>> calls;
  std::vector<std::pair<uint64_t, AfterCall>> after;  // of a leaf, once its grad() is there
  std::weak_ptr<TensorImpl> retained;                 // gets the gradient in its grad()
};

/// From an op to one argument: where its gradient goes, and what it has to look like there.
struct Edge {
  std::shared_ptr<Node> node;
  uint32_t output = 0;  // which of the node's results the argument is
  uint32_t place = 0;   // of the argument among all that the op was given
  Shape shape;
  DType dtype = DType::float32;
  detail::Derivative derivative;  // none where the node has a joint one
};

/// A result that derivatives take: without history.
struct Result {
  Tensor tensor;
  uint64_t version = 0;
};

/// A derivative of all arguments at once, from those of all results.
struct Joint {
  detail::JointDerivative derivative;
  size_t arguments = 0;  // that the op was given, whether they require gradients or not
};

/// One recorded op, or a leaf: the place where a tensor that requires gradients enters.
struct Node : std::enable_shared_from_this<Node> {
  explicit Node(std::string_view op) : name(op) {}

  /// The gradient of one argument; throws Error if the graph was freed. `sum` is what the argument
  /// has got so far, if it may be added to in place. Under `mutex`, but for the `inner` of another
  /// node, which has the lock.
  Tensor derivative(const Edge& edge, const Tensor& grad, const Tensor& sum = {});
  /// The same at once, for a node with a joint derivative: one for each edge, undefined for those
  /// whose place is not wanted.
  std::vector<Tensor> joint_derivative(const std::vector<Tensor>& grads,
                                       const std::vector<bool>& wanted);
  /// Result i, connected to the graph where gradients are enabled.
  Tensor unpack_result(size_t i);
  /// Drops what was kept for the backward pass. Under `mutex`.
  void free();

  /// Hooks on result i; null if there were none yet.
  std::shared_ptr<TensorHooks>& hooks(uint32_t i) {
    return i == 0 ? hooks_ : more_hooks_.at(i - 1);
  }
  size_t outputs() const { return more_hooks_.size() + 1; }
  void set_outputs(size_t count) { more_hooks_.resize(count - 1); }

  /// Held while a pass works out the derivatives and frees what they needed: of the passes that
  /// come here in several threads, one that does not keep the graph is the last.
  std::mutex mutex;
  std::string name;
  uint64_t sequence = 0;         // larger for nodes that were made later
  std::vector<Edge> edges;       // of an op: its arguments that require gradients
  std::unique_ptr<Joint> joint;  // of an op whose arguments have one derivative
  Tensor leaf;                   // of a leaf
  std::shared_ptr<Node> inner;   // the write that this one is, seen from a view's base
  std::vector<Result> results;   // for the derivatives that take them
  std::string place;             // where it was recorded, under anomaly detection
  bool has_nan = false;          // a result has, under anomaly detection
  bool made_nan = false;         // and no argument had
  Node* next_to_delete = nullptr;

 private:
  static Tensor fitted(Tensor g, const Edge& edge);

  // Of an op: one for each result, of which there is nearly always one.
  std::shared_ptr<TensorHooks> hooks_;
  std::vector<std::shared_ptr<TensorHooks>> more_hooks_;
};

inline constexpr uint64_t leaf_sequence = std::numeric_limits<uint64_t>::max();

/// A node that is destroyed without recursion, however long the chain behind it.
std::shared_ptr<Node> make_node(std::string_view name);

/// A place in the order in which nodes are made.
uint64_t next_sequence();

/// Where the gradient of x goes: the op that made it, of whose results it is number
/// x.impl().output, or the leaf. Null if x requires none.
std::shared_ptr<Node> node_of(const Tensor& x);

/// An edge to where the gradient of x goes, the op's argument number `place`; x requires one.
Edge edge_to(const Tensor& x, size_t place);

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

/// The shape that `grad`, of a shape that `target` broadcasts to, sums to.
Tensor sum_to_shape(const Tensor& grad, const Shape& target);

/// Throws Error for a tensor that no graph may keep.
void check_savable(const Tensor& x);

bool has_nan(const Tensor& x);

}  // namespace wick::autograd
