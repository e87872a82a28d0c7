#include "wick/nn/container.h"

#include <algorithm>
#include <unordered_map>

#include "nn/fuse.h"
#include "nn/near_names.h"
#include "nn/nesting.h"
#include "nn/ties.h"
#include "wick/format.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

bool is_number(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void no_forward(const Module& module) {
  throw Error(
      fmt::format("Module [{}] is missing the required \"forward\" function", module.type_name()));
}

}  // namespace

ModuleContainer::ModuleContainer() = default;
ModuleContainer::~ModuleContainer() = default;

ModuleContainer::ModuleContainer(ModuleContainer&& other) noexcept
    : Module(std::move(other)),
      items_(std::move(other.items_)),
      moved_(std::exchange(other.moved_, true)) {
  other.items_.clear();
}

ModuleContainer& ModuleContainer::operator=(ModuleContainer&& other) noexcept {
  if (this == &other) return *this;
  Module::operator=(std::move(other));
  // What stood here goes last: `other` may be inside of it.
  const std::vector<NamedModule> before = std::exchange(items_, std::move(other.items_));
  moved_ = std::exchange(other.moved_, true);
  other.items_.clear();
  return *this;
}

ModuleContainer& ModuleContainer::operator=(const ModuleContainer& other) {
  if (this == &other) return *this;
  const bool inside = is_inside(other, *this);  // and goes with what stands here
  Module::operator=(other);
  if (inside) {
    std::vector<NamedModule> copies = other.items_;
    moved_ = other.moved_;
    items_ = std::move(copies);
    return *this;
  }
  std::unordered_map<std::string_view, NamedModule*> by_name;
  for (NamedModule& m : items_) by_name.emplace(m.name, &m);
  std::vector<NamedModule*> here;  // for each of the other's, the one of that name
  std::vector<NamedModule> fresh;  // copies of those that are not here
  for (const NamedModule& m : other.items_) {
    const auto found = by_name.find(m.name);
    here.push_back(found == by_name.end() ? nullptr : found->second);
    if (here.back())
      here.back()->module = m.module;
    else
      fresh.push_back(m);
  }
  std::vector<NamedModule> next;
  next.reserve(here.size());
  auto copy = fresh.begin();
  for (NamedModule* mine : here) next.push_back(std::move(mine ? *mine : *copy++));
  items_ = std::move(next);
  moved_ = other.moved_;
  return *this;
}

bool ModuleContainer::assign(const Module& other) {
  const std::type_info& type = typeid(*this);
  const bool plain = type == typeid(Sequential) || type == typeid(ModuleList) ||
                     type == typeid(ModuleDict) || type == typeid(Repeat);
  if (!plain || type != typeid(other)) return false;
  *this = static_cast<const ModuleContainer&>(other);
  return true;
}

namespace {

std::string moved_out(const Module& module) {
  return fmt::format("{} is empty: its modules were moved out", module.type_name());
}

}  // namespace

std::vector<NamedModule>& ModuleContainer::items() {
  if (moved_) throw Error(moved_out(*this));
  return items_;
}
const std::vector<NamedModule>& ModuleContainer::items() const {
  return const_cast<ModuleContainer*>(this)->items();
}

void ModuleContainer::clear() {
  items_.clear();
  moved_ = false;
}

Tensor ModuleContainer::run_in_order(const Tensor& x) const {
  if (moved_) throw Error("it is empty: its modules were moved out");
  Tensor y = x;
  std::span<const NamedModule> rest = items_;
  while (!rest.empty()) {
    size_t done = run_fused(rest, y);
    if (done == 0) {
      y = rest[0].module(y);
      done = 1;
    }
    rest = rest.subspan(done);
  }
  return y;
}

namespace {

bool has(const std::vector<NamedModule>& items, std::string_view name) {
  return std::any_of(items.begin(), items.end(),
                     [name](const NamedModule& m) { return m.name == name; });
}

}  // namespace

bool ModuleContainer::contains(std::string_view name) const { return has(items(), name); }

NamedModule& ModuleContainer::item(int64_t index) {
  if (moved_) throw IndexError(moved_out(*this));
  const auto n = static_cast<int64_t>(items_.size());
  if (index < -n || index >= n)
    throw IndexError(fmt::format("index {} is out of range: there are {} modules", index, n));
  return items_[static_cast<size_t>(index < 0 ? index + n : index)];
}
const NamedModule& ModuleContainer::item(int64_t index) const {
  return const_cast<ModuleContainer*>(this)->item(index);
}

NamedModule& ModuleContainer::item(std::string_view name) {
  if (moved_) throw IndexError(moved_out(*this));
  std::vector<std::string> names;
  for (NamedModule& m : items_) {
    if (m.name == name) return m;
    names.push_back(m.name);
  }
  throw IndexError(
      fmt::format("{} has no module \"{}\"{}", type_name(), name, did_you_mean(name, names)));
}
const NamedModule& ModuleContainer::item(std::string_view name) const {
  return const_cast<ModuleContainer*>(this)->item(name);
}

void ModuleContainer::add(std::string name, AnyModule module) {
  if (name.empty()) throw ValueError("module name can't be empty string \"\"");
  if (name.find('.') != std::string::npos)
    throw ValueError(fmt::format("module name can't contain \".\", got: {}", name));
  if (has(items_, name))
    throw ValueError(fmt::format("{} already has a module \"{}\"", type_name(), name));
  items_.push_back({std::move(name), std::move(module)});
  moved_ = false;
}

void ModuleContainer::add_last(AnyModule module) {
  items_.push_back({std::to_string(items_.size()), std::move(module)});
  moved_ = false;
}

void ModuleContainer::add_at(int64_t index, AnyModule module) {
  const auto n = static_cast<int64_t>(items_.size());
  if (index < -n || index > n)
    throw IndexError(fmt::format("Index out of range: {} of {} modules", index, n));
  const int64_t at = index < 0 ? index + n : index;
  items_.insert(items_.begin() + at, {std::to_string(at), std::move(module)});
  moved_ = false;
  renumber();
}

void ModuleContainer::remove(int64_t index) {
  items_.erase(items_.begin() + (&item(index) - items_.data()));
  renumber();
}

void ModuleContainer::remove(std::string_view name) {
  items_.erase(items_.begin() + (&item(name) - items_.data()));
}

void ModuleContainer::set(std::string name, AnyModule module) {
  if (has(items_, name))
    item(std::string_view(name)).module = std::move(module);
  else
    add(std::move(name), std::move(module));
}

void ModuleContainer::renumber() {
  for (size_t i = 0; i < items_.size(); ++i)
    if (is_number(items_[i].name)) items_[i].name = std::to_string(i);
}

void ModuleContainer::visit(Visitor& visitor) {
  const detail::VisitScope scope;
  visitor.layers("layers", items_);
}

Sequential::Sequential(std::initializer_list<NamedModule> modules) {
  const ties::Together together({modules.begin(), modules.size()});
  for (const NamedModule& m : modules) append(m.name, m.module);
}
Sequential::Sequential(std::vector<AnyModule> modules) {
  for (AnyModule& m : modules) append(std::move(m));
}

std::unique_ptr<Module> Sequential::clone() const { return std::make_unique<Sequential>(*this); }
Tensor Sequential::forward(const Tensor& x) const { return run_in_order(x); }

Sequential& Sequential::append(AnyModule module) {
  return append(std::to_string(count()), std::move(module));
}
Sequential& Sequential::append(std::string name, AnyModule module) {
  add(std::move(name), std::move(module));
  return *this;
}
Sequential& Sequential::insert(int64_t index, AnyModule module) {
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
std::unique_ptr<Module> ModuleList::clone() const { return std::make_unique<ModuleList>(*this); }
Tensor ModuleList::forward(const Tensor&) const { no_forward(*this); }
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
  const ties::Together together({modules.begin(), modules.size()});
  for (const NamedModule& m : modules) add(m.name, m.module);
}
std::unique_ptr<Module> ModuleDict::clone() const { return std::make_unique<ModuleDict>(*this); }
Tensor ModuleDict::forward(const Tensor&) const { no_forward(*this); }
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

Repeat::Repeat(int64_t times, const AnyModule& layer)
    : Repeat(times, Callback<AnyModule()>([&layer] { return layer; })) {}
Repeat::Repeat(int64_t times, const Callback<AnyModule()>& make) {
  check_range("times", times, 0);
  if (!make) throw ValueError("Repeat expects a function that makes its layers, got an empty one");
  for (int64_t i = 0; i < times; ++i) add_last(make());
}
std::unique_ptr<Module> Repeat::clone() const { return std::make_unique<Repeat>(*this); }
Tensor Repeat::forward(const Tensor& x) const { return run_in_order(x); }

}  // namespace wick::nn
