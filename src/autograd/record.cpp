#include <unordered_set>

#include "autograd/node.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"

namespace wick {
namespace {

thread_local bool grad_enabled = true;

}  // namespace

bool is_grad_enabled() { return grad_enabled; }
NoGradGuard::NoGradGuard() : before_(grad_enabled) { grad_enabled = false; }
NoGradGuard::~NoGradGuard() { grad_enabled = before_; }

namespace autograd {
namespace {

std::shared_ptr<Node> node_of(const Tensor& x) {
  if (x.impl().grad_fn) return x.impl().grad_fn;
  auto leaf = std::make_shared<Node>("AccumulateGrad");
  leaf->leaf = x;
  return leaf;
}

template <class Inputs>
Tensor record_any(std::string_view name, Tensor output, const Inputs& inputs) {
  if (!grad_enabled) return output;
  std::shared_ptr<Node> node;
  for (const Tensor& x : inputs) {
    if (!x.defined() || !x.requires_grad()) continue;
    if (!node) node = std::make_shared<Node>(name);
    node->inputs.push_back(node_of(x));
  }
  if (!node || !output.is_floating_point()) return output;
  output.impl().requires_grad = true;
  output.impl().grad_fn = std::move(node);
  return output;
}

}  // namespace

// A chain of a million ops must not be destroyed by a million nested calls.
Node::~Node() {
  std::vector<std::shared_ptr<Node>> rest = std::move(inputs);
  while (!rest.empty()) {
    const std::shared_ptr<Node> node = std::move(rest.back());
    rest.pop_back();
    if (node && node.use_count() == 1) {
      for (auto& input : node->inputs) rest.push_back(std::move(input));
      node->inputs.clear();
    }
  }
}

Tensor record(std::string_view name, Tensor output, std::initializer_list<Tensor> inputs) {
  return record_any(name, std::move(output), inputs);
}

Tensor record(std::string_view name, Tensor output, const std::vector<Tensor>& inputs) {
  return record_any(name, std::move(output), inputs);
}

std::vector<Tensor> leaves(const Tensor& output) {
  std::vector<Tensor> result;
  if (!output.requires_grad()) return result;
  std::vector<std::shared_ptr<Node>> stack{node_of(output)};
  std::unordered_set<const void*> seen;
  while (!stack.empty()) {
    const std::shared_ptr<Node> node = std::move(stack.back());
    stack.pop_back();
    if (node->leaf.defined()) {
      if (seen.insert(&node->leaf.impl()).second) result.push_back(node->leaf);
    } else if (seen.insert(node.get()).second) {
      stack.insert(stack.end(), node->inputs.begin(), node->inputs.end());
    }
  }
  return result;
}

}  // namespace autograd

bool Tensor::requires_grad() const { return impl().requires_grad; }
bool Tensor::is_leaf() const { return impl().grad_fn == nullptr; }
std::string Tensor::grad_fn() const { return impl().grad_fn ? impl().grad_fn->name : ""; }

const Tensor& Tensor::requires_grad_(bool on) const {
  if (on && !is_floating_point())
    throw TypeError("Only Tensors of floating point and complex dtype can require gradients");
  if (!on && !is_leaf())
    throw Error(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed "
        "variable in a subgraph that doesn't require differentiation use var_no_grad = "
        "var.detach().");
  impl().requires_grad = on;
  return *this;
}

Tensor Tensor::grad() const { return impl().grad; }

const Tensor& Tensor::set_grad(const Tensor& g) const {
  if (g.defined()) {
    if (g.impl_ == impl_) throw Error("can't assign Variable as its own grad");
    if (g.dtype() != dtype())
      core::fail<TypeError>("assigned grad has data of a different type: {}, not {}",
                            wick::name(g.dtype()), wick::name(dtype()));
    if (g.device() != device())
      throw TypeError("assigned grad has data located on a different device");
    if (g.shape() != shape()) throw ShapeError("assigned grad has data of a different size");
  }
  impl().grad = g;
  return *this;
}

Tensor Tensor::detach() const {
  const TensorImpl& i = impl();
  return core::alias(*this, i.shape, i.strides, i.offset);
}

const Tensor& Tensor::set_data(const Tensor& source) const {
  TensorImpl& to = impl();
  const TensorImpl& from = source.impl();
  if (to.grad_fn) throw Error("set_data expects a leaf, but this tensor was computed");
  if (to.requires_grad && !source.is_floating_point())
    throw TypeError(
        "data set to a tensor that requires gradients must be floating point or complex dtype");
  to.storage = from.storage;
  to.shape = from.shape;
  to.strides = from.strides;
  to.offset = from.offset;
  to.numel = from.numel;
  to.dtype = from.dtype;
  to.contiguous = from.contiguous;
  to.derived.store(nullptr);
  return *this;
}

namespace core {

Tensor make_view(std::string_view name, const Tensor& x, const Shape& shape, const Strides& strides,
                 int64_t offset) {
  Tensor result = alias(x, shape, strides, offset);
  if (is_grad_enabled() && x.requires_grad())
    result.impl().view_of_leaf = x.is_leaf() || x.impl().view_of_leaf;
  return autograd::record(name, std::move(result), {x});
}

void check_writable(const Tensor& x) {
  const TensorImpl& i = x.impl();
  if (is_grad_enabled() && i.requires_grad) {
    if (i.view_of_leaf)
      throw Error(
          "a view of a leaf Variable that requires grad is being used in an in-place "
          "operation.");
    if (!i.grad_fn)
      throw Error("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (has_overlap(i.shape, i.strides))
    throw Error(
        "unsupported operation: more than one element of the written-to tensor refers to a "
        "single memory location. Please clone() the tensor before performing the "
        "operation.");
}

void wrote(const Tensor& x) { x.impl().storage->bump(); }

}  // namespace core
}  // namespace wick
