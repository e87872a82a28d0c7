// The tree-wide features of Module: each is a Visitor.
#include <unordered_set>

#include "nn/near_names.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/module.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

Module& writable(const Module& m) { return const_cast<Module&>(m); }  // for visitors that only read

/// Walks the whole tree with dotted names.
struct TreeVisitor : Visitor {
  std::string prefix;
  void child(std::string_view name, Module& module) override {
    const size_t size = prefix.size();
    prefix.append(name) += '.';
    module.visit(*this);
    prefix.resize(size);
  }
  std::string full(std::string_view name) const { return prefix + std::string(name); }
};

/// Which tensors of a module.
struct Wanted {
  bool parameters = true;
  bool buffers = true;
  bool tied = true;  ///< under all names, not only the first
};

struct CollectTensors : TreeVisitor {
  Wanted wanted;
  NamedTensors found;
  std::unordered_set<const TensorImpl*> seen;
  void parameter(std::string_view name, Parameter& p) override {
    if (wanted.parameters) add(name, p);
  }
  void buffer(std::string_view name, Buffer& b) override {
    if (wanted.buffers) add(name, b);
  }
  void add(std::string_view name, const Buffer& b) {
    if (b.defined() && (wanted.tied || seen.insert(&b.impl()).second))
      found.emplace_back(full(name), b);
  }
};

NamedTensors collect(const Module& module, const Wanted& wanted) {
  ties::forget();
  CollectTensors collector;
  collector.wanted = wanted;
  writable(module).visit(collector);
  return std::move(collector.found);
}

struct CollectModules : Visitor {
  std::string prefix;
  bool deep = true;
  std::vector<std::pair<std::string, Module*>> found;
  void child(std::string_view name, Module& module) override {
    const size_t size = prefix.size();
    prefix.append(name);
    found.emplace_back(prefix, &module);
    prefix += '.';
    if (deep) module.visit(*this);
    prefix.resize(size);
  }
};

std::vector<std::pair<std::string, Module*>> submodules(Module& module, bool deep) {
  ties::forget();
  CollectModules collector;
  collector.deep = deep;
  if (deep) collector.found.emplace_back("", &module);
  module.visit(collector);
  return std::move(collector.found);
}

/// Calls `change` on every parameter and buffer of the tree, once where they are tied.
struct ChangeTensors : TreeVisitor {
  Callback<void(Buffer&)> change;
  std::unordered_set<const TensorImpl*> seen;
  void parameter(std::string_view, Parameter& p) override { buffer({}, p); }
  void buffer(std::string_view, Buffer& b) override {
    if (b.defined() && seen.insert(&b.impl()).second) change(b);
  }
};

/// Gives `b` other elements, and its gradient, if it has one, the same dtype or device.
template <class Target>
void replace(Buffer& b, const Tensor& elements, const Tensor& grad, Target target) {
  const Tensor converted = grad.defined() ? grad.to(target) : Tensor();
  b.set_data(elements);
  b.set_grad(converted);
}

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

}  // namespace

NamedTensors Module::named_parameters() const {
  return collect(*this, {.buffers = false, .tied = false});
}
NamedTensors Module::named_buffers() const {
  return collect(*this, {.parameters = false, .tied = false});
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> result;
  for (auto& [name, tensor] : named_parameters()) result.push_back(std::move(tensor));
  return result;
}

StateDict Module::state_dict() const {
  StateDict state;
  for (const auto& [name, tensor] : collect(*this, {})) state.set(name, tensor.detach());
  return state;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  return submodules(*this, true);
}
std::vector<std::pair<std::string, const Module*>> Module::named_modules() const {
  std::vector<std::pair<std::string, const Module*>> result;
  for (auto& [name, module] : submodules(writable(*this), true)) result.emplace_back(name, module);
  return result;
}
std::vector<std::pair<std::string, Module*>> Module::named_children() {
  return submodules(*this, false);
}
std::vector<Module*> Module::modules() {
  std::vector<Module*> result;
  for (auto& [name, module] : named_modules()) result.push_back(module);
  return result;
}
std::vector<Module*> Module::children() {
  std::vector<Module*> result;
  for (auto& [name, module] : named_children()) result.push_back(module);
  return result;
}

Module& Module::get_submodule(std::string_view path) {
  std::vector<std::string> names;
  for (auto& [name, module] : named_modules()) {
    if (name == path) return *module;
    names.push_back(name);
  }
  throw IndexError(
      fmt::format("{} has no attribute `{}`{}", type_name(), path, did_you_mean(path, names)));
}
const Module& Module::get_submodule(std::string_view path) const {
  return writable(*this).get_submodule(path);
}

Tensor Module::get_parameter(std::string_view path) const {
  const NamedTensors parameters = collect(*this, {.buffers = false});
  for (const auto& [name, tensor] : parameters)
    if (name == path) return tensor;
  throw IndexError(fmt::format("{} has no parameter `{}`{}", type_name(), path,
                               did_you_mean(path, names_of(parameters))));
}

Module& Module::train(bool on) {
  for (Module* module : modules()) module->training_ = on;
  return *this;
}

Module& Module::to(DType dtype) {
  if (!is_floating_point(dtype))
    throw TypeError(fmt::format("Module::to expects a floating point dtype, got {}", dtype));
  const NoGradGuard guard;
  ChangeTensors visitor;
  visitor.change = [dtype](Buffer& b) {
    if (b.is_floating_point()) replace(b, b.Tensor::to(dtype), b.grad(), dtype);
  };
  visit(visitor);
  return *this;
}

Module& Module::to(Device device) {
  const NoGradGuard guard;
  ChangeTensors visitor;
  visitor.change = [device](Buffer& b) { replace(b, b.Tensor::to(device), b.grad(), device); };
  visit(visitor);
  return *this;
}

Module& Module::requires_grad_(bool on) {
  for (const Tensor& p : parameters())
    if (p.is_floating_point()) p.Tensor::requires_grad_(on);
  return *this;
}

Module& Module::zero_grad(bool set_to_none) {
  const NoGradGuard guard;
  for (const Tensor& p : parameters()) {
    if (!p.grad().defined()) continue;
    if (set_to_none)
      p.set_grad(Tensor());
    else
      p.set_grad(zeros_like(p.grad()));
  }
  return *this;
}

Module& Module::apply(const Callback<void(Module&)>& f) {
  if (!f) throw ValueError("apply expects a function, got an empty one");
  const detail::VisitScope scope;
  for (Module* module : children()) module->apply(f);
  f(*this);
  return *this;
}

}  // namespace wick::nn
