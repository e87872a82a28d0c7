#include "wick/nn/container.h"

#include "nn/fuse.h"
#include "nn/ties.h"
#include "wick/format.h"
#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

/// Runs the modules one after the other.
Tensor run_in_order(std::span<const NamedModule> modules, const Tensor& x) {
  Tensor y = x;
  while (!modules.empty()) {
    size_t done = run_fused(modules, y);
    if (done == 0) {
      y = modules[0].module(y);
      done = 1;
    }
    modules = modules.subspan(done);
  }
  return y;
}

/// The modules in there.
template <class Named>
std::vector<const ModuleBase*> inside(std::initializer_list<Named> modules) {
  std::vector<const ModuleBase*> result;
  for (const Named& m : modules)
    if (m.module.has_value()) result.push_back(m.module.get());
  return result;
}

}  // namespace

Sequential::Sequential(std::initializer_list<NamedLayer> modules) {
  const ties::Together together(inside(modules));
  for (const NamedLayer& m : modules) append(m.name, m.module);
}
Sequential::Sequential(std::vector<AnyModule> modules) {
  for (AnyModule& m : modules) append(std::move(m));
}

std::unique_ptr<ModuleBase> Sequential::clone() const {
  return std::make_unique<Sequential>(*this);
}
Tensor Sequential::forward(const Tensor& x) const { return run_in_order(items_to_run(), x); }

Sequential& Sequential::append(AnyLayer module) {
  return append(std::to_string(count()), std::move(module));
}
Sequential& Sequential::append(std::string name, AnyLayer module) {
  add(std::move(name), std::move(module));
  return *this;
}
Sequential& Sequential::insert(int64_t index, AnyLayer module) {
  add_at(index, std::move(module));
  return *this;
}
Sequential& Sequential::extend(const Sequential& other) {
  Sequential copies = other;  // other may be *this
  for (NamedModule& m : copies) append(std::move(m.module));
  return *this;
}
Sequential& Sequential::erase(int64_t index) {
  remove(index);
  return *this;
}

ModuleList::ModuleList(std::vector<AnyModule> modules) {
  for (AnyModule& m : modules) append(std::move(m));
}
std::unique_ptr<ModuleBase> ModuleList::clone() const {
  return std::make_unique<ModuleList>(*this);
}
ModuleList& ModuleList::append(AnyModule module) {
  add(std::to_string(count()), std::move(module));
  return *this;
}
ModuleList& ModuleList::insert(int64_t index, AnyModule module) {
  add_at(index, std::move(module));
  return *this;
}
ModuleList& ModuleList::extend(const ModuleList& other) {
  ModuleList copies = other;  // other may be *this
  for (NamedModule& m : copies) append(std::move(m.module));
  return *this;
}

ModuleDict::ModuleDict(std::initializer_list<NamedModule> modules) {
  const ties::Together together(inside(modules));
  for (const NamedModule& m : modules) add(m.name, m.module);
}
std::unique_ptr<ModuleBase> ModuleDict::clone() const {
  return std::make_unique<ModuleDict>(*this);
}
ModuleDict& ModuleDict::insert(std::string name, AnyModule module) {
  set(std::move(name), std::move(module));
  return *this;
}
ModuleDict& ModuleDict::erase(std::string_view name) {
  remove(name);
  return *this;
}

Tensor Residual::forward(const Tensor& x) const {
  const Tensor y = layer(x);
  if (y.shape() != x.shape())
    throw ShapeError(
        fmt::format("its layer's output is added to the input, but their shapes {} and {} differ",
                    y.shape(), x.shape()));
  return x + y;
}

Repeat::Repeat(int64_t times, const AnyLayer& layer)
    : Repeat(times, Callback<AnyModule()>([&layer] { return layer; })) {}
Repeat::Repeat(int64_t times, const Callback<AnyModule()>& make) {
  check_range("times", times, 0);
  if (!make) throw ValueError("Repeat expects a function that makes its layers, got an empty one");
  for (int64_t i = 0; i < times; ++i) add_last(AnyLayer(make()));
}
std::unique_ptr<ModuleBase> Repeat::clone() const { return std::make_unique<Repeat>(*this); }
Tensor Repeat::forward(const Tensor& x) const { return run_in_order(items_to_run(), x); }

}  // namespace wick::nn
