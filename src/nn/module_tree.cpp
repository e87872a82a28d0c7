// The tree-wide features of modules: each is a Visitor.
#include <unordered_set>

#include "nn/near_names.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/container.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

/// Which tensors of a module.
struct Wanted {
  bool parameters = true;
  bool buffers = true;
  bool tied = true;  ///< under all names, not only the first
};

struct CollectTensors : ConstVisitor {
  Wanted wanted;
  std::string prefix;
  NamedTensors found;
  std::unordered_set<const TensorImpl*> seen;
  void parameter(std::string_view name, const Parameter& p) override {
    if (wanted.parameters) add(name, p);
  }
  void buffer(std::string_view name, const Buffer& b) override {
    if (wanted.buffers) add(name, b);
  }
  void child(std::string_view name, const ModuleBase& module) override {
    const size_t size = prefix.size();
    prefix.append(name) += '.';
    module.inspect(*this);
    prefix.resize(size);
  }
  void add(std::string_view name, const Buffer& b) {
    if (b.defined() && (wanted.tied || seen.insert(&b.impl()).second))
      found.emplace_back(prefix + std::string(name), b);
  }
};

NamedTensors collect(const ModuleBase& module, const Wanted& wanted) {
  ties::forget();
  CollectTensors collector;
  collector.wanted = wanted;
  module.inspect(collector);
  return std::move(collector.found);
}

/// Modules of a tree by name: with a Visitor and ModuleBase, or with a ConstVisitor and const.
template <class Visitor, class Base>
struct CollectModules : Visitor {
  std::string prefix;
  bool deep = true;
  std::vector<std::pair<std::string, Base*>> found;
  void child(std::string_view name, Base& module) override {
    const size_t size = prefix.size();
    prefix.append(name);
    found.emplace_back(prefix, &module);
    prefix += '.';
    if (deep) show(module);
    prefix.resize(size);
  }
  void show(Base& module) {
    if constexpr (std::is_const_v<Base>)
      module.inspect(*this);
    else
      module.visit(*this);
  }
};

template <class Visitor, class Base>
std::vector<std::pair<std::string, Base*>> submodules(Base& module, bool deep) {
  ties::forget();
  CollectModules<Visitor, Base> collector;
  collector.deep = deep;
  if (deep) collector.found.emplace_back("", &module);
  collector.show(module);
  return std::move(collector.found);
}

/// The second of each.
template <class Named>
auto unnamed(const std::vector<Named>& all) {
  std::vector<typename Named::second_type> result;
  for (const auto& [name, value] : all) result.push_back(value);
  return result;
}

/// Calls `change` on every parameter and buffer of the tree, once where they are tied.
struct ChangeTensors : Visitor {
  Callback<void(Buffer&)> change;
  std::unordered_set<const TensorImpl*> seen;
  void parameter(std::string_view, Parameter& p) override { buffer({}, p); }
  void buffer(std::string_view, Buffer& b) override {
    if (b.defined() && seen.insert(&b.impl()).second) change(b);
  }
  void child(std::string_view, ModuleBase& module) override { module.visit(*this); }
};

/// Calls `converted` for the elements of every parameter and buffer of the tree and for their
/// gradients, and lets them have the results.
void convert(ModuleBase& module, const Callback<Tensor(const Tensor&)>& converted) {
  const NoGradGuard guard;
  ChangeTensors visitor;
  visitor.change = [&converted](Buffer& b) {
    const Tensor elements = converted(b);
    if (elements.is_same(b)) return;
    const Tensor grad = b.grad().defined() ? converted(b.grad()) : Tensor();
    b.set_data(elements);
    b.set_grad(grad);
  };
  module.visit(visitor);
}

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

}  // namespace

NamedTensors ModuleBase::named_parameters() const {
  return collect(*this, {.buffers = false, .tied = false});
}
NamedTensors ModuleBase::named_buffers() const {
  return collect(*this, {.parameters = false, .tied = false});
}
std::vector<Tensor> ModuleBase::parameters() const { return unnamed(named_parameters()); }
std::vector<Tensor> ModuleBase::buffers() const { return unnamed(named_buffers()); }

std::vector<std::pair<std::string, ModuleBase*>> ModuleBase::named_modules() {
  return submodules<Visitor>(*this, true);
}
std::vector<std::pair<std::string, const ModuleBase*>> ModuleBase::named_modules() const {
  return submodules<ConstVisitor>(*this, true);
}
std::vector<std::pair<std::string, ModuleBase*>> ModuleBase::named_children() {
  return submodules<Visitor>(*this, false);
}
std::vector<std::pair<std::string, const ModuleBase*>> ModuleBase::named_children() const {
  return submodules<ConstVisitor>(*this, false);
}
std::vector<ModuleBase*> ModuleBase::modules() { return unnamed(named_modules()); }
std::vector<const ModuleBase*> ModuleBase::modules() const { return unnamed(named_modules()); }
std::vector<ModuleBase*> ModuleBase::children() { return unnamed(named_children()); }

const ModuleBase& ModuleBase::get_submodule(std::string_view path) const {
  std::vector<std::string> names;
  for (const auto& [name, module] : named_modules()) {
    if (name == path) return *module;
    names.push_back(name);
  }
  throw IndexError(
      fmt::format("{} has no attribute `{}`{}", type_name(), path, did_you_mean(path, names)));
}
ModuleBase& ModuleBase::get_submodule(std::string_view path) {
  return const_cast<ModuleBase&>(std::as_const(*this).get_submodule(path));
}

namespace {

/// The one called `path` of `tensors`.
Tensor find(const ModuleBase& module, const NamedTensors& tensors, std::string_view what,
            std::string_view path) {
  for (const auto& [name, tensor] : tensors)
    if (name == path) return tensor;
  throw IndexError(fmt::format("{} has no {} `{}`{}", module.type_name(), what, path,
                               did_you_mean(path, names_of(tensors))));
}

/// Puts a module in the place of another, which is a field or stands in a container.
struct Replace : Visitor {
  std::string_view name;
  const ModuleBase& module;
  bool in_order;  // the container runs its modules one after the other
  bool done = false;

  Replace(std::string_view n, const ModuleBase& m, bool o) : name(n), module(m), in_order(o) {}
  void child(std::string_view field, ModuleBase& old) override {
    if (field != name) return;
    done = true;
    if (!old.assign(module))
      throw TypeError(fmt::format("set_submodule: `{}` is a {}, which cannot become a {}", name,
                                  old.type_name(), module.type_name()));
  }
  void any(std::string_view field, AnyModule& old) override {
    if (field != name) return;
    done = true;
    old = in_order ? AnyModule(AnyLayer(AnyModule(module))) : AnyModule(module);
  }
  void layers(std::string_view, std::vector<NamedModule>& modules) override {
    for (NamedModule& m : modules) any(m.name, m.module);
  }
};

}  // namespace

Tensor ModuleBase::get_parameter(std::string_view path) const {
  return find(*this, collect(*this, {.buffers = false}), "parameter", path);
}
Tensor ModuleBase::get_buffer(std::string_view path) const {
  return find(*this, collect(*this, {.parameters = false}), "buffer", path);
}

void ModuleBase::set_submodule(std::string_view path, const ModuleBase& module) {
  if (path.empty()) throw ValueError("Cannot set the submodule without a target name!");
  const AnyModule copy = module;  // which may stand inside of what goes
  get_submodule(path);            // throws if there is none
  const size_t dot = path.rfind('.');
  ModuleBase& outer = dot == path.npos ? *this : get_submodule(path.substr(0, dot));
  Replace replace(path.substr(dot == path.npos ? 0 : dot + 1), *copy,
                  dynamic_cast<LayerContainer*>(&outer) != nullptr);
  outer.visit(replace);
}

ModuleBase& ModuleBase::train(bool on) {
  for (ModuleBase* module : modules()) module->training_ = on;
  return *this;
}

ModuleBase& ModuleBase::to(DType dtype) {
  if (!is_floating_point(dtype))
    throw TypeError(fmt::format("Module::to expects a floating point dtype, got {}", dtype));
  convert(*this, [dtype](const Tensor& t) { return t.is_floating_point() ? t.to(dtype) : t; });
  return *this;
}

ModuleBase& ModuleBase::to(Device device) {
  if (device != meta)  // nothing is changed where one of them cannot be moved
    for (const auto& [name, tensor] : collect(*this, {.tied = false}))
      if (tensor.is_meta()) tensor.to(device);
  convert(*this, [device](const Tensor& t) { return t.to(device); });
  return *this;
}

ModuleBase& ModuleBase::to(Device device, DType dtype) {
  if (!is_floating_point(dtype))
    throw TypeError(fmt::format("Module::to expects a floating point dtype, got {}", dtype));
  return to(device).to(dtype);
}

ModuleBase& ModuleBase::to_empty(Device device) {
  convert(*this, [device](const Tensor& t) {
    return empty(t.shape(), {.dtype = t.dtype(), .device = device});
  });
  return *this;
}

ModuleBase& ModuleBase::requires_grad_(bool on) {
  for (const Tensor& p : parameters())
    if (p.is_floating_point()) p.Tensor::requires_grad_(on);
  return *this;
}

ModuleBase& ModuleBase::zero_grad(bool set_to_none) {
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

ModuleBase& ModuleBase::apply(const Callback<void(ModuleBase&)>& f) {
  if (!f) throw ValueError("apply expects a function, got an empty one");
  const detail::VisitScope scope;
  for (ModuleBase* module : children()) module->apply(f);
  f(*this);
  return *this;
}

}  // namespace wick::nn
