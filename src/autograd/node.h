// The graph behind a tensor that was computed from tensors which require gradients.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wick/autograd.h"

namespace wick::autograd {

/// One recorded op, or a leaf: the place where a tensor that requires gradients enters.
struct Node {
  explicit Node(std::string_view op) : name(op) {}
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::string name;
  std::vector<std::shared_ptr<Node>> inputs;  // of an op: those that require gradients
  Tensor leaf;                                // of a leaf
};

}  // namespace wick::autograd
