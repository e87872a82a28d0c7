#include "wick/graph_mark.h"

#include "autograd/node.h"

namespace wick::autograd {

GraphMark::GraphMark() : start_(next_sequence()) {}

std::vector<Tensor> GraphMark::leaves(const Tensor& output) const {
  std::vector<Tensor> result;
  if (!output.defined() || !output.requires_grad()) return result;
  const std::shared_ptr<Node> root = node_of(output);
  std::vector<const Node*> stack{root.get()};
  std::unordered_set<const Node*> seen{root.get()};
  while (!stack.empty()) {
    const Node& node = *stack.back();
    stack.pop_back();
    if (node.leaf.defined() && node.leaf.impl().leaf_since < start_) result.push_back(node.leaf);
    if (node.sequence < start_) continue;
    for (const Edge& edge : node.edges)
      if (seen.insert(edge.node.get()).second) stack.push_back(edge.node.get());
  }
  return result;
}

}  // namespace wick::autograd
