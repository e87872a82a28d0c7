/// \file
/// What is recorded about how a tensor came to be: gradient mode, and the call with which an op
/// (the library's own, or one defined outside of it) enters the graph.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "wick/tensor.h"

namespace wick {

/// True where operations on tensors that require gradients are recorded (the default).
WICK_API bool is_grad_enabled();

/// Nothing is recorded while it lives, on this thread; as torch.no_grad().
class WICK_API NoGradGuard {
 public:
  NoGradGuard();
  ~NoGradGuard();
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool before_;
};

namespace autograd {

/// Notes that `output` was computed from `inputs` by the op `name` ("GeluBackward0"), if gradients
/// are enabled and an input requires one; returns output. The last line of every differentiable op:
/// `return record("SinBackward0", y, {x});`
WICK_API Tensor record(std::string_view name, Tensor output, std::initializer_list<Tensor> inputs);
WICK_API Tensor record(std::string_view name, Tensor output, const std::vector<Tensor>& inputs);

/// The tensors at the ends of the graph behind `output` that require gradients (each once).
WICK_API std::vector<Tensor> leaves(const Tensor& output);

}  // namespace autograd
}  // namespace wick
