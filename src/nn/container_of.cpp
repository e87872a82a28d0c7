#include "wick/nn/container_of.h"

#include <algorithm>
#include <unordered_map>

#include "nn/near_names.h"
#include "nn/nesting.h"
#include "wick/format.h"
#include "wick/nn/container.h"

namespace wick::nn {
namespace {

bool is_number(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

template <class Base>
ContainerOf<Base>::ContainerOf() = default;
template <class Base>
ContainerOf<Base>::~ContainerOf() = default;

template <class Base>
ContainerOf<Base>::ContainerOf(ContainerOf&& other) noexcept
    : Base(std::move(other)),
      items_(std::move(other.items_)),
      moved_(std::exchange(other.moved_, true)) {
  other.items_.clear();
}

template <class Base>
ContainerOf<Base>& ContainerOf<Base>::operator=(ContainerOf&& other) noexcept {
  if (this == &other) return *this;
  Base::operator=(std::move(other));
  // What stood here goes last: `other` may be inside of it.
  const std::vector<NamedModule> before = std::exchange(items_, std::move(other.items_));
  moved_ = std::exchange(other.moved_, true);
  other.items_.clear();
  return *this;
}

template <class Base>
ContainerOf<Base>& ContainerOf<Base>::operator=(const ContainerOf& other) {
  if (this == &other) return *this;
  const bool inside = is_inside(other, *this);  // and goes with what stands here
  Base::operator=(other);
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

template <class Base>
bool ContainerOf<Base>::assign(const ModuleBase& other) {
  const std::type_info& type = typeid(*this);
  const bool plain = type == typeid(Sequential) || type == typeid(ModuleList) ||
                     type == typeid(ModuleDict) || type == typeid(Repeat);
  if (!plain || type != typeid(other)) return false;
  *this = static_cast<const ContainerOf&>(other);
  return true;
}

namespace {

std::string moved_out(const ModuleBase& module) {
  return fmt::format("{} is empty: its modules were moved out", module.type_name());
}

}  // namespace

template <class Base>
std::vector<NamedModule>& ContainerOf<Base>::items() {
  if (moved_) throw Error(moved_out(*this));
  return items_;
}
template <class Base>
const std::vector<NamedModule>& ContainerOf<Base>::items() const {
  return const_cast<ContainerOf*>(this)->items();
}

template <class Base>
void ContainerOf<Base>::clear() {
  items_.clear();
  moved_ = false;
}

template <class Base>
std::span<const NamedModule> ContainerOf<Base>::items_to_run() const {
  if (moved_) throw Error("it is empty: its modules were moved out");
  return items_;
}

namespace {

bool has(const std::vector<NamedModule>& items, std::string_view name) {
  return std::any_of(items.begin(), items.end(),
                     [name](const NamedModule& m) { return m.name == name; });
}

}  // namespace

template <class Base>
bool ContainerOf<Base>::contains(std::string_view name) const {
  return has(items(), name);
}

template <class Base>
NamedModule& ContainerOf<Base>::item(int64_t index) {
  if (moved_) throw IndexError(moved_out(*this));
  const auto n = static_cast<int64_t>(items_.size());
  if (index < -n || index >= n)
    throw IndexError(fmt::format("index {} is out of range: there are {} modules", index, n));
  return items_[static_cast<size_t>(index < 0 ? index + n : index)];
}
template <class Base>
const NamedModule& ContainerOf<Base>::item(int64_t index) const {
  return const_cast<ContainerOf*>(this)->item(index);
}

template <class Base>
NamedModule& ContainerOf<Base>::item(std::string_view name) {
  if (moved_) throw IndexError(moved_out(*this));
  std::vector<std::string> names;
  for (NamedModule& m : items_) {
    if (m.name == name) return m;
    names.push_back(m.name);
  }
  throw IndexError(
      fmt::format("{} has no module \"{}\"{}", this->type_name(), name, did_you_mean(name, names)));
}
template <class Base>
const NamedModule& ContainerOf<Base>::item(std::string_view name) const {
  return const_cast<ContainerOf*>(this)->item(name);
}

template <class Base>
void ContainerOf<Base>::add(std::string name, AnyModule module) {
  if (name.empty()) throw ValueError("module name can't be empty string \"\"");
  if (name.find('.') != std::string::npos)
    throw ValueError(fmt::format("module name can't contain \".\", got: {}", name));
  if (has(items_, name))
    throw ValueError(fmt::format("{} already has a module \"{}\"", this->type_name(), name));
  items_.push_back({std::move(name), std::move(module)});
  moved_ = false;
}

template <class Base>
void ContainerOf<Base>::add_last(AnyModule module) {
  items_.push_back({std::to_string(items_.size()), std::move(module)});
  moved_ = false;
}

template <class Base>
void ContainerOf<Base>::add_at(int64_t index, AnyModule module) {
  const auto n = static_cast<int64_t>(items_.size());
  if (index < -n || index > n)
    throw IndexError(fmt::format("Index out of range: {} of {} modules", index, n));
  const int64_t at = index < 0 ? index + n : index;
  items_.insert(items_.begin() + at, {std::to_string(at), std::move(module)});
  moved_ = false;
  renumber();
}

template <class Base>
void ContainerOf<Base>::remove(int64_t index) {
  items_.erase(items_.begin() + (&item(index) - items_.data()));
  renumber();
}

template <class Base>
void ContainerOf<Base>::remove(std::string_view name) {
  items_.erase(items_.begin() + (&item(name) - items_.data()));
}

template <class Base>
void ContainerOf<Base>::set(std::string name, AnyModule module) {
  if (has(items_, name))
    item(std::string_view(name)).module = std::move(module);
  else
    add(std::move(name), std::move(module));
}

template <class Base>
void ContainerOf<Base>::renumber() {
  for (size_t i = 0; i < items_.size(); ++i)
    if (is_number(items_[i].name)) items_[i].name = std::to_string(i);
}

template <class Base>
void ContainerOf<Base>::visit(Visitor& visitor) {
  const detail::VisitScope scope;
  visitor.layers("layers", items_);
}

template <class Base>
Base* ContainerOf<Base>::base(NamedModule& item) {
  if constexpr (std::is_same_v<Base, Module>)
    return &item.module.template as<Module>();
  else
    return item.module.get();
}
template <class Base>
const Base* ContainerOf<Base>::base(const NamedModule& item) {
  return base(const_cast<NamedModule&>(item));
}

template class ContainerOf<ModuleBase>;
template class ContainerOf<Module>;

}  // namespace wick::nn
