#include "wick/nn/visitor.h"

#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/container.h"

namespace wick::nn {

Buffer::Buffer(const Tensor& t) : Tensor(t.defined() ? t.detach() : Tensor()) {}

Buffer::Buffer(const Buffer& other) : Tensor() {
  if (!other.defined()) return;
  const NoGradGuard guard;
  Tensor::operator=(other.Tensor::clone());
  requires_grad_(other.requires_grad());
}

Parameter::Parameter(const Tensor& t) : Buffer(t) {
  if (defined() && is_floating_point()) requires_grad_();
}

std::string Parameter::to_string() const { return "Parameter containing:\n" + Tensor::to_string(); }

Visitor::~Visitor() = default;
void Visitor::parameter(std::string_view, Parameter&) {}
void Visitor::buffer(std::string_view, Buffer&) {}
void Visitor::option(std::string_view, Option) {}
void Visitor::child(std::string_view, Module&) {}
void Visitor::list(std::string_view name, std::span<Module* const> modules) {
  for (size_t i = 0; i < modules.size(); ++i)
    child(std::string(name) + "." + std::to_string(i), *modules[i]);
}

void Visitor::operator()(std::string_view name, bool& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, int64_t& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, double& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, std::string& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, Shape& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, std::optional<int64_t>& value) {
  option(name, &value);
}
void Visitor::operator()(std::string_view name, std::optional<double>& value) {
  option(name, &value);
}

void Visitor::list_of(std::string_view name, void* first, size_t count,
                      Module* (*at)(void*, size_t)) {
  std::vector<Module*> modules(count);
  for (size_t i = 0; i < count; ++i) modules[i] = at(first, i);
  list(name, modules);
}

void Visitor::any(std::string_view name, AnyModule& module) { child(name, *module); }
void Visitor::layers(std::string_view, std::vector<NamedModule>& modules) {
  for (NamedModule& m : modules) child(m.name, *m.module);
}

std::string_view Visitor::next_name(std::string_view& names) {
  const size_t comma = names.find(',');
  std::string_view name = names.substr(0, comma);
  names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with('_') || name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

AnyModule::AnyModule(std::unique_ptr<Module> module) : module_(std::move(module)) {
  if (!module_) throw ValueError("AnyModule expects a module, got a null pointer");
}

AnyModule::AnyModule(const AnyModule& other)
    : module_(other.module_ ? other.module_->clone() : nullptr) {
  if (!module_) return;
  const Module& copy = *module_;
  const Module& original = *other.module_;
  if (typeid(copy) != typeid(original))
    throw Error(
        fmt::format("a module derived from {0} cannot be copied: the copy would be a plain {0}; "
                    "give the class a WICK_MODULE, or a clone(), of its own",
                    original.type_name()));
}

AnyModule& AnyModule::operator=(AnyModule other) noexcept {
  module_.swap(other.module_);
  return *this;
}

Module* AnyModule::checked() const {
  if (!module_) throw Error("AnyModule is empty: its module was moved out");
  return module_.get();
}

}  // namespace wick::nn
