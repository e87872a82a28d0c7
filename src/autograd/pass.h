// One backward pass: a topological order and a loop.
#pragma once

#include <map>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "autograd/node.h"

namespace wick::autograd {

/// The gradient of one result, on its way to the node that made it.
struct Part {
  Tensor grad;
  bool summed = false;   // grad is this pass's own, so that it can be added to in place
  bool capture = false;  // autograd::grad asks for it
};

/// What a pass knows of a node.
struct Slot {
  int64_t waiting = 0;  // places that have not sent their part yet
  bool needed = false;  // leads to something that was asked for

  Part& part(uint32_t output) {
    if (output == 0) return first_;
    if (more_.size() < output) more_.resize(output);
    return more_[output - 1];
  }
  /// How many parts may have been asked for.
  uint32_t parts() const { return static_cast<uint32_t>(more_.size()) + 1; }

 private:
  Part first_;
  std::vector<Part> more_;
};

class Pass {
 public:
  Pass(bool keep_graph, bool create_graph) : keep_(keep_graph), create_(create_graph) {}

  /// Begins at result number `output` of the node.
  void start(const std::shared_ptr<Node>& node, uint32_t output, const Tensor& gradient);
  /// Only what leads to `node` is visited; the gradient of this result is kept for captured(), or,
  /// if the node is a leaf and `accumulate`, added to the leaf's as usual.
  void ask_for(const std::shared_ptr<Node>& node, uint32_t output, bool accumulate);
  Tensor captured(Node* node, uint32_t output) const;

  void run();

 private:
  struct Later {
    bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const {
      return a->sequence < b->sequence;
    }
  };

  /// Counts for every node how many places it waits for, and finds out which are needed.
  void count();
  void add(Part& part, Tensor gradient);
  void visit(const std::shared_ptr<Node>& node);
  /// What becomes of a gradient where it arrives: hooks, captured(), and the grad() of a leaf.
  void arrive(Node& node, uint32_t output, Part& part);
  /// Sends gradients to the arguments of a node. False if none was needed.
  bool send(Node& node, const Tensor& gradient);
  bool send_jointly(Node& node, Slot& slot);
  void accumulate(const Tensor& leaf, Tensor gradient);

  bool keep_, create_;
  bool asked_ = false;
  std::vector<std::shared_ptr<Node>> roots_;
  std::unordered_map<Node*, Slot> slots_;
  std::map<std::pair<Node*, uint32_t>, Tensor> captured_;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, Later> ready_;
};

}  // namespace wick::autograd
